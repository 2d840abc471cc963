package graph

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/internal/random"
)

// compile declares net over an input of that shape and compiles the graph, without a loss and
// without fusion.
func compile(t testing.TB, params *Params, mode Mode, shape []int, net Net) *session {
	t.Helper()
	b := NewBuilder(params, mode, 10, 2)
	input := tensor.New(tensor.WithShape(shape...), tensor.Of(params.dtype))
	x := b.newLeaf("x", input)
	b.noGrad[x] = true
	y := net(b, x)
	if b.err != nil {
		t.Fatal(b.err)
	}
	b.state.rows = shape[0]
	s := &session{builder: b, inputs: []*gorgonia.Node{x}, logits: y, vm: gorgonia.NewTapeMachine(b.graph)}
	t.Cleanup(func() { s.Close() })
	return s
}

// output runs the session on x and returns a copy of the result.
func (s *session) output(t testing.TB, x []float64) []float64 {
	t.Helper()
	fill(s.Input(), x)
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
	return values(t, s.logits.Value())
}

// values returns a copy of a value's elements as float64.
func values(t testing.TB, v gorgonia.Value) []float64 {
	t.Helper()
	d, ok := v.(*tensor.Dense)
	if !ok {
		x, err := scalarValue(v)
		if err != nil {
			t.Fatal(err)
		}
		return []float64{x}
	}
	switch s := d.Data().(type) {
	case []float64:
		return append([]float64(nil), s...)
	case []float32:
		out := make([]float64, len(s))
		for i, e := range s {
			out[i] = float64(e)
		}
		return out
	}
	t.Fatalf("a value of %v, want floats", d.Dtype())
	return nil
}

// fill sets the elements of d to those of x, repeated as often as necessary.
func fill(d *tensor.Dense, x []float64) {
	switch s := d.Data().(type) {
	case []float64:
		for i := range s {
			s[i] = x[i%len(x)]
		}
	case []float32:
		for i := range s {
			s[i] = float32(x[i%len(x)])
		}
	}
}

// noise returns n standard normal numbers, which depend on name only.
func noise(name string, n int) []float64 {
	v := make([]float64, n)
	normal(v, 1, random.Parameter(11, name))
	return v
}

// ramp returns 1, 2, ... n.
func ramp(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64(i + 1)
	}
	return v
}

// constant returns an initializer that copies v.
func constant(v ...float64) Initializer {
	return func(values []float64, _ Fan, _ *rand.Rand) { copy(values, v) }
}

// gaussian is an initializer of standard normal noise, for biases: zeros would hide mistakes.
func gaussian(values []float64, _ Fan, r *rand.Rand) { normal(values, 1, r) }

// mustClose fails unless got and want agree within tolerance, relative to the
// larger of 1 and the wanted value.
func mustClose(t testing.TB, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d elements, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tolerance*max(1, math.Abs(want[i]))) {
			t.Fatalf("%s[%d] = %.17g, want %.17g (tolerance %g)", what, i, got[i], want[i], tolerance)
		}
	}
}

// mustFail fails unless err contains all of want.
func mustFail(t testing.TB, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that contains %q", want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not contain %q", err, w)
		}
	}
}

// handWorked is a row of a table: a layer, its input x, and its output, computed by hand.
type handWorked struct {
	name  string
	shape []int
	x     []float64
	net   Net
	want  []float64
	size  []int // shape of the result
}

func runHandWorked(t *testing.T, mode Mode, table []handWorked) {
	t.Helper()
	for _, tc := range table {
		t.Run(tc.name, func(t *testing.T) {
			s := compile(t, NewParams64(1), mode, tc.shape, tc.net)
			got := s.output(t, tc.x)
			if size := s.logits.Value().Shape(); !size.Eq(tensor.Shape(tc.size)) {
				t.Errorf("shape %v, want %v", size, tc.size)
			}
			mustClose(t, "y", got, tc.want, 1e-15)
		})
	}
}

// refused is a row of a table: a net that the builder must refuse over an input of that
// shape, and a part of the error.
type refused struct {
	shape []int
	net   Net
	want  string
}

func runRefused(t *testing.T, table []refused) {
	t.Helper()
	for _, tc := range table {
		t.Run(tc.want, func(t *testing.T) {
			b := NewBuilder(NewParams64(1), Train, 10, 1)
			x := b.newLeaf("x", tensor.New(tensor.WithShape(tc.shape...), tensor.Of(tensor.Float64)))
			if n := tc.net(b, x); n != nil {
				t.Errorf("the failed layer returned node %v, want nil", n)
			}
			mustFail(t, b.Err(), tc.want)
		})
	}
}

// transpose returns the elements of an array of that shape with its axes in the order perm.
func transpose(v []float64, shape, perm []int) []float64 {
	size := make([]int, len(perm))
	for i, p := range perm {
		size[i] = shape[p]
	}
	out := make([]float64, len(v))
	for o := range out {
		index := make([]int, len(shape)) // of the element in v
		for i, rest := len(perm)-1, o; i >= 0; i-- {
			index[perm[i]] = rest % size[i]
			rest /= size[i]
		}
		from := 0
		for i, s := range shape {
			from = from*s + index[i]
		}
		out[o] = v[from]
	}
	return out
}
