package graph

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"
)

var activationNets = []struct {
	name string
	net  Net
	f    func(x float64) float64 // the definition
}{
	{"relu", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.ReLU(x) },
		func(x float64) float64 { return max(x, 0) }},
	{"leakyrelu", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.LeakyReLU(x, 0.1) },
		func(x float64) float64 { return max(x, 0) + 0.1*min(x, 0) }},
	{"gelu", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.GELU(x) },
		func(x float64) float64 { return x * (1 - math.Erf(-x/math.Sqrt2)) / 2 }},
	{"silu", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.SiLU(x) },
		func(x float64) float64 { return x / (1 + math.Exp(-x)) }},
	{"tanh", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Tanh(x) },
		func(x float64) float64 { return (math.Exp(2*x) - 1) / (math.Exp(2*x) + 1) }},
	{"sigmoid", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Sigmoid(x) },
		func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
}

// TestActivationByHand compares with values from tables: the logistic function,
// the hyperbolic tangent and the normal distribution at 0, 1 and -1.
func TestActivationByHand(t *testing.T) {
	x := []float64{0, 1, -1}
	for i, want := range [][]float64{
		{0, 1, 0},
		{0, 1, -0.1},
		{0, 0.8413447460685429, -0.15865525393145707},
		{0, 0.7310585786300049, -0.2689414213699951},
		{0, 0.7615941559557649, -0.7615941559557649},
		{0.5, 0.7310585786300049, 0.2689414213699951},
	} {
		t.Run(activationNets[i].name, func(t *testing.T) {
			s := compile(t, NewParams64(1), Train, []int{3}, activationNets[i].net)
			mustClose(t, "y", s.output(t, x), want, 2e-16)
		})
	}
}

func TestActivationNaive(t *testing.T) {
	for _, a := range activationNets {
		t.Run(a.name, func(t *testing.T) {
			x := noise(a.name, 3*5*7*2)
			want := make([]float64, len(x))
			for i, v := range x {
				want[i] = a.f(v)
			}
			mustClose(t, "y", compile(t, NewParams64(1), Eval, []int{3, 5, 7, 2}, a.net).output(t, x), want, 1e-15)
			// The inputs are rounded to float32 too.
			mustClose(t, "float32 y", compile(t, NewParams(1), Eval, []int{3, 5, 7, 2}, a.net).output(t, x), want, 5e-7)
		})
	}
}

// TestActivationExtremes checks that neither output nor gradient overflows far from 0.
func TestActivationExtremes(t *testing.T) {
	for i, limit := range [][2]float64{{0, 1000}, {-100, 1000}, {0, 1000}, {0, 1000}, {-1, 1}, {0, 1}} {
		a := activationNets[i]
		slope := map[string][2]float64{"relu": {0, 1}, "leakyrelu": {0.1, 1}, "gelu": {0, 1}, "silu": {0, 1}}[a.name]
		t.Run(a.name, func(t *testing.T) {
			p := newProbe(t, NewParams(1), []int{2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
				return gorgonia.Must(gorgonia.Sum(a.net(b, x)))
			})
			fill(p.x.value, []float64{-1000, 1000})
			p.value(t)
			g, err := p.Learned()[0].Grad()
			if err != nil {
				t.Fatal(err)
			}
			mustClose(t, "gradient", values(t, g), slope[:], 1e-6)
			s := compile(t, NewParams(1), Train, []int{2}, a.net)
			mustClose(t, "y", s.output(t, []float64{-1000, 1000}), limit[:], 1e-6)
		})
	}
}

func TestReLUGradientAtZero(t *testing.T) {
	p := newProbe(t, NewParams64(1), []int{1}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.ReLU(x) })
	fill(p.x.value, []float64{0})
	p.value(t)
	g, err := p.Learned()[0].Grad()
	if err != nil {
		t.Fatal(err)
	}
	if d := values(t, g)[0]; d != 0 {
		t.Errorf("gradient at 0 is %v, want 0", d)
	}
}
