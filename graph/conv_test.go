package graph

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"
)

func convNet(filters, size int, opts ...Option) Net {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Conv("c", x, filters, size, opts...) }
}

// Most rows have the image 1 2 3 / 4 5 6 / 7 8 9 and the kernel 1 2 / 3 4.
func TestConvByHand(t *testing.T) {
	w := Weights(constant(1, 2, 3, 4))
	runHandWorked(t, Train, []handWorked{
		{"valid", []int{1, 3, 3, 1}, ramp(9), convNet(1, 2, w),
			[]float64{1 + 4 + 12 + 20, 2 + 6 + 15 + 24, 4 + 10 + 21 + 32, 5 + 12 + 24 + 36}, []int{1, 2, 2, 1}},
		{"bias", []int{1, 3, 3, 1}, ramp(9), convNet(1, 2, w, Bias(constant(0.5))),
			[]float64{37.5, 47.5, 67.5, 77.5}, []int{1, 2, 2, 1}},
		{"stride 2", []int{1, 3, 3, 1}, ramp(9), convNet(1, 2, w, Stride(2)), []float64{37}, []int{1, 1, 1, 1}},
		{"stride 1 by 2", []int{1, 3, 3, 1}, ramp(9), convNet(1, 2, w, Stride(1, 2)), []float64{37, 67}, []int{1, 2, 1, 1}},
		{"same pads below and right", []int{1, 3, 3, 1}, ramp(9), convNet(1, 2, w, Same),
			[]float64{37, 47, 3 + 18, 67, 77, 6 + 27, 7 + 16, 8 + 18, 9}, []int{1, 3, 3, 1}},
		{"same stride 2", []int{1, 3, 3, 1}, ramp(9), convNet(1, 2, w, Same, Stride(2)),
			[]float64{37, 3 + 18, 7 + 16, 9}, []int{1, 2, 2, 1}},
		{"pad top and right", []int{1, 2, 2, 1}, ramp(4), convNet(1, 2, w, Pad(1, 0, 0, 1)),
			[]float64{3 + 8, 6, 1 + 4 + 9 + 16, 2 + 12}, []int{1, 2, 2, 1}},
		{"dilation 2", []int{1, 3, 3, 1}, ramp(9), convNet(1, 2, w, Dilation(2)), []float64{1 + 6 + 21 + 36}, []int{1, 1, 1, 1}},
		{"two channels to two filters", []int{1, 1, 2, 2}, ramp(4), convNet(2, 1, w),
			[]float64{1 + 6, 2 + 8, 3 + 12, 6 + 16}, []int{1, 1, 2, 2}},
		{"depthwise", []int{1, 1, 2, 2}, ramp(4), convNet(2, 1, Kernel(1, 2), Groups(2), Weights(constant(1, 10, 2, 20))),
			[]float64{1 + 6, 20 + 80}, []int{1, 1, 1, 2}},
		{"batch of two", []int{2, 1, 2, 1}, ramp(4), convNet(1, 1, Weights(constant(3))), []float64{3, 6, 9, 12}, []int{2, 1, 2, 1}},
	})
}

// convGeometry holds the settings of naiveConv.
type convGeometry struct {
	n, h, w, c, k, kh, kw    int
	sh, sw, dh, dw, groups   int
	top, bottom, left, right int
	outH, outW               int
	input, weight, bias      []float64
}

// naiveConv computes a convolution by its definition, one sum for each output.
func naiveConv(g convGeometry) []float64 {
	var y []float64
	cg, kg := g.c/g.groups, g.k/g.groups
	for n := range g.n {
		for i := range g.outH {
			for j := range g.outW {
				for k := range g.k {
					sum := g.bias[k]
					for u := range g.kh {
						for v := range g.kw {
							row, col := i*g.sh+u*g.dh-g.top, j*g.sw+v*g.dw-g.left
							if row < 0 || row >= g.h || col < 0 || col >= g.w {
								continue
							}
							for c := range cg {
								x := g.input[((n*g.h+row)*g.w+col)*g.c+k/kg*cg+c]
								sum += x * g.weight[((u*g.kw+v)*cg+c)*g.k+k]
							}
						}
					}
					y = append(y, sum)
				}
			}
		}
	}
	return y
}

