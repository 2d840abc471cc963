package model

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
)

var _ = Register("tiny", "under 10,000 parameters: six convolutions with batch norm, no dense hidden layer", Tiny)

// Tiny adds a network that reaches the accuracy of far larger ones with 9,914
// parameters. It has batch normalization instead of biases, and a global average instead
// of a hidden dense layer.
func Tiny(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	for i, filters := range []int{8, 12, 16, 16, 16, 16} {
		x = b.Conv(fmt.Sprintf("conv%d", i+1), x, filters, 3, graph.Same, graph.NoBias)
		if i == 1 || i == 3 {
			x = b.MaxPool(x, 2)
		}
		x = b.ReLU(b.BatchNorm(fmt.Sprintf("bn%d", i+1), x))
	}
	return b.Dense("fc1", b.GlobalAvgPool(x), b.Classes())
}
