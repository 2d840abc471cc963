package graph

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
)

func maxPoolNet(size int, opts ...Option) Net {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.MaxPool(x, size, opts...) }
}

func avgPoolNet(size int, opts ...Option) Net {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.AvgPool(x, size, opts...) }
}

// Most rows have the image 1 2 3 / 4 5 6 / 7 8 9.
func TestPoolByHand(t *testing.T) {
	global := func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.GlobalAvgPool(x) }
	image := []int{1, 3, 3, 1}
	runHandWorked(t, Train, []handWorked{
		{"max, the rest left over", image, ramp(9), maxPoolNet(2), []float64{5}, []int{1, 1, 1, 1}},
		{"max stride 1", image, ramp(9), maxPoolNet(2, Stride(1)), []float64{5, 6, 8, 9}, []int{1, 2, 2, 1}},
		{"max same", image, ramp(9), maxPoolNet(2, Same), []float64{5, 6, 8, 9}, []int{1, 2, 2, 1}},
		{"max 1x3", image, ramp(9), maxPoolNet(1, Kernel(1, 3)), []float64{3, 6, 9}, []int{1, 3, 1, 1}},
		{"max never chooses padding", []int{1, 2, 2, 1}, []float64{-1, -2, -3, -4}, maxPoolNet(2, Pad(1)),
			[]float64{-1, -2, -3, -4}, []int{1, 2, 2, 1}},
		{"max by channel", []int{1, 2, 2, 2}, []float64{1, 8, 2, 7, 3, 6, 4, 5}, maxPoolNet(2), []float64{4, 8}, []int{1, 1, 1, 2}},
		{"average", image, ramp(9), avgPoolNet(2), []float64{3}, []int{1, 1, 1, 1}},
		{"average stride 1", image, ramp(9), avgPoolNet(2, Stride(1)), []float64{3, 4, 6, 7}, []int{1, 2, 2, 1}},
		{"average counts padding", []int{1, 2, 2, 1}, []float64{4, 8, 12, 16}, avgPoolNet(2, Pad(1)),
			[]float64{1, 2, 3, 4}, []int{1, 2, 2, 1}},
		{"global average", []int{2, 2, 2, 2}, ramp(16), global, []float64{4, 5, 12, 13}, []int{2, 2}},
	})
}

// naivePool calls fold for each output with the entries of its window.
func naivePool(x []float64, n, h, w, c, kh, kw, sh, sw int, pad [4]int, fold func(window []float64) float64) []float64 {
	var y []float64
	outH, outW := (h+pad[0]+pad[1]-kh)/sh+1, (w+pad[2]+pad[3]-kw)/sw+1
	for image := range n {
		for i := range outH {
			for j := range outW {
				for channel := range c {
					var window []float64
					for u := range kh {
						for v := range kw {
							row, col := i*sh+u-pad[0], j*sw+v-pad[2]
							if row >= 0 && row < h && col >= 0 && col < w {
								window = append(window, x[((image*h+row)*w+col)*c+channel])
							}
						}
					}
					y = append(y, fold(window))
				}
			}
		}
	}
	return y
}

func TestPoolNaive(t *testing.T) {
	for _, g := range []struct {
		n, h, w, c, kh, kw, sh, sw int
		pad                        [4]int
	}{
		{1, 5, 5, 1, 2, 2, 2, 2, [4]int{}},
		{3, 7, 9, 5, 3, 2, 2, 3, [4]int{}},
		{2, 8, 8, 3, 3, 3, 1, 1, [4]int{1, 1, 1, 1}},
		{2, 7, 6, 17, 4, 3, 3, 2, [4]int{2, 1, 0, 1}},
		{1, 28, 28, 4, 2, 2, 2, 2, [4]int{}},
		{1, 1, 1, 3, 1, 1, 1, 1, [4]int{}},
	} {
		t.Run(fmt.Sprint(g), func(t *testing.T) {
			opts := []Option{Kernel(g.kh, g.kw), Stride(g.sh, g.sw), Pad(g.pad[:]...)}
			x := noise("pool", g.n*g.h*g.w*g.c)
			for _, tc := range []struct {
				name string
				net  Net
				fold func(window []float64) float64
			}{
				{"max", maxPoolNet(1, opts...), func(window []float64) float64 {
					top := math.Inf(-1)
					for _, v := range window {
						top = max(top, v)
					}
					return top
				}},
				{"average", avgPoolNet(1, opts...), func(window []float64) float64 {
					sum := 0.0
					for _, v := range window {
						sum += v
					}
					return sum / float64(g.kh*g.kw)
				}},
			} {
				got := compile(t, NewParams64(1), Train, []int{g.n, g.h, g.w, g.c}, tc.net).output(t, x)
				want := naivePool(x, g.n, g.h, g.w, g.c, g.kh, g.kw, g.sh, g.sw, g.pad, tc.fold)
				mustClose(t, tc.name, got, want, 1e-14)
			}
		})
	}
}

// TestMaxPoolTie checks that the first of several equal entries gets the whole gradient.
func TestMaxPoolTie(t *testing.T) {
	p := newProbe(t, NewParams64(1), []int{1, 2, 2, 1}, maxPoolNet(2))
	fill(p.x.value, []float64{1, 3, 3, 3})
	p.value(t)
	g, err := p.Learned()[0].Grad()
	if err != nil {
		t.Fatal(err)
	}
	d := values(t, g)
	if d[1] == 0 || d[0] != 0 || d[2] != 0 || d[3] != 0 {
		t.Errorf("gradient %v, want it at the second entry only", d)
	}
}

func TestPoolErrors(t *testing.T) {
	global := func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.GlobalAvgPool(x) }
	image := []int{2, 5, 6, 3}
	runRefused(t, []refused{
		{[]int{2, 30}, maxPoolNet(2), `maxpool "maxpool1": input has shape (2, 30), want an image: batch, height, width, channels`},
		{[]int{2, 30}, avgPoolNet(2), `avgpool "avgpool1": input has shape (2, 30), want an image`},
		{[]int{2, 30}, global, `globalavgpool "globalavgpool1": input has shape (2, 30), want an image`},
		{image, maxPoolNet(0), `maxpool "maxpool1": a window of 0x0, want at least 1x1`},
		{image, avgPoolNet(-2), `avgpool "avgpool1": a window of -2x-2, want at least 1x1`},
		{image, maxPoolNet(6), `maxpool "maxpool1": a window of 6x6 does not fit images of 5x6`},
		{image, maxPoolNet(2, Pad(2)), `maxpool "maxpool1": `},
		{image, maxPoolNet(2, Pad(2)), `PadTop is 2, expected at most 1`},
	})
}
