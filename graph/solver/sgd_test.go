package solver

import (
	"math"
	"testing"
)

// TestSGDByHand follows u = 0.9u + g, p = p - 0.1u for derivatives 1, 1, -1:
//
//	u  1    1.9   0.71
//	p  0.9  0.71  0.639
func TestSGDByHand(t *testing.T) {
	s, err := NewSGD(0.1, 0.9, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := newParam("fc1.weight", 1)
	for _, want := range []struct{ g, u, p float64 }{{1, 1, 0.9}, {1, 1.9, 0.71}, {-1, 0.71, 0.639}} {
		p.step(t, s, want.g)
		mustClose(t, "p", p.elements(), []float64{want.p}, 1e-15)
		mustClose(t, "u", s.states["fc1.weight"].first.Data().([]float64), []float64{want.u}, 1e-15)
	}
}

// TestSGDPlain descends p²/2, whose derivative is p: after n steps p is
// (1-rate)^n times its start.
func TestSGDPlain(t *testing.T) {
	s, err := NewSGD(0.25, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := newParam("p", 1, -8)
	for range 10 {
		p.step(t, s, p.elements()...)
	}
	mustClose(t, "p", p.elements(), []float64{math.Pow(0.75, 10), -8 * math.Pow(0.75, 10)}, 1e-15)
}

func TestSGDSettings(t *testing.T) {
	s, err := NewSGD(0.05, 0.9, 1)
	if err != nil {
		t.Fatal(err)
	}
	if want := "sgd (learning rate 0.05, momentum 0.9)"; s.String() != want {
		t.Errorf("shows as %q, want %q", s, want)
	}
	for momentum, want := range map[float64]string{
		1:    "solver: momentum is 1, want at least 0 and below 1",
		-0.1: "solver: momentum is -0.1, want at least 0 and below 1",
	} {
		_, err := NewSGD(0.1, momentum, 1)
		mustFail(t, err, want)
	}
	_, err = NewSGD(0.1, math.NaN(), 1)
	mustFail(t, err, "solver: momentum is NaN, want at least 0 and below 1")
	s.Momentum = 2
	mustFail(t, stepOf(s, newParam("p", 1)), "sgd: momentum is 2, expected at least 0 and less than 1")
}
