package model

import (
	"gorgonia.org/gorgonia"

	"inkstone/graph"
)

var _ = Register("fast", "99 % in seconds: two convolutions, pooling before ReLU, one dense layer", Fast)

// Fast adds the network that trains fastest to an accuracy of 99 % on MNIST. Pooling
// comes before ReLU, which gives the same result with a quarter of the work.
func Fast(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.ReLU(b.MaxPool(b.Conv("conv1", x, 16, 5), 2))
	x = b.ReLU(b.MaxPool(b.Conv("conv2", x, 32, 5), 2))
	return b.Dense("fc1", b.Flatten(x), b.Classes())
}
