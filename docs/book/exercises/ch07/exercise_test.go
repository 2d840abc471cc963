package ch07

import (
	"math/rand/v2"
	"slices"
	"testing"

	"inkstone/docs/book/exercises/hint"
	"inkstone/graph"
)

func TestToChannelsFirst(t *testing.T) {
	got := ToChannelsFirst([]float64{1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60}, 2, 3, 2)
	if !slices.Equal(got, []float64{1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60}) {
		hint.Wrong(t, "the value of channel c at pixel i is at i*channels+c", "像素 i 的第 c 个通道在 i*channels+c 处", "got %v", got)
	}
}

func TestKernelToTorch(t *testing.T) {
	got := KernelToTorch([]float64{111, 112, 121, 122, 211, 212, 221, 222}, 1, 2, 2, 2) // column, input, output
	if !slices.Equal(got, []float64{111, 211, 121, 221, 112, 212, 122, 222}) {
		hint.Wrong(t, "write the loops in the new order, from the outside in, and compute the old index inside", "按新次序从外到内写循环，在最里面算出旧的下标", "got %v", got)
	}
}

func TestBounds(t *testing.T) {
	inkstone, pytorch, keras := Bounds(96, 54)
	if !hint.Near([]float64{inkstone, pytorch, keras}, []float64{0.25, 0.10206207, 0.2}) {
		hint.Wrong(t, "see the table in Section 7.3", "见 7.3 节的表", "for 96 inputs and 54 outputs: %g, %g, %g, want 0.25, 0.102, 0.2", inkstone, pytorch, keras)
	}
	values := make([]float64, 1000)
	graph.HeUniform(values, graph.Fan{In: 96, Out: 54}, rand.New(rand.NewPCG(1, 0)))
	if m := slices.Max(values); m > 0.25 || m < 0.24 {
		t.Errorf("HeUniform draws up to %g, want up to 0.25", m)
	}
}
