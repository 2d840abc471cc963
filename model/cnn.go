package model

import (
	"gorgonia.org/gorgonia"

	"inkstone/graph"
)

var _ = Register("cnn", "two convolutions and two dense layers, as in PyTorch's MNIST example", CNN)

// CNN adds the network of PyTorch's MNIST example, without its dropout. It has 1.2
// million parameters, nearly all of them in the first dense layer.
func CNN(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.ReLU(b.Conv("conv1", x, 32, 3))
	x = b.ReLU(b.Conv("conv2", x, 64, 3))
	x = b.MaxPool(x, 2)
	x = b.ReLU(b.Dense("fc1", b.Flatten(x), 128))
	return b.Dense("fc2", x, b.Classes())
}
