package simd

import "math"

// Exp computes y[i] = e^x[i] to within a few units in the last place for |x| up to 87.
// Beyond, the assembly returns the smallest or the largest normal float32, and only the
// order of magnitude is right. y may be x.
func Exp(y, x []float32) error {
	if active.exp == nil {
		return portableUnary("exp", y, x, math.Exp)
	}
	return runUnary("exp", y, x, active.exp)
}

// Sigmoid computes y[i] = 1/(1 + e^-x[i]). y may be x.
func Sigmoid(y, x []float32) error {
	if active.sigmoid == nil {
		return portableUnary("sigmoid", y, x, logistic)
	}
	return runUnary("sigmoid", y, x, active.sigmoid)
}

// SiLU computes y[i] = x[i]/(1 + e^-x[i]). y may be x.
func SiLU(y, x []float32) error {
	if active.silu == nil {
		return portableUnary("silu", y, x, func(v float64) float64 { return v * logistic(v) })
	}
	return runUnary("silu", y, x, active.silu)
}

// Tanh computes y[i] = tanh x[i] to within a few units in the last place. y may be x.
func Tanh(y, x []float32) error {
	if active.tanh == nil {
		return portableUnary("tanh", y, x, math.Tanh)
	}
	return runUnary("tanh", y, x, active.tanh)
}

// runUnary applies an assembly kernel to each element, portableUnary a Go function.
func runUnary(name string, y, x []float32, kernel func(n int, y, x *float32)) error {
	if err := checkLen(name, "y", len(y), len(x)); err != nil || len(x) == 0 {
		return err
	}
	kernel(len(x), &y[0], &x[0])
	return nil
}

func portableUnary(name string, y, x []float32, f func(float64) float64) error {
	if err := checkLen(name, "y", len(y), len(x)); err != nil {
		return err
	}
	for i, v := range x {
		y[i] = float32(f(float64(v)))
	}
	return nil
}

// SiLUGrad computes dx[i] = dy[i]·s·(1 + x[i]·(1-s)) with s = 1/(1 + e^-x[i]). dx may be dy.
func SiLUGrad(dx, dy, x []float32) error {
	if err := firstError(checkLen("silu gradient", "dx", len(dx), len(dy)), checkLen("silu gradient", "x", len(x), len(dy))); err != nil || len(dy) == 0 {
		return err
	}
	if active.siluGrad == nil {
		for i, d := range dy {
			v := float64(x[i])
			s := logistic(v)
			dx[i] = float32(float64(d) * s * (1 + v*(1-s)))
		}
		return nil
	}
	active.siluGrad(len(dy), &dx[0], &dy[0], &x[0])
	return nil
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
