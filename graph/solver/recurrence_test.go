package solver

import (
	"math"
	"testing"
)

// TestByHand follows the formulas of the package comment for three steps with the
// gradients 1/2, -1/4, 1 from a weight p = 1. The wanted values, of p after each step
// and of the moments after the last, come from a separate program with 40 decimal digits.
func TestByHand(t *testing.T) {
	for _, tc := range []struct {
		o       Options
		p       [3]float64
		moments []float64
	}{
		{Options{Name: "sgd", Momentum: none}, [3]float64{0.95, 0.975, 0.875}, nil},
		{Options{Name: "sgd"}, [3]float64{0.95, 0.93, 0.812}, []float64{1.18}},
		{Options{Name: "sgd", Nesterov: true}, [3]float64{0.905, 0.912, 0.7058}, []float64{1.18}},
		{Options{Name: "sgd", L2: 0.1}, [3]float64{0.94, 0.9016, 0.758024}, []float64{1.43576}},
		{Options{Name: "sgd", WeightDecay: 0.1}, [3]float64{0.94, 0.9106, 0.783494}, []float64{1.18}},
		{Options{Name: "sgd", ClipValue: 0.4}, [3]float64{0.96, 0.949, 0.8991}, []float64{0.499}},
		{Options{Name: "sgd", ClipNorm: 0.4}, [3]float64{0.96, 0.949, 0.8991}, []float64{0.499}},

		{Options{Name: "adam"}, [3]float64{0.90000000199999996, 0.87336629870784616, 0.80755513967708962}, []float64{0.118, 0.00131193775}},
		{Options{Name: "adam", L2: 0.1}, [3]float64{0.90000000166666664, 0.85444136746176223, 0.78150439986316554}, []float64{0.14274441368961762, 0.00156304373394337}},
		{Options{Name: "adam", ClipValue: 0.4}, [3]float64{0.90000000249999994, 0.88264052426854267, 0.83107301780015698}, []float64{0.0499, 0.00038211766}},
		{Options{Name: "adam", ClipNorm: 0.4, L2: 0.1}, [3]float64{0.90000000199999996, 0.85887478124097257, 0.79214029187588528}, []float64{0.07468874783040973, 0.00051116129133386}},
		{Options{Name: "adamw"}, [3]float64{0.89900000199999996, 0.8714672987058462, 0.80478467237638377}, []float64{0.118, 0.00131193775}},
		{Options{Name: "adamw", WeightDecay: none}, [3]float64{0.90000000199999996, 0.87336629870784616, 0.80755513967708962}, []float64{0.118, 0.00131193775}},
		{Options{Name: "adamw", WeightDecay: 0.2, L2: 0.1}, [3]float64{0.88000000166666664, 0.81711898171356178, 0.72794865917031805}, []float64{0.14219118983213562, 0.00155559874659153}},

		{Options{Name: "rmsprop"}, [3]float64{0.00000019999996, 0.44901337442175045, -0.42572621607140542}, []float64{0.013069}},
		{Options{Name: "rmsprop", Rho: 0.9, Epsilon: 1e-3, Momentum: 0.5}, [3]float64{0.68575966436973686, 0.6752169858395645, 0.38887992252333525}, []float64{0.125875, 2.8633706331622926}},
		{Options{Name: "rmsprop", L2: 0.1}, [3]float64{0.00000016666663888889, 0.3862646142083082, -0.46362621586021255}, []float64{0.01493455918113558}},
		{Options{Name: "rmsprop", WeightDecay: 0.1}, [3]float64{-0.00999980000004, 0.43911337242175084, -0.44001735179562253}, []float64{0.013069}},

		{Options{Name: "adagrad"}, [3]float64{0.90000000002, 0.94472135956199579, 0.85743420347521789}, []float64{1.3125}},
		{Options{Name: "adagrad", L2: 0.1}, [3]float64{0.90000000001666667, 0.92576626506829994, 0.83882692662216522}, []float64{1.5793236847885118}},
		{Options{Name: "adagrad", WeightDecay: 0.1}, [3]float64{0.89000000002, 0.92582135956179579, 0.82927598987939993}, []float64{1.3125}},

		{Options{Name: "adadelta", LearningRate: 1}, [3]float64{0.99683778558348752, 0.99892287261127886, 0.99461615699908142}, []float64{0.125875, 3.05603044994220e-6}},
		{Options{Name: "adadelta", LearningRate: 1, L2: 0.1}, [3]float64{0.99683776625943969, 0.99797959362345654, 0.99396203288411947}, []float64{0.15214910217260749, 2.54139620568083e-6}},
		{Options{Name: "adadelta", LearningRate: 0.5, Rho: 0.95, Epsilon: 0.01, WeightDecay: 0.1}, [3]float64{0.78333333333333333, 0.8427679963849936, 0.5598241144655591}, []float64{0.06425, 0.01845856715301160}},

		{Options{Name: "lion"}, [3]float64{0.9, 1, 0.9}, []float64{0.0124255}},
		{Options{Name: "lion", Beta1: 0.5, Beta2: 0.9, L2: 0.1}, [3]float64{0.9, 1, 0.9}, []float64{0.1442}},
		{Options{Name: "lion", WeightDecay: 0.1}, [3]float64{0.89, 0.9811, 0.871289}, []float64{0.0124255}},
	} {
		if tc.o.LearningRate == 0 {
			tc.o.LearningRate = 0.1
		}
		s, w := must(t)(newFilled(tc.o)), newWeight("fc1.weight", 1)
		t.Run(s.String(), func(t *testing.T) {
			for i, g := range []float64{0.5, -0.25, 1} {
				w.step(t, s, g)
				mustClose(t, "p", w.elements(), []float64{tc.p[i]}, 4e-15)
			}
			m := s.Memory()[0]
			if m.Step != 3 || len(m.Moments) != len(tc.moments) {
				t.Fatalf("%d steps and %d moments, want 3 and %d", m.Step, len(m.Moments), len(tc.moments))
			}
			for i, d := range m.Moments {
				mustClose(t, "moment", d.Data().([]float64), tc.moments[i:i+1], 4e-15)
			}
		})
	}
}

