package graph

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"
)

func softmaxNet(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Softmax(x) }

func TestSoftmaxByHand(t *testing.T) {
	runHandWorked(t, Train, []handWorked{
		{"equal", []int{1, 4}, []float64{7, 7, 7, 7}, softmaxNet, []float64{0.25, 0.25, 0.25, 0.25}, []int{1, 4}},
		{"logarithms", []int{1, 3}, []float64{0, math.Log(2), math.Log(5)}, softmaxNet, []float64{0.125, 0.25, 0.625}, []int{1, 3}},
		{"two rows", []int{2, 2}, []float64{0, math.Log(3), math.Log(4), 0}, softmaxNet, []float64{0.25, 0.75, 0.8, 0.2}, []int{2, 2}},
		{"no overflow", []int{1, 2}, []float64{10000, 10000}, softmaxNet, []float64{0.5, 0.5}, []int{1, 2}},
		{"no underflow", []int{1, 2}, []float64{-10000, -9000}, softmaxNet, []float64{0, 1}, []int{1, 2}},
		{"vector", []int{2}, []float64{0, 0}, softmaxNet, []float64{0.5, 0.5}, []int{2}},
	})
}

func TestSoftmaxNaive(t *testing.T) {
	x := noise("softmax", 7*11)
	want := make([]float64, len(x))
	for i := range x {
		row, sum := i/11*11, 0.0
		for j := range 11 {
			sum += math.Exp(x[row+j])
		}
		want[i] = math.Exp(x[i]) / sum
	}
	mustClose(t, "y", compile(t, NewParams64(1), Train, []int{7, 11}, softmaxNet).output(t, x), want, 1e-15)
	mustClose(t, "float32 y", compile(t, NewParams(1), Train, []int{7, 11}, softmaxNet).output(t, x), want, 1e-6)
}
