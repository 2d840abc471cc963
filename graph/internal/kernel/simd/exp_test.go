package simd

import (
	"math"
	"testing"
)

func TestExponentialsAgainstReference(t *testing.T) {
	functions := []struct {
		name  string
		f     func(y, x []float32) error
		want  func(x float64) float64
		slack float64 // for each unit of x, where summands as large as x cancel
	}{
		{"exp", Exp, math.Exp, 0},
		{"sigmoid", Sigmoid, logistic, 0},
		{"silu", SiLU, func(x float64) float64 { return x * logistic(x) }, 0},
		{"tanh", Tanh, math.Tanh, 0},
		{"silu gradient", func(y, x []float32) error {
			two := make([]float32, len(y))
			for i := range two {
				two[i] = 2
			}
			return SiLUGrad(y, two, x)
		}, func(x float64) float64 { s := logistic(x); return 2 * s * (1 + x*(1-s)) }, 2.5e-7},
	}
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 15)
		for _, q := range functions {
			for range 30 {
				x := s.normal(s.size(300))
				for i := range x {
					switch s.IntN(4) {
					case 0:
						x[i] *= 1e-4
					case 1:
						x[i] *= 10
					}
				}
				x[0] = []float32{80, -80, 0, float32(math.NaN())}[s.IntN(4)]
				y := s.poison(len(x))
				must(t, q.f(y, x))
				for i, v := range x {
					want := q.want(float64(v))
					if math.IsNaN(want) {
						if y[i] == y[i] {
							t.Fatalf("%s(%v) = %v, want NaN", q.name, v, y[i])
						}
						continue
					}
					// Seven units in the last place.
					if !(math.Abs(float64(y[i])-want) <= 8e-7*math.Abs(want)+q.slack*math.Abs(float64(v))) {
						t.Fatalf("%s(%v) = %v, want %v", q.name, v, y[i], want)
					}
				}
				mustFail(t, q.f(y[1:], x), q.name, "has")
			}
		}
	})
}

// For large |x| the functions have their limits.
func TestExponentialsFarOut(t *testing.T) {
	inf := float32(math.Inf(1))
	onEachPath(t, func(t *testing.T) {
		x := []float32{inf, 1000, -1000, -inf}
		y := make([]float32, 4)
		must(t, Sigmoid(y, x))
		mustClose(t, "sigmoid", y, []float64{1, 1, 0, 0}, 1e-6)
		must(t, Tanh(y, x))
		mustClose(t, "tanh", y, []float64{1, 1, -1, -1}, 1e-6)
		must(t, SiLU(y[:3], x[:3]))
		mustClose(t, "silu", y[1:3], []float64{1000, 0}, 1e-6)
		must(t, Exp(y, x))
		if !(y[0] > 1e38 && y[3] < 1e-37) {
			t.Errorf("exp of infinities is %v and %v", y[0], y[3])
		}
	})
}
