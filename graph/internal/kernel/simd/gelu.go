package simd

import "math"

// GELU computes y[i] = x[i]·Φ(x[i]), where Φ is the normal distribution function, to within
// 5e-7 of its value. Below -13, where that is less than 1e-37, the assembly returns 0. y may be x.
func GELU(y, x []float32) error {
	if active.gelu == nil {
		return portableUnary("gelu", y, x, func(v float64) float64 { return v * normalCDF(v) })
	}
	return runUnary("gelu", y, x, active.gelu)
}

// GELUGrad computes dx[i] = dy[i]·(Φ(x[i]) + x[i]·φ(x[i])), where φ is the normal density. The
// error of the factor of dy[i] is at most 2e-7, and for x below -1 at most 1e-6 of its value.
// dx may be dy or x.
func GELUGrad(dx, dy, x []float32) error {
	if active.geluGrad == nil {
		return portableGrad("gelu gradient", dx, dy, x, func(d, x float32) float32 {
			v := float64(x)
			return float32(float64(d) * (normalCDF(v) + v*math.Exp(-0.5*v*v)/math.Sqrt(2*math.Pi)))
		})
	}
	return runGrad("gelu gradient", dx, dy, x, active.geluGrad)
}

func normalCDF(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }
