package graph

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"
)

func denseNet(units int, opts ...Option) Net {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Dense("d", x, units, opts...) }
}

func TestDenseByHand(t *testing.T) {
	flatten := func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Flatten(x) }
	w := Weights(constant(1, 2, 3, 4, 5, 6)) // 1 2 / 3 4 / 5 6, one row for each input
	runHandWorked(t, Train, []handWorked{
		{"one row", []int{1, 3}, []float64{1, 10, 100}, denseNet(2, w, Bias(constant(0.5, -0.5))),
			[]float64{1 + 30 + 500 + 0.5, 2 + 40 + 600 - 0.5}, []int{1, 2}},
		{"two rows without bias", []int{2, 3}, []float64{1, 0, 0, 0, 0, 1}, denseNet(2, w, NoBias), []float64{1, 2, 5, 6}, []int{2, 2}},
		{"flatten", []int{2, 1, 2, 2}, ramp(8), flatten, ramp(8), []int{2, 4}},
	})
}

func TestDenseNaive(t *testing.T) {
	for _, g := range []struct{ n, in, out int }{{1, 1, 1}, {1, 7, 3}, {5, 1, 9}, {33, 17, 10}, {3, 200, 128}} {
		t.Run(fmt.Sprint(g), func(t *testing.T) {
			s := compile(t, NewParams64(9), Train, []int{g.n, g.in}, denseNet(g.out, Bias(gaussian)))
			x := noise("dense", g.n*g.in)
			w, bias := values(t, s.builder.params.Get("d.weight").Value()), values(t, s.builder.params.Get("d.bias").Value())
			var want []float64
			for n := range g.n {
				for k := range g.out {
					sum := bias[k]
					for i := range g.in {
						sum += x[n*g.in+i] * w[i*g.out+k]
					}
					want = append(want, sum)
				}
			}
			mustClose(t, "y", s.output(t, x), want, 1e-13)
		})
	}
}

func TestDenseLayer(t *testing.T) {
	b := NewBuilder(NewParams(1), Train, 10, 1)
	b.Dense("fc1", b.Flatten(b.Input("images", 4, 3, 5, 2)), 7, NoBias)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	l := b.Layers()[1]
	if got := fmt.Sprintf("%v %v %v %v %v", l.Name, l.Kind, l.Output, l.Params, l.FLOPs); got != "fc1 dense (4, 7) [fc1.weight [7 30] trainable] 420" {
		t.Errorf("layer %s", got)
	}
}

func TestDenseErrors(t *testing.T) {
	flatten := func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Flatten(x) }
	runRefused(t, []refused{
		{[]int{2, 3, 3, 1}, denseNet(4), `dense "d": input has shape (2, 3, 3, 1), want batch, inputs: call Flatten or GlobalAvgPool first`},
		{[]int{2, 3, 3}, denseNet(4), `dense "d": input has shape (2, 3, 3), want batch, inputs`},
		{[]int{2, 3}, denseNet(0), `dense "d": 0 units, want at least 1`},
		{[]int{2, 3}, flatten, `flatten "flatten1": input has shape (2, 3), want an image: batch, height, width, channels`},
	})
	t.Run("shape of the stored parameter", func(t *testing.T) {
		params := NewParams(1)
		for _, in := range []int{4, 5} {
			b := NewBuilder(params, Train, 10, 1)
			b.Dense("fc", b.Flatten(b.Input("images", 1, 1, 1, in)), 2)
			if in == 5 {
				mustFail(t, b.Err(), `dense "fc": parameter "fc.weight" has shape [2 4], the layer needs [2 5]`)
			}
		}
	})
}
