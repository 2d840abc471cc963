package graph

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// mulParamNet multiplies by a parameter of that shape.
func mulParamNet(shape ...int) Net {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Mul(x, b.Param("w", gaussian, shape...)) }
}

func TestMulByHand(t *testing.T) {
	withParam := func(values []float64, shape ...int) Net {
		return func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Mul(x, b.Param("w", constant(values...), shape...))
		}
	}
	images := []int{2, 2, 1, 2} // 1 2 / 3 4 and 5 6 / 7 8, channels last
	runHandWorked(t, Train, []handWorked{
		{"square", []int{3}, []float64{1, -2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Mul(x, x) }, []float64{1, 4, 9}, []int{3}},
		{"by channel", images, ramp(8), withParam([]float64{10, 100}, 1, 1, 1, 2), []float64{10, 200, 30, 400, 50, 600, 70, 800}, images},
		{"by row", images, ramp(8), withParam([]float64{10, 100}, 1, 2, 1, 1), []float64{10, 20, 300, 400, 50, 60, 700, 800}, images},
		{"param without height and width", images, ramp(8), withParam([]float64{10, 100}, 1, 2), []float64{10, 200, 30, 400, 50, 600, 70, 800}, images},
		{"mean channels", images, ramp(8), func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Mul(b.GlobalAvgPool(x), x) },
			[]float64{2, 6, 6, 12, 30, 42, 42, 56}, images}, // means 2 3 and 6 7
		{"outer product", []int{1, 2}, []float64{3, 5}, withParam([]float64{1, 2, 4}, 1, 3, 1), []float64{3, 5, 6, 10, 12, 20}, []int{1, 3, 2}},
		{"scale", images, ramp(8), func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			y := b.Scale("s", x)
			copy(b.params.Get("s.weight").value.Data().([]float64), []float64{10, 100})
			return y
		}, []float64{10, 200, 30, 400, 50, 600, 70, 800}, images},
	})
}

func TestMulNaive(t *testing.T) {
	shape := []int{2, 3, 5, 4}
	for set := range 1 << len(shape) {
		size := slices.Clone(shape)
		for a := range size {
			if set>>a&1 == 1 {
				size[a] = 1
			}
		}
		x := noise("x", 2*3*5*4)
		for _, params := range []*Params{NewParams64(3), NewParams(3)} {
			got := compile(t, params, Eval, shape, mulParamNet(size...)).output(t, x)
			w := values(t, params.Get("w").value)
			want := make([]float64, len(x))
			for i := range want {
				o, stride, rest := 0, 1, i
				for a := len(shape) - 1; a >= 0; a-- {
					o += rest % shape[a] % size[a] * stride
					stride *= size[a]
					rest /= shape[a]
				}
				want[i] = x[i] * w[o]
			}
			mustClose(t, fmt.Sprint(size, params.dtype), got, want, map[tensor.Dtype]float64{tensor.Float64: 0, tensor.Float32: 1e-6}[params.dtype])
		}
	}
}

func TestMulErrors(t *testing.T) {
	image := []int{2, 5, 6, 3}
	runRefused(t, []refused{
		{image, mulParamNet(1, 1, 1, 4), `mul "mul1": inputs have shapes [x (2, 5, 6, 3) w (1, 1, 1, 4)], want equal sizes along axis 3, or 1`},
		{image, mulParamNet(3), `want equal sizes along axis 0, or 1`},
		{image, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Mul(x, nil) }, `mul "mul1": input 2 is nil`},
		{[]int{3}, scaleNet, `scale "s": input has shape (3), want batch, ..., channels`},
		{[]int{2, 3}, squeezeNet(2), `squeezeexcite "se": input has shape (2, 3), want an image`},
		{image, squeezeNet(0), `dense "se.reduce": 0 units, want at least 1`},
		{image, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Scale("s", b.Scale("s", x)) }, `scale "s": the name is taken`},
	})
}
