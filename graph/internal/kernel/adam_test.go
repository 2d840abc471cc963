package kernel

import (
	"math"
	"testing"
)

var defaultAdam = AdamStep{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 1}

func TestAdamFirstStepIsTheLearningRate(t *testing.T) {
	// With zero moments the corrections cancel: the step is η·g/|g|.
	p, m, v := []float64{1, 1, 1}, make([]float64, 3), make([]float64, 3)
	must(t, Adam(nil, p, m, v, []float64{3, -0.01, 0}, defaultAdam))
	mustClose(t, "p", p, []float64{0.9, 1.1, 1}, 1e-6)
	mustClose(t, "m", m, []float64{0.3, -0.001, 0}, 1e-15)
	mustClose(t, "v", v, []float64{0.009, 1e-7, 0}, 1e-15)
}

// naiveAdam does one step of Algorithm 1 of the paper, in float64.
func naiveAdam(p, m, v, g []float64, s AdamStep) {
	for i := range p {
		d := g[i]
		if s.Decoupled {
			p[i] -= s.LearningRate * s.WeightDecay * p[i]
		} else {
			d += s.WeightDecay * p[i]
		}
		m[i] = s.Beta1*m[i] + (1-s.Beta1)*d
		v[i] = s.Beta2*v[i] + (1-s.Beta2)*d*d
		mHat := m[i] / (1 - math.Pow(s.Beta1, float64(s.Step)))
		vHat := v[i] / (1 - math.Pow(s.Beta2, float64(s.Step)))
		p[i] -= s.LearningRate * mHat / (math.Sqrt(vHat) + s.Epsilon)
	}
}

func testAdam[T Float](t *testing.T, step AdamStep, tol float64) {
	const n = workersSize
	var first []T
	for _, workers := range workerCounts {
		r := newRand(25)
		p, m, v := normal[T](r, n), make([]T, n), make([]T, n)
		wantP, wantM, wantV := to[float64](p), make([]float64, n), make([]float64, n)
		for step.Step = 1; step.Step <= 5; step.Step++ {
			g := normal[T](r, n)
			must(t, Adam(NewWorkers(workers), p, m, v, g, step))
			naiveAdam(wantP, wantM, wantV, to[float64](g), step)
		}
		mustClose(t, "p", p, wantP, tol)
		mustClose(t, "m", m, wantM, tol)
		mustClose(t, "v", v, wantV, tol)
		if workers == 1 {
			first = p
		}
		mustSameBits(t, "p", p, first)
	}
}

func TestAdamMatchesNaive(t *testing.T) {
	for _, decay := range []float64{0, 0.1} {
		for _, decoupled := range []bool{false, true} {
			step := defaultAdam
			step.WeightDecay, step.Decoupled = decay, decoupled
			testAdam[float64](t, step, 1e-12)
			testAdam[float32](t, step, 1e-4)
		}
	}
}

func TestAdamErrors(t *testing.T) {
	x := make([]float32, 2)
	for _, c := range []struct {
		spoil func(*AdamStep)
		word  string
	}{
		{func(s *AdamStep) { s.Step = 0 }, "step is 0"},
		{func(s *AdamStep) { s.Beta1 = 1 }, "beta1 is 1"},
		{func(s *AdamStep) { s.Beta2 = math.NaN() }, "beta2 is NaN"},
		{func(s *AdamStep) { s.Epsilon = -1 }, "epsilon is -1"},
	} {
		step := defaultAdam
		c.spoil(&step)
		mustFail(t, Adam(nil, x, x, x, x, step), "adam: ", c.word)
	}
	mustFail(t, Adam(nil, x, x[1:], x, x, defaultAdam), "m has 1")
	mustFail(t, Adam(nil, x, x, x[1:], x, defaultAdam), "v has 1")
	mustFail(t, Adam(nil, x, x, x, x[1:], defaultAdam), "g has 1")
	mustNotAllocate(t, "Adam", func() error { return Adam(nil, x, x, x, x, defaultAdam) })
}
