package solver

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// param is a parameter with a gradient, like a node of a graph.
type param struct {
	name  string
	value gorgonia.Value
	grad  gorgonia.Value
}

func (p *param) Name() string          { return p.name }
func (p *param) Value() gorgonia.Value { return p.value }

func (p *param) Grad() (gorgonia.Value, error) {
	if p.grad == nil {
		return nil, errors.New("no gradient of " + p.name)
	}
	return p.grad, nil
}

// newParam returns a float64 parameter with a gradient of zeros.
func newParam(name string, v ...float64) *param {
	return &param{name,
		tensor.New(tensor.WithShape(len(v)), tensor.WithBacking(append([]float64(nil), v...))),
		tensor.New(tensor.WithShape(len(v)), tensor.Of(tensor.Float64))}
}

// newWeight is newParam with two axes.
func newWeight(name string, v ...float64) *param {
	p := newParam(name, v...)
	for _, d := range []gorgonia.Value{p.value, p.grad} {
		if err := d.(*tensor.Dense).Reshape(len(v), 1); err != nil {
			panic(err)
		}
	}
	return p
}

func (p *param) elements() []float64 { return p.value.Data().([]float64) }

// step sets the gradient and does a step.
func (p *param) step(t testing.TB, s Solver, grad ...float64) {
	t.Helper()
	copy(p.grad.Data().([]float64), grad)
	if err := s.Step([]gorgonia.ValueGrad{p}); err != nil {
		t.Fatal(err)
	}
}

func mustClose(t testing.TB, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d elements, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tolerance*max(1, math.Abs(want[i]))) {
			t.Fatalf("%s[%d] = %.17g, want %.17g", what, i, got[i], want[i])
		}
	}
}

func mustFail(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

func must(t testing.TB) func(s Solver, err error) Solver {
	return func(s Solver, err error) Solver {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}
