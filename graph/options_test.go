package graph

import (
	"testing"

	"gorgonia.org/gorgonia"
)

func TestOptionErrors(t *testing.T) {
	image := []int{1, 8, 8, 2}
	pool := func(opts ...Option) Net {
		return func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.MaxPool(x, 2, opts...) }
	}
	dense := func(opts ...Option) Net {
		return func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Dense("d", x, 2, opts...) }
	}
	runRefused(t, []refused{
		{image, convNet(2, 3, Stride()), `conv "c": Stride takes one value or height and width, got []`},
		{image, convNet(2, 3, Stride(1, 2, 3)), `conv "c": Stride takes one value or height and width, got [1 2 3]`},
		{image, convNet(2, 3, Stride(0)), `conv "c": Stride is [0], want at least 1`},
		{image, convNet(2, 3, Stride(1, -2)), `conv "c": Stride is [1 -2], want at least 1`},
		{image, convNet(2, 3, Dilation(0)), `conv "c": Dilation is [0], want at least 1`},
		{image, convNet(2, 3, Kernel(3, 0)), `conv "c": Kernel is [3 0], want at least 1`},
		{image, convNet(2, 3, Pad()), `conv "c": Pad takes one, two or four values, got []`},
		{image, convNet(2, 3, Pad(1, 2, 3)), `conv "c": Pad takes one, two or four values, got [1 2 3]`},
		{image, convNet(2, 3, Pad(-1)), `conv "c": Pad is [-1], want no negative value`},
		{image, convNet(2, 3, Groups(0)), `conv "c": Groups is 0, want at least 1`},
		{image, convNet(2, 3, Same, Pad(1)), `conv "c": options Same and Pad exclude each other`},
		{image, convNet(2, 3, NoBias, nil), `conv "c": option 2 is nil`},
		{image, pool(Groups(2)), `maxpool "maxpool1": option Groups does not apply here; the layer takes [Kernel Stride Pad Same]`},
		{image, pool(Dilation(2)), `maxpool "maxpool1": option Dilation does not apply here`},
		{image, pool(Same, Pad(1)), `maxpool "maxpool1": options Same and Pad exclude each other`},
		{[]int{2, 3}, dense(Stride(1)), `dense "d": option Stride does not apply here; the layer takes [NoBias Weights Bias]`},
		{[]int{2, 3}, dense(Same), `dense "d": option Same does not apply here`},
	})
}

// TestPadForms checks Pad with one, two and four values.
func TestPadForms(t *testing.T) {
	for _, tc := range []struct {
		opt  Option
		want [4]int // top, bottom, left, right
	}{
		{Pad(2), [4]int{2, 2, 2, 2}},
		{Pad(1, 3), [4]int{1, 1, 3, 3}},
		{Pad(1, 2, 3, 4), [4]int{1, 2, 3, 4}},
	} {
		o, err := applyOptions([]Option{tc.opt}, options{}, "Pad")
		if err != nil || o.pad != tc.want {
			t.Errorf("padding %v, error %v, want %v", o.pad, err, tc.want)
		}
	}
}