// TestSGDPlain minimizes p²/2, whose gradient is p: after n steps p is (1-rate)^n times its
// initial value.
func TestSGDPlain(t *testing.T) {
	s := must(t)(NewSGD(0.25, 0, 1))
	p := newParam("p", 1, -8)
	for range 10 {
		p.step(t, s, p.elements()...)
	}
	mustClose(t, "p", p.elements(), []float64{math.Pow(0.75, 10), -8 * math.Pow(0.75, 10)}, 1e-15)
}

// TestAdamFirstStep checks the paper's bound: the first step is the rate times minus the sign
// of the gradient, whatever its size, and 0 where the gradient is 0.
func TestAdamFirstStep(t *testing.T) {
	s := must(t)(NewAdam(0.01, 1))
	p := newParam("p", 1, 2, 3, 4)
	p.step(t, s, 1e-3, -1e3, 7, 0)
	// epsilon over 1e-3 is 1e-5 of the step.
	mustClose(t, "p", p.elements(), []float64{0.99, 2.01, 2.99, 4}, 1e-7)
}

// TestNoGradient checks for every optimizer that a parameter whose gradient is always 0 does
// not change: none divides 0 by 0.
func TestNoGradient(t *testing.T) {
	each(t, func(t *testing.T, newSolver func(workers int) Solver) {
		s, p := newSolver(1), newParam("p", 1, -2)
		for range 3 {
			p.step(t, s, 0, 0)
		}
		mustClose(t, "p", p.elements(), []float64{1, -2}, 0)
	})
}

// TestLossScale checks which optimizers depend only on the direction of the gradient: a loss
// that is a million times larger changes their steps little or not at all.
func TestLossScale(t *testing.T) {
	for name, tolerance := range map[string]float64{"adam": 1e-6, "adamw": 1e-6, "rmsprop": 1e-6, "adagrad": 1e-8, "lion": 0} {
		run := func(scale float64) []float64 {
			s, p := must(t)(New(name, 0.01, 1)), newParam("p", 1, 2)
			for i := range 20 {
				p.step(t, s, scale*math.Sin(float64(i)+1), scale*math.Cos(float64(i)))
			}
			return p.elements()
		}
		mustClose(t, name, run(1<<20), run(1), tolerance)
	}
}
