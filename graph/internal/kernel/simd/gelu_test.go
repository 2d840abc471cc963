package simd

import (
	"math"
	"testing"
)

// geluSlope is the derivative of GELU in float64.
func geluSlope(x float64) float64 {
	return 0.5*math.Erfc(-x/math.Sqrt2) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
}

// Compares with float64 over the whole range in steps of about 1/1000: with math.Erf for the
// absolute error, and with math.Erfc, which does not cancel, for the relative error.
func TestGELUAgainstReference(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 31)
		x := []float32{0, 1e-30, -1e-30, 1e-4, -1e-4}
		for v := -12.99; v < 20; v += 0.00100007 {
			x = append(x, float32(v))
		}
		x = s.copied(x)
		dy, y, dx := s.normal(len(x)), s.poison(len(x)), s.poison(len(x))
		must(t, GELU(y, x))
		must(t, GELUGrad(dx, dy, x))
		var plain, relative, slope, tail float64 // the largest errors
		for i, v := range float64s(x) {
			got := float64(y[i])
			plain = max(plain, math.Abs(got-v/2*(1+math.Erf(v/math.Sqrt2)))/max(1, math.Abs(v)))
			if want := v / 2 * math.Erfc(-v/math.Sqrt2); want != 0 {
				relative = max(relative, math.Abs(got/want-1))
			}
			want := geluSlope(v)
			d := math.Abs(float64(dx[i])/float64(dy[i]) - want)
			slope = max(slope, d)
			if v < -1 {
				tail = max(tail, d/math.Abs(want))
			}
		}
		t.Logf("largest errors: %.2g, relative %.2g, of the slope %.2g, below -1 relative %.2g", plain, relative, slope, tail)
		if !(plain <= 2e-7 && relative <= 5e-7 && slope <= 2e-7 && tail <= 1e-6) {
			t.Error("want at most 2e-7, 5e-7, 2e-7, 1e-6")
		}
		mustFail(t, GELU(y[1:], x), "gelu", "has")
		mustFail(t, GELUGrad(dx[1:], dy, x), "gelu gradient", "dx has")
		mustFail(t, GELUGrad(dx, dy, x[1:]), "gelu gradient", "y has")
	})
}

func TestGELUFarOut(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	x := []float32{13.5, 100, 1e30, inf, -13.5, -1000, -1e30}
	onEachPath(t, func(t *testing.T) {
		y, dx := make([]float32, len(x)), make([]float32, len(x))
		must(t, GELU(y, x))
		must(t, GELUGrad(dx, []float32{2, 2, 2, 2, 2, 2, 2}, x))
		for i, v := range x[:4] {
			if y[i] != v {
				t.Errorf("GELU(%v) = %v", v, y[i])
			}
		}
		mustClose(t, "below", y[4:], make([]float64, 3), 1e-37)
		mustClose(t, "slope", dx[:3], []float64{2, 2, 2}, 0)
		mustClose(t, "slope below", dx[4:], make([]float64, 3), 1e-37)
		must(t, GELU(y[:1], []float32{nan}))
		must(t, GELUGrad(dx[:1], []float32{1}, []float32{nan}))
		if y[0] == y[0] || dx[0] == dx[0] {
			t.Errorf("GELU(NaN) = %v with slope %v, want NaN", y[0], dx[0])
		}
	})
}

func TestGELUSizes(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 32)
		for n := range 40 {
			x, dy := s.normal(n), s.normal(n)
			y, dx := s.poison(n), s.poison(n)
			must(t, GELU(y, x))
			must(t, GELUGrad(dx, dy, x))
			want, wantGrad := make([]float64, n), make([]float64, n)
			for i, v := range float64s(x) {
				want[i], wantGrad[i] = v*normalCDF(v), float64(dy[i])*geluSlope(v)
			}
			mustClose(t, "gelu", y, want, 5e-7)
			mustClose(t, "gradient", dx, wantGrad, 1e-6)
			must(t, GELUGrad(dy, dy, x))
			must(t, GELU(x, x))
			mustClose(t, "gelu in place", x, float64s(y), 0)
			mustClose(t, "gradient in place", dy, float64s(dx), 0)
		}
	})
}
