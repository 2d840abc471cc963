package solver

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestClipNorm clips the gradients (3), (4, 12), whose norm is 13, then gradients whose
// norm is below the bound.
func TestClipNorm(t *testing.T) {
	s := must(t)(newFilled(Options{Name: "sgd", LearningRate: 1, Momentum: -1, ClipNorm: 6.5}))
	a, c := newParam("a", 0), newParam("b", 0, 0)
	list := []gorgonia.ValueGrad{c, a}
	if n := s.GradientNorm(); !math.IsNaN(n) {
		t.Errorf("norm %v before the first step, want NaN", n)
	}
	for _, tc := range []struct {
		a, b0, b1, norm float64
		want            []float64 // of a, b
	}{
		{3, 4, 12, 13, []float64{-1.5, -2, -6}},
		{2, 0, 0, 2, []float64{-3.5, -2, -6}},
		{-2.5, 0, 6, 6.5, []float64{-1, -2, -12}},
	} {
		g := c.grad.Data().([]float64)
		a.grad.Data().([]float64)[0], g[0], g[1] = tc.a, tc.b0, tc.b1
		if err := s.Step(list); err != nil {
			t.Fatal(err)
		}
		if s.GradientNorm() != tc.norm {
			t.Errorf("norm %v, want %v", s.GradientNorm(), tc.norm)
		}
		mustClose(t, "parameters", append(slices.Clone(a.elements()), c.elements()...), tc.want, 1e-15)
		mustClose(t, "gradient after the step", g, []float64{tc.b0, tc.b1}, 0)
	}
}

// TestClipBoth clips the norm 5 of (3, -4) to 2.5, which leaves (1.5, -2), and the elements to 1.75.
func TestClipBoth(t *testing.T) {
	s := must(t)(newFilled(Options{Name: "sgd", LearningRate: 1, Momentum: -1, ClipNorm: 2.5, ClipValue: 1.75}))
	p := newParam("p", 0, 0)
	p.step(t, s, 3, -4)
	mustClose(t, "p", p.elements(), []float64{-1.5, 1.75}, 1e-15)
}

// TestMeasureOnly checks that an infinite bound measures the norm and changes no bit.
func TestMeasureOnly(t *testing.T) {
	for _, name := range Names() {
		plain, measured := must(t)(newFilled(Options{Name: name})), must(t)(newFilled(Options{Name: name, ClipNorm: math.Inf(1)}))
		p, q := newParam("p", 1, 2), newParam("p", 1, 2)
		for i := range 3 {
			p.step(t, plain, 3e8, float64(i))
			q.step(t, measured, 3e8, float64(i))
		}
		mustClose(t, name, q.elements(), p.elements(), 0)
		if got, want := measured.GradientNorm(), math.Hypot(3e8, 2); got != want || !math.IsNaN(plain.GradientNorm()) {
			t.Errorf("%s: norms %v and %v, want %v and NaN", name, got, plain.GradientNorm(), want)
		}
	}
}

// TestClipNaN checks that a NaN in one gradient does not spread to others through the norm.
func TestClipNaN(t *testing.T) {
	s := must(t)(newFilled(Options{Name: "sgd", LearningRate: 1, Momentum: -1, ClipNorm: 1}))
	p := newParam("p", 0, 0)
	p.step(t, s, math.NaN(), 0.5)
	if x := p.elements(); !math.IsNaN(x[0]) || x[1] != -0.5 || !math.IsNaN(s.GradientNorm()) {
		t.Errorf("parameters %v, norm %v; want NaN and -0.5, NaN", x, s.GradientNorm())
	}
}

// TestClipOrder checks that neither the order of the list nor the number of workers
// changes a bit of the norm or of the scaled gradients. A sum of squares in another order
// would differ in the last bits.
func TestClipOrder(t *testing.T) {
	names := []string{"conv1.weight", "conv2.weight", "fc1.weight", "fc2.weight", "bias"}
	run := func(name string, workers int, shuffled bool) (norms []float64, values []float32) {
		r, order := rand.New(rand.NewPCG(3, 4)), rand.New(rand.NewPCG(5, 6))
		s := must(t)(newFilled(Options{Name: name, ClipNorm: 0.1, L2: 1e-3, Workers: workers}))
		var params []*param
		var list []gorgonia.ValueGrad
		for i, name := range names {
			n := 1 + 7919*i
			p := &param{name, tensor.New(tensor.WithShape(n, 1), tensor.Of(tensor.Float32)), tensor.New(tensor.WithShape(n, 1), tensor.Of(tensor.Float32))}
			params, list = append(params, p), append(list, p)
		}
		for range 3 {
			for _, p := range params {
				for i, g := 0, p.grad.Data().([]float32); i < len(g); i++ {
					g[i] = float32(r.NormFloat64())
				}
			}
			if shuffled {
				order.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			}
			if err := s.Step(list); err != nil {
				t.Fatal(err)
			}
			norms = append(norms, s.GradientNorm())
		}
		for _, p := range params {
			values = append(values, p.value.Data().([]float32)...)
		}
		return norms, values
	}
	for _, name := range Names() {
		norms, values := run(name, 1, false)
		for _, workers := range []int{1, 2, 3, 0} {
			n, v := run(name, workers, true)
			if !slices.Equal(n, norms) || !slices.Equal(v, values) {
				t.Errorf("%s with %d workers, shuffled: norms %v, want %v; same values: %v", name, workers, n, norms, slices.Equal(v, values))
			}
		}
	}
}

// TestSharedGradient checks that two parameters may have one gradient, as those of a
// sum have: a solver that clipped it in place would do so twice.
func TestSharedGradient(t *testing.T) {
	s := must(t)(newFilled(Options{Name: "sgd", LearningRate: 1, Momentum: -1, L2: 1, ClipValue: 2}))
	a, c := newWeight("a", 1), newWeight("b", 1)
	c.grad = a.grad
	a.grad.Data().([]float64)[0] = 3
	if err := s.Step([]gorgonia.ValueGrad{a, c}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, "a, b", append(slices.Clone(a.elements()), c.elements()...), []float64{-2, -2}, 0)
}