func TestConvNaive(t *testing.T) {
	for _, g := range []convGeometry{
		{n: 1, h: 5, w: 5, c: 1, k: 1, kh: 3, kw: 3},
		{n: 3, h: 7, w: 9, c: 3, k: 5, kh: 3, kw: 3},
		{n: 2, h: 6, w: 11, c: 2, k: 9, kh: 1, kw: 4, sw: 3},
		{n: 2, h: 9, w: 8, c: 4, k: 8, kh: 5, kw: 3, sh: 2, sw: 3, top: 2, bottom: 1, left: 0, right: 2},
		{n: 1, h: 11, w: 10, c: 3, k: 2, kh: 3, kw: 2, dh: 3, dw: 4, top: 1, bottom: 1, left: 2, right: 2},
		{n: 2, h: 7, w: 7, c: 6, k: 9, kh: 3, kw: 3, groups: 3, top: 1, bottom: 1, left: 1, right: 1},
		{n: 2, h: 5, w: 6, c: 5, k: 10, kh: 3, kw: 3, groups: 5, sh: 2, sw: 2},
		{n: 1, h: 1, w: 1, c: 17, k: 13, kh: 1, kw: 1},
		{n: 1, h: 3, w: 3, c: 2, k: 3, kh: 7, kw: 7, top: 3, bottom: 3, left: 3, right: 3},
		{n: 4, h: 28, w: 28, c: 1, k: 8, kh: 3, kw: 3},
	} {
		for _, p := range []*int{&g.sh, &g.sw, &g.dh, &g.dw, &g.groups} {
			*p = max(*p, 1)
		}
		g.outH = (g.h+g.top+g.bottom-g.dh*(g.kh-1)-1)/g.sh + 1
		g.outW = (g.w+g.left+g.right-g.dw*(g.kw-1)-1)/g.sw + 1
		name := fmt.Sprintf("%dx%dx%dx%d k%d %dx%d s%d,%d d%d,%d g%d p%d,%d,%d,%d", g.n, g.h, g.w, g.c, g.k, g.kh, g.kw,
			g.sh, g.sw, g.dh, g.dw, g.groups, g.top, g.bottom, g.left, g.right)
		t.Run(name, func(t *testing.T) {
			s := compile(t, NewParams64(5), Train, []int{g.n, g.h, g.w, g.c}, convNet(g.k, 1, Kernel(g.kh, g.kw),
				Stride(g.sh, g.sw), Dilation(g.dh, g.dw), Groups(g.groups), Pad(g.top, g.bottom, g.left, g.right), Bias(gaussian)))
			g.input = noise(name, g.n*g.h*g.w*g.c)
			g.weight = values(t, s.builder.params.Get("c.weight").Value())
			g.bias = values(t, s.builder.params.Get("c.bias").Value())
			// An output is a float64 sum of at most 200 products near 1.
			mustClose(t, "y", s.output(t, g.input), naiveConv(g), 1e-13)
		})
	}
}

// TestSamePadding compares output sizes and paddings with TensorFlow's rule: a size of
// ceil(input/stride), and an odd row at the bottom.
func TestSamePadding(t *testing.T) {
	for _, tc := range []struct{ in, kernel, stride, dilation, before, after int }{
		{28, 3, 1, 1, 1, 1},
		{28, 2, 1, 1, 0, 1},
		{28, 5, 2, 1, 1, 2},
		{7, 3, 2, 1, 1, 1},
		{8, 3, 2, 1, 0, 1},
		{9, 1, 3, 1, 0, 0},
		{10, 3, 1, 2, 2, 2},
		{5, 4, 3, 1, 1, 1},
	} {
		o := options{kernel: [2]int{tc.kernel, 1}, stride: [2]int{tc.stride, 1}, dilation: [2]int{tc.dilation, 1}, same: true}
		o.setSamePadding(tc.in, 1)
		if o.pad != [4]int{tc.before, tc.after, 0, 0} {
			t.Errorf("%+v: padding %v", tc, o.pad)
		}
	}
}

func TestConvLayer(t *testing.T) {
	b := NewBuilder(NewParams(1), Train, 10, 1)
	b.Conv("conv1", b.Input("images", 4, 28, 28, 2), 6, 5, Groups(2))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	l := b.Layers()[0]
	// 24x24x6 outputs have 5x5x1 multiply-adds each, two operations per multiply-add.
	if want := int64(2 * 24 * 24 * 6 * 25); l.FLOPs != want {
		t.Errorf("%d FLOPs, want %d", l.FLOPs, want)
	}
	if got := fmt.Sprintf("%v %v %v %v", l.Name, l.Kind, l.Output, l.Params); got != "conv1 conv (4, 24, 24, 6) [conv1.weight [6 1 5 5] trainable conv1.bias [6] trainable]" {
		t.Errorf("layer %s", got)
	}
}

func TestConvErrors(t *testing.T) {
	image := []int{2, 5, 6, 3}
	runRefused(t, []refused{
		{[]int{2, 30}, convNet(4, 3), `conv "c": input has shape (2, 30), want an image: batch, height, width, channels`},
		{image, convNet(0, 3), `conv "c": 0 filters of 3x3: each must be at least 1`},
		{image, convNet(4, -1), `conv "c": 4 filters of -1x-1: each must be at least 1`},
		{image, convNet(4, 6), `conv "c": a window of 6x6 does not fit images of 5x6: make it smaller, pad (Pad, Same), or pool less before it`},
		{image, convNet(4, 3, Dilation(1, 3)), `conv "c": a window of 3x3 with dilation 1x3 does not fit images of 5x6: make it smaller`},
		{image, convNet(4, 9, Pad(1, 0)), `conv "c": a window of 9x9 does not fit images of 5x6, 7x6 with its padding: make it smaller`},
		{image, convNet(4, 3, Groups(2)), `conv "c": 3 input channels and 4 filters in 2 groups: both must be multiples of Groups`},
		{image, convNet(4, 3, Groups(3)), `conv "c": 3 input channels and 4 filters in 3 groups: both must be multiples of Groups`},
		{image, convNet(4, 3, Weights(nil)), `conv "c": parameter "c.weight": no initializer`},
		{image, convNet(4, 3, Bias(nil)), `conv "c": parameter "c.bias": no initializer`},
	})
	t.Run("shape of the stored parameter", func(t *testing.T) {
		params := NewParams(1)
		first := NewBuilder(params, Train, 10, 1)
		first.Conv("c", first.Input("images", 1, 8, 8, 1), 4, 3)
		second := NewBuilder(params, Eval, 10, 1)
		second.Conv("c", second.Input("images", 1, 8, 8, 3), 4, 3)
		mustFail(t, second.Err(), `conv "c": parameter "c.weight" has shape [4 1 3 3], the layer needs [4 3 3 3]`)
	})
}
