package solver

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func stepOf(s Solver, params ...gorgonia.ValueGrad) error { return s.Step(params) }

// each runs a test with every optimizer.
func each(t *testing.T, test func(t *testing.T, make func(workers int) Solver)) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			test(t, func(workers int) Solver { return must(t)(New(name, 0.01, workers)) })
		})
	}
}

// TestWorkers checks that the number of workers changes no bit, with more elements
// than one shard holds.
func TestWorkers(t *testing.T) {
	each(t, func(t *testing.T, newSolver func(workers int) Solver) {
		run := func(workers int) []float32 {
			r := rand.New(rand.NewPCG(1, 2))
			const n = 100_003
			p := &param{"p", tensor.New(tensor.WithShape(n), tensor.Of(tensor.Float32)), tensor.New(tensor.WithShape(n), tensor.Of(tensor.Float32))}
			s := newSolver(workers)
			for range 3 {
				g := p.grad.Data().([]float32)
				for i := range g {
					g[i] = float32(r.NormFloat64())
				}
				if err := stepOf(s, p); err != nil {
					t.Fatal(err)
				}
			}
			return p.value.Data().([]float32)
		}
		one := run(1)
		for _, workers := range []int{2, 3, 0} {
			if !slices.Equal(one, run(workers)) {
				t.Errorf("%d workers give other bits than one", workers)
			}
		}
	})
}

// TestPrecisions checks that float32 agrees with float64 up to rounding.
func TestPrecisions(t *testing.T) {
	each(t, func(t *testing.T, newSolver func(workers int) Solver) {
		double := newParam("p", 1, -2, 3)
		single := &param{"p", tensor.New(tensor.WithShape(3), tensor.WithBacking([]float32{1, -2, 3})), tensor.New(tensor.WithShape(3), tensor.Of(tensor.Float32))}
		a, c := newSolver(1), newSolver(1)
		for i := range 10 {
			g := []float64{math.Sin(float64(i)), 0.5, -1}
			double.step(t, a, g...)
			for j, v := range g {
				single.grad.Data().([]float32)[j] = float32(v)
			}
			if err := stepOf(c, single); err != nil {
				t.Fatal(err)
			}
		}
		var got []float64
		for _, v := range single.value.Data().([]float32) {
			got = append(got, float64(v))
		}
		mustClose(t, "p", got, double.elements(), 2e-6)
	})
}

// TestStateByName checks that the state belongs to the name and not to the position in
// the list, and that each parameter has its own.
func TestStateByName(t *testing.T) {
	each(t, func(t *testing.T, newSolver func(workers int) Solver) {
		alone := newParam("a", 1)
		a, c := newParam("a", 1), newParam("b", 5)
		s, both := newSolver(1), newSolver(1)
		for i := range 4 {
			g := float64(i) - 1.5
			alone.step(t, s, g)
			a.grad.Data().([]float64)[0], c.grad.Data().([]float64)[0] = g, 3
			list := []gorgonia.ValueGrad{a, c}
			if i%2 == 1 {
				slices.Reverse(list)
			}
			if err := both.Step(list); err != nil {
				t.Fatal(err)
			}
		}
		mustClose(t, "a", a.elements(), alone.elements(), 0)
	})
}

// TestConvergence finds the minimum of a badly scaled function, (x-3)²/2 + 50(y+1)². All
// steps of Lion have the size of the rate, so it comes only as close as the last rate.
func TestConvergence(t *testing.T) {
	for _, o := range []Options{
		{Name: "adadelta", LearningRate: 100},
		{Name: "adagrad", LearningRate: 10},
		{Name: "adam", LearningRate: 0.03},
		{Name: "adamw", LearningRate: 0.03, WeightDecay: -1},
		{Name: "lion", LearningRate: 0.03},
		{Name: "rmsprop", LearningRate: 0.03},
		{Name: "rmsprop", LearningRate: 0.003, Momentum: 0.9},
		{Name: "sgd", LearningRate: 0.018, Momentum: -1},
		{Name: "sgd", LearningRate: 0.01},
		{Name: "sgd", LearningRate: 0.01, Nesterov: true},
		{Name: "sgd", LearningRate: 0.01, ClipNorm: 1},
		{Name: "sgd", LearningRate: 0.01, ClipValue: 1},
	} {
		s, p := must(t)(newFilled(o)), newParam("p", 0, 0)
		t.Run(s.String(), func(t *testing.T) {
			const steps = 10_000
			for i := range steps {
				s.SetLearningRate(o.LearningRate * math.Pow(1e-4, float64(i)/steps))
				x := p.elements()
				p.step(t, s, x[0]-3, 100*(x[1]+1))
			}
			mustClose(t, "p", p.elements(), []float64{3, -1}, 1e-5)
		})
	}
}

