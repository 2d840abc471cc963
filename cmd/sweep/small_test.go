package main

import (
	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/model"
)

// The network of the trials here: what a sweep does with its runs does not depend on the network.
var _ = model.Register("small", "a network of the tests", func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return b.Dense("fc1", b.Flatten(b.MaxPool(b.ReLU(b.Conv("conv1", x, 4, 5, graph.Stride(2))), 2)), b.Classes())
})
