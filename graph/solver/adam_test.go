package solver

import (
	"math"
	"testing"
)

// TestAdamByHand follows algorithm 1 of Kingma and Ba, arXiv:1412.6980, for three
// steps with rate 0.1 from p = 1. Worked out in 40 digits:
//
//	t  g      m      v              m/(1-0.9^t)   v/(1-0.999^t)  p
//	1  0.5    0.05   0.00025        0.5           0.25           0.900000002
//	2  -0.25  0.02   0.00031225     0.1052631579  0.1562031016   0.8733662987
//	3  1      0.118  0.00131193775  0.4354243542  0.4377501876   0.8075551397
func TestAdamByHand(t *testing.T) {
	a, err := NewAdam(0.1, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := newParam("fc1.weight", 1)
	for i, want := range []struct{ g, m, v, p float64 }{
		{0.5, 0.05, 0.00025, 0.90000000199999996},
		{-0.25, 0.02, 0.00031225, 0.87336629870784616},
		{1, 0.118, 0.00131193775, 0.80755513967708962},
	} {
		p.step(t, a, want.g)
		st := a.states["fc1.weight"]
		mustClose(t, "p", p.elements(), []float64{want.p}, 1e-15)
		mustClose(t, "m", st.first.Data().([]float64), []float64{want.m}, 1e-16)
		mustClose(t, "v", st.second.Data().([]float64), []float64{want.v}, 1e-17)
		if st.step != i+1 {
			t.Errorf("step %d, want %d", st.step, i+1)
		}
	}
}

// TestAdamFirstStep checks the paper's bound: the first step is the rate itself
// against the sign of the derivative, whatever its size, and 0 where that is 0.
func TestAdamFirstStep(t *testing.T) {
	a, err := NewAdam(0.01, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := newParam("p", 1, 2, 3, 4)
	p.step(t, a, 1e-3, -1e3, 7, 0)
	// epsilon over 1e-3 is 1e-5 of the step.
	mustClose(t, "p", p.elements(), []float64{0.99, 2.01, 2.99, 4}, 1e-7)
}

func TestAdamSettings(t *testing.T) {
	a, err := NewAdam(0.001, 1)
	if err != nil {
		t.Fatal(err)
	}
	if a.Beta1 != 0.9 || a.Beta2 != 0.999 || a.Epsilon != 1e-8 || a.LearningRate() != 0.001 {
		t.Errorf("%v, want the paper's constants", a)
	}
	if want := "adam (learning rate 0.001, betas 0.9 and 0.999, epsilon 1e-08)"; a.String() != want {
		t.Errorf("shows as %q, want %q", a, want)
	}
	a.Beta1 = 1
	mustFail(t, stepOf(a, newParam("p", 1)), "adam: beta1 is 1, expected at least 0 and less than 1")
	a.Beta1, a.Beta2 = 0.9, math.NaN()
	mustFail(t, stepOf(a, newParam("p", 1)), "adam: beta2 is NaN, expected at least 0 and less than 1")
}