// TestGraph takes steps on the nodes of a gorgonia graph: p²/2 from 4.
func TestGraph(t *testing.T) {
	g := gorgonia.NewGraph()
	p := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName("p"), gorgonia.WithShape(1),
		gorgonia.WithValue(tensor.New(tensor.WithShape(1), tensor.WithBacking([]float64{4}))))
	half := gorgonia.NewConstant(0.5)
	loss := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Mul(half, gorgonia.Must(gorgonia.Square(p))))))
	if _, err := gorgonia.Grad(loss, p); err != nil {
		t.Fatal(err)
	}
	vm := gorgonia.NewTapeMachine(g)
	defer vm.Close()
	s := must(t)(NewSGD(0.5, 0, 1))
	for range 3 {
		vm.Reset()
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		if err := stepOf(s, p); err != nil {
			t.Fatal(err)
		}
	}
	mustClose(t, "p", values(p), []float64{0.5}, 1e-15)
}

func values(p gorgonia.ValueGrad) []float64 { return p.Value().Data().([]float64) }

// unnamed is a parameter without a Name method.
type unnamed struct{ p *param }

func (u unnamed) Value() gorgonia.Value         { return u.p.value }
func (u unnamed) Grad() (gorgonia.Value, error) { return u.p.grad, nil }

func TestStepErrors(t *testing.T) {
	each(t, func(t *testing.T, newSolver func(workers int) Solver) {
		p := newParam("fc1.weight", 1, 2)
		grad := p.grad
		for _, tc := range []struct {
			p    gorgonia.ValueGrad
			want string
		}{
			{unnamed{p}, "solver: a parameter of type solver.unnamed has no name"},
			{newParam("", 1), "solver: a parameter of type *solver.param has no name"},
			{&param{"p", p.value, nil}, "solver: no gradient of p"},
			{&param{"p", gorgonia.NewF64(1), grad}, `solver: parameter "p" is a *gorgonia.F64, want a tensor`},
			{&param{"p", p.value, gorgonia.NewF64(1)}, `solver: parameter "p" has the gradient *gorgonia.F64, want a tensor: run the graph first`},
			{&param{"p", p.value, newParam("q", 1, 2, 3).value}, `solver: parameter "p" is (2) of float64, its gradient (3) of float64`},
			{&param{"p", p.value, tensor.New(tensor.WithShape(2), tensor.Of(tensor.Float32))}, `solver: parameter "p" is (2) of float64, its gradient (2) of float32`},
		} {
			mustFail(t, stepOf(newSolver(1), tc.p), tc.want)
		}
		mustClose(t, "p after the errors", p.elements(), []float64{1, 2}, 0)

		// A failed step counts for nothing: the next is as if it were the first.
		first, second, other := newSolver(1), newSolver(1), newParam("fc1.weight", 1, 2)
		p.grad = nil
		mustFail(t, stepOf(first, p), "no gradient of fc1.weight")
		p.grad = grad
		for range 2 {
			p.step(t, first, 1, -3)
			other.step(t, second, 1, -3)
		}
		mustClose(t, "p", p.elements(), other.elements(), 0)
	})
}

func TestLearningRate(t *testing.T) {
	bad := map[float64]string{
		-1:           "solver: the learning rate is -1, want a finite number above 0",
		math.Inf(1):  "solver: the learning rate is +Inf, want a finite number above 0",
		math.Inf(-1): "solver: the learning rate is -Inf, want a finite number above 0",
	}
	check := func(t *testing.T, name string, rate float64, want string) {
		t.Helper()
		s, err := New(name, rate, 1)
		mustFail(t, err, want)
		if err == nil {
			t.Errorf("rate %v gives %v", rate, s)
		}
		if rate == 0 {
			return
		}
		s = must(t)(New(name, 0.1, 1))
		s.SetLearningRate(rate)
		p := newParam("p", 1)
		mustFail(t, stepOf(s, p), want)
		mustClose(t, "p", p.elements(), []float64{1}, 0)
	}
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			for rate, want := range bad {
				check(t, name, rate, want)
			}
			check(t, name, math.NaN(), "solver: the learning rate is NaN, want a finite number above 0")
			check(t, name, 0, "solver: the learning rate is 0, want a finite number above 0")

			s := must(t)(New(name, 0.1, 1))
			s.SetLearningRate(0) // the end of a schedule
			if s.LearningRate() != 0 {
				t.Errorf("learning rate %v, want 0", s.LearningRate())
			}
			p := newParam("p", 1)
			p.step(t, s, 2)
			mustClose(t, "p", p.elements(), []float64{1}, 0)
		})
	}
}

// TestWarmStepAllocates checks that a warm step on one worker allocates no tensor:
// the parameter has 80,000 bytes. Only the headers of slices in interfaces are allocated.
func TestWarmStepAllocates(t *testing.T) {
	for _, o := range settings() {
		o.Workers, o.ClipValue, o.Multipliers = 1, 0.5, nil
		s, p := must(t)(newFilled(o)), newParam("p", make([]float64, 10_000)...)
		t.Run(s.String(), func(t *testing.T) {
			list := []gorgonia.ValueGrad{p}
			p.step(t, s, 1)
			const steps = 10
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range steps {
				if err := s.Step(list); err != nil {
					t.Fatal(err)
				}
			}
			runtime.ReadMemStats(&after)
			if bytes := (after.TotalAlloc - before.TotalAlloc) / steps; bytes > 500 {
				t.Errorf("%d bytes in a step, want at most 500", bytes)
			}
		})
	}
}
