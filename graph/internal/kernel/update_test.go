package kernel

import (
	"math"
	"testing"
)

// updates are settings of every rule, with and without clipping, scaling and weight decay.
func updates() []UpdateStep {
	var list []UpdateStep
	for _, s := range []UpdateStep{
		{Rule: RuleSGD},
		{Rule: RuleSGD, Momentum: 0.9},
		{Rule: RuleSGD, Momentum: 0.9, Nesterov: true},
		{Rule: RuleAdam, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
		{Rule: RuleRMSProp, Rho: 0.99, Epsilon: 1e-3},
		{Rule: RuleRMSProp, Rho: 0.9, Epsilon: 1e-3, Momentum: 0.8},
		{Rule: RuleAdaGrad, Epsilon: 1e-10},
		{Rule: RuleAdadelta, Rho: 0.9, Epsilon: 1e-3},
		{Rule: RuleLion, Beta1: 0.9, Beta2: 0.99},
	} {
		s.LearningRate, s.Scale, s.Step = 0.01, 1, 1
		list = append(list, s)
		s.L2 = 0.1
		list = append(list, s)
		s.L2, s.WeightDecay = 0, 0.2
		list = append(list, s)
		s.L2, s.Scale, s.Limit = 0.1, 0.5, 0.4
		list = append(list, s)
	}
	return list
}

// naiveUpdate updates one element by the formulas of the papers, in float64.
func naiveUpdate(p, a, b, g float64, s UpdateStep) (p1, a1, b1 float64) {
	g *= s.Scale
	if s.Limit > 0 {
		g = math.Max(-s.Limit, math.Min(g, s.Limit))
	}
	g += s.L2 * p
	p -= s.LearningRate * s.WeightDecay * p
	move := 0.0
	switch s.Rule {
	case RuleSGD:
		move = g
		if s.Momentum > 0 {
			a = s.Momentum*a + g
			move = a
		}
		if s.Nesterov {
			move = g + s.Momentum*a
		}
	case RuleAdam:
		a = s.Beta1*a + (1-s.Beta1)*g
		b = s.Beta2*b + (1-s.Beta2)*g*g
		t := float64(s.Step)
		move = a / (1 - math.Pow(s.Beta1, t)) / (math.Sqrt(b/(1-math.Pow(s.Beta2, t))) + s.Epsilon)
	case RuleRMSProp:
		a = s.Rho*a + (1-s.Rho)*g*g
		move = g / (math.Sqrt(a) + s.Epsilon)
		if s.Momentum > 0 {
			b = s.Momentum*b + move
			move = b
		}
	case RuleAdaGrad:
		a += g * g
		move = g / (math.Sqrt(a) + s.Epsilon)
	case RuleAdadelta:
		a = s.Rho*a + (1-s.Rho)*g*g
		move = g * math.Sqrt(b+s.Epsilon) / math.Sqrt(a+s.Epsilon)
		b = s.Rho*b + (1-s.Rho)*move*move
	case RuleLion:
		if c := s.Beta1*a + (1-s.Beta1)*g; c != 0 {
			move = math.Copysign(1, c)
		}
		a = s.Beta2*a + (1-s.Beta2)*g
	}
	return p - s.LearningRate*move, a, b
}

func testUpdate[T Float](t *testing.T, s UpdateStep, tol float64) {
	const n = workersSize
	var first []T
	for _, workers := range workerCounts {
		r, u := newRand(27), NewUpdater[T](NewWorkers(workers))
		p := normal[T](r, n)
		moments := [2][]T{}
		for i := range s.Moments() {
			moments[i] = make([]T, n)
		}
		wantP, wantA, wantB := to[float64](p), make([]float64, n), make([]float64, n)
		for s.Step = 1; s.Step <= 4; s.Step++ {
			g := normal[T](r, n)
			before := append([]T(nil), g...)
			must(t, u.Update(p, moments[0], moments[1], g, s))
			mustClose(t, "g", g, before, 0)
			if workers > 1 {
				continue
			}
			for i, d := range g {
				wantP[i], wantA[i], wantB[i] = naiveUpdate(wantP[i], wantA[i], wantB[i], float64(d), s)
			}
		}
		if workers == 1 {
			first = p
			mustClose(t, "p", p, wantP, tol)
			if moments[0] != nil {
				mustClose(t, "a", moments[0], wantA, tol)
			}
			if moments[1] != nil {
				mustClose(t, "b", moments[1], wantB, tol)
			}
		}
		mustSameBits(t, "p", p, first)
	}
}

func TestUpdateMatchesNaive(t *testing.T) {
	for _, s := range updates() {
		t.Run(s.Rule.String(), func(t *testing.T) {
			testUpdate[float64](t, s, 1e-12)
			tol := 1e-5
			if s.Rule == RuleAdam {
				tol = 1e-4 // v is about g²/1000, and a small one has few bits
			}
			testUpdate[float32](t, s, tol)
		})
	}
}

// A NaN in the gradient makes its element NaN, and no other.
func TestUpdateKeepsNaN(t *testing.T) {
	for _, s := range updates() {
		p, a, b := []float32{1, 1}, make([]float32, 2), make([]float32, 2)
		moments := [2][]float32{a, b}
		for i := s.Moments(); i < 2; i++ {
			moments[i] = nil
		}
		must(t, NewUpdater[float32](nil).Update(p, moments[0], moments[1], []float32{float32(math.NaN()), 1}, s))
		if p[0] == p[0] || p[1] != p[1] {
			t.Errorf("%+v: %v of a gradient of NaN and 1", s, p)
		}
	}
}

func TestSign(t *testing.T) {
	inf := math.Inf(1)
	for _, x := range []float64{inf, 1e300, math.MaxFloat32, 1, 1e-45, 5e-324} {
		if sign(x) != 1 || sign(-x) != -1 {
			t.Errorf("signs of %v: %v, %v", x, sign(x), sign(-x))
		}
	}
	if sign(0.0) != 0 || sign(float32(inf)) != 1 || sign(float32(-1e-45)) != -1 || !math.IsNaN(sign(math.NaN())) {
		t.Errorf("signs of 0, ∞, -1e-45, NaN: %v, %v, %v, %v", sign(0.0), sign(float32(inf)), sign(float32(-1e-45)), sign(math.NaN()))
	}
}

func TestUpdateErrors(t *testing.T) {
	u, x := NewUpdater[float32](NewWorkers(1)), make([]float32, 2)
	good := UpdateStep{Rule: RuleAdadelta, Rho: 0.9, Epsilon: 1e-6, Scale: 1, Step: 1}
	for _, c := range []struct {
		spoil func(*UpdateStep)
		word  string
	}{
		{func(s *UpdateStep) { s.Rule = 9 }, "unknown rule 9"},
		{func(s *UpdateStep) { s.Step = 0 }, "adadelta: step is 0, expected at least 1"},
		{func(s *UpdateStep) { s.Rho = 1 }, "adadelta: rho is 1, expected at least 0 and less than 1"},
		{func(s *UpdateStep) { s.Beta1 = math.NaN() }, "adadelta: beta1 is NaN"},
		{func(s *UpdateStep) { s.Beta2 = -1 }, "adadelta: beta2 is -1"},
		{func(s *UpdateStep) { s.Momentum = 1 }, "adadelta: momentum is 1"},
		{func(s *UpdateStep) { s.Epsilon = -1 }, "adadelta: epsilon is -1"},
		{func(s *UpdateStep) { s.Epsilon = 1e-50 }, "adadelta: epsilon is 1e-50, expected a float32 above 0"},
		{func(s *UpdateStep) { s.Limit = math.NaN() }, "adadelta: limit is NaN"},
		{func(s *UpdateStep) { s.Rule, s.Nesterov = RuleSGD, true }, "sgd: Nesterov with momentum 0"},
	} {
		s := good
		c.spoil(&s)
		mustFail(t, u.Update(x, x, x, x, s), c.word)
	}
	mustFail(t, u.Update(x, x, x, x[1:], good), "adadelta: the gradient has 1 elements, expected 2")
	mustFail(t, u.Update(x, x[1:], x, x, good), "adadelta: the first moment has 1 elements, expected 2")
	mustFail(t, u.Update(x, x, nil, x, good), "adadelta: the second moment has 0 elements, expected 2")
	mustFail(t, u.Update(x, x, x, x, UpdateStep{Rule: RuleLion, Scale: 1, Step: 1}), "lion: the second moment has 2 elements, expected 0")
}

func TestUpdateAllocatesNothing(t *testing.T) {
	u, p, a, b, g := NewUpdater[float32](nil), make([]float32, 3000), make([]float32, 3000), make([]float32, 3000), make([]float32, 3000)
	for _, s := range updates() {
		moments := [2][]float32{a, b}
		for i := s.Moments(); i < 2; i++ {
			moments[i] = nil
		}
		mustNotAllocate(t, s.Rule.String(), func() error { return u.Update(p, moments[0], moments[1], g, s) })
	}
}

func TestUpdaterSumSquares(t *testing.T) {
	x := normal[float32](newRand(28), 100_003)
	want := 0.0
	for _, v := range x {
		want += float64(v) * float64(v)
	}
	var first float64
	for _, workers := range workerCounts {
		got := NewUpdater[float32](NewWorkers(workers)).SumSquares(x)
		mustClose(t, "sum", []float64{got}, []float64{want}, 1e-12)
		if workers == 1 {
			first = got
		}
		mustSameBits(t, "sum", []float64{got}, []float64{first})
	}
	u := NewUpdater[float32](nil)
	mustNotAllocate(t, "SumSquares", func() error { u.SumSquares(x); return nil })
	if got := u.SumSquares(nil); got != 0 {
		t.Errorf("sum of nothing is %v", got)
	}
}

func BenchmarkUpdate(b *testing.B) {
	const n = 1 << 20
	u, r := NewUpdater[float32](nil), newRand(29)
	p, first, second, g := normal[float32](r, n), make([]float32, n), make([]float32, n), normal[float32](r, n)
	for _, s := range updates() {
		if s.L2 != 0 && s.Limit == 0 || s.WeightDecay != 0 && s.Limit == 0 {
			continue
		}
		name := s.Rule.String()
		if s.Momentum > 0 {
			name += "-momentum"
		}
		if s.Nesterov {
			name += "-nesterov"
		}
		if s.Limit > 0 {
			name += "-clipped"
		}
		b.Run(name, func(b *testing.B) {
			moments := [2][]float32{first, second}
			for i := s.Moments(); i < 2; i++ {
				moments[i] = nil
			}
			b.SetBytes(4 * n)
			for b.Loop() {
				must(b, u.Update(p, moments[0], moments[1], g, s))
			}
		})
	}
}
