package graph

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
)

func reduceNet(kind string, axes ...int) Net {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		switch kind {
		case "sum":
			return b.Sum(x, axes...)
		case "mean":
			return b.Mean(x, axes...)
		}
		return b.Max(x, axes...)
	}
}

func TestReduceByHand(t *testing.T) {
	images := []int{2, 2, 1, 2} // 1 2 / 3 4 and 5 6 / 7 8, channels last
	runHandWorked(t, Train, []handWorked{
		{"sum over height", images, ramp(8), reduceNet("sum", 1), []float64{4, 6, 12, 14}, []int{2, 1, 2}},
		{"sum over channels", images, ramp(8), reduceNet("sum", 3), []float64{3, 7, 11, 15}, []int{2, 2, 1}},
		{"mean over height and width", images, ramp(8), reduceNet("mean", 1, 2), []float64{2, 3, 6, 7}, []int{2, 2}},
		{"mean over all of an image", images, ramp(8), reduceNet("mean", 3, 1, 2), []float64{2.5, 6.5}, []int{2}},
		{"max over height", images, []float64{-1, -4, -3, -2, 5, 6, 7, 8}, reduceNet("max", 1), []float64{-1, -2, 7, 8}, []int{2, 1, 2}},
		{"max of a row", []int{2, 3}, []float64{-1, -2, -3, 4, 6, 5}, reduceNet("max", 1), []float64{-1, 6}, []int{2}},
	})
}

// naiveReduce reduces x by the definition, with a function that combines the entries of an
// output.
func naiveReduce(x []float64, shape []int, axes []int, combine func(entries []float64) float64) []float64 {
	entries := map[string][]float64{}
	var order []string
	for i, v := range x {
		index, rest := make([]int, len(shape)), i
		for a := len(shape) - 1; a >= 0; a-- {
			index[a] = rest % shape[a]
			rest /= shape[a]
		}
		for _, a := range axes {
			index[a] = 0
		}
		key := fmt.Sprint(index)
		if entries[key] == nil {
			order = append(order, key)
		}
		entries[key] = append(entries[key], v)
	}
	var y []float64
	for _, key := range order {
		y = append(y, combine(entries[key]))
	}
	return y
}

var combinations = map[string]func([]float64) float64{
	"sum": func(entries []float64) (s float64) {
		for _, v := range entries {
			s += v
		}
		return s
	},
	"mean": func(entries []float64) (s float64) {
		for _, v := range entries {
			s += v / float64(len(entries))
		}
		return s
	},
	"max": func(entries []float64) float64 {
		top := math.Inf(-1)
		for _, v := range entries {
			top = max(top, v)
		}
		return top
	},
}

func TestReduceNaive(t *testing.T) {
	for kind, combine := range combinations {
		for _, shape := range [][]int{{3, 5}, {2, 3, 5}, {2, 3, 5, 4}, {1, 7, 1, 3}, {5, 28, 28, 3}} {
			for set := 1; set < 1<<(len(shape)-1); set++ {
				var axes []int
				size := shape[0]
				for a := 1; a < len(shape); a++ {
					size *= shape[a]
					if set>>(a-1)&1 == 1 {
						axes = append(axes, a)
					}
				}
				name := fmt.Sprint(kind, shape, axes)
				x := noise(name, size)
				want := naiveReduce(x, shape, axes, combine)
				mustClose(t, name, compile(t, NewParams64(1), Eval, shape, reduceNet(kind, axes...)).output(t, x), want, 1e-13)
				mustClose(t, name+" float32", compile(t, NewParams(1), Eval, shape, reduceNet(kind, axes...)).output(t, x), want, 5e-5)
			}
		}
	}
}

// TestMeanIsGlobalAvgPool checks that the mean over height and width is the global average
// pooling.
func TestMeanIsGlobalAvgPool(t *testing.T) {
	x := noise("images", 2*5*4*3)
	pool := func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.GlobalAvgPool(x) }
	want := compile(t, NewParams64(1), Eval, []int{2, 5, 4, 3}, pool).output(t, x)
	mustClose(t, "mean", compile(t, NewParams64(1), Eval, []int{2, 5, 4, 3}, reduceNet("mean", 1, 2)).output(t, x), want, 1e-15)
}

func TestReduceErrors(t *testing.T) {
	image := []int{2, 5, 6, 3}
	runRefused(t, []refused{
		{image, reduceNet("mean"), `mean "mean1": no axis is named, want some of 1 to 3 of the input (2, 5, 6, 3)`},
		{image, reduceNet("sum", 1, 0), `sum "sum1": axis 0 of the input (2, 5, 6, 3) is the batch`},
		{image, reduceNet("max", 4), `max "max1": the input (2, 5, 6, 3) has no axis 4, want 1 to 3`},
		{image, reduceNet("max", -1), `has no axis -1`},
		{image, reduceNet("sum", 1, 2, 1), `sum "sum1": axis 1 is named twice`},
	})
}
