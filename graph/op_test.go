package graph

import (
	"errors"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestOpErrors checks that the TapeMachine returns an operation's error or panic as an error
// with the operation's name.
func TestOpErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		run  func(in []gorgonia.Value) error
		want string
	}{
		"error": {func([]gorgonia.Value) error { return errors.New("no luck") }, "probe: no luck"},
		"panic": {func(in []gorgonia.Value) error { _ = in[len(in)]; return nil }, "probe: runtime error: index out of range [1] with length 1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := compile(t, NewParams64(1), Train, []int{2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
				value, _ := newBuffer[float64](2)
				n, err := applyOp(&op{name: "probe", out: value, run: tc.run}, x)
				b.Fail(err)
				return n
			})
			mustFail(t, s.run(), tc.want)
		})
	}
}

// TestSecondDerivative checks that a second derivative is an error, not a wrong number.
func TestSecondDerivative(t *testing.T) {
	b := NewBuilder(NewParams64(1), Train, 10, 1)
	x := b.newLeaf("x", tensor.New(tensor.WithShape(2), tensor.Of(tensor.Float64)))
	y := gorgonia.Must(gorgonia.Sum(b.Tanh(x)))
	d, err := gorgonia.Grad(y, x)
	if err != nil {
		t.Fatal(err)
	}
	_, err = gorgonia.Grad(gorgonia.Must(gorgonia.Sum(d[0])), x)
	mustFail(t, err, "Non Differentiable")
	_, err = d[0].Op().(gorgonia.SDOp).SymDiff(nil, nil, nil)
	mustFail(t, err, "tanh backward: has no second derivative")
}

// TestElements checks which inputs an operation accepts.
func TestElements(t *testing.T) {
	square := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6}))
	column, err := square.Slice(nil, tensor.S(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		value gorgonia.Value
		want  string
	}{
		{gorgonia.NewF64(1), "the input is a *gorgonia.F64, want a tensor of float64"},
		{column.(*tensor.Dense), "is a view that is not contiguous; materialize it first"},
		{tensor.New(tensor.WithShape(2), tensor.Of(tensor.Float32)), "the input is a tensor of float32, want float64"},
	} {
		_, err := elements[float64](tc.value)
		mustFail(t, err, tc.want)
	}
	_, err = scalarValue(square)
	mustFail(t, err, "the input is a *tensor.Dense of shape (2, 3), want a scalar")
	for _, v := range []gorgonia.Value{gorgonia.NewF32(2), gorgonia.NewF64(2), tensor.New(tensor.FromScalar(2.0)), tensor.New(tensor.FromScalar(float32(2)))} {
		if x, err := scalarValue(v); err != nil || x != 2 {
			t.Errorf("scalar of %T is %v, %v", v, x, err)
		}
	}
}

// TestOpsDoNotMerge checks that gorgonia, which merges nodes with equal hashes, does not merge
// operations of the same name.
func TestOpsDoNotMerge(t *testing.T) {
	s := compile(t, NewParams64(1), Train, []int{1, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Concat(b.LeakyReLU(x, 0.5), b.LeakyReLU(x, 0.25), b.Dropout(x, 0), b.LeakyReLU(x, 0.5))
	})
	mustClose(t, "y", s.output(t, []float64{-4, 4}), []float64{-2, 4, -1, 4, -4, 4, -2, 4}, 0)
}
