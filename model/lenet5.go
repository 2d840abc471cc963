package model

import (
	"gorgonia.org/gorgonia"

	"inkstone/graph"
)

var _ = Register("lenet5", "LeCun's network of 1998: small kernels, tanh, average pooling", LeNet5)

// LeNet5 adds the network of LeCun et al., "Gradient-based learning applied to
// document recognition", Proceedings of the IEEE 86, 1998, with today's usual
// simplifications: every map of the second convolution sees every map of the
// first, pooling has no weights, and the output is logits.
func LeNet5(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.Tanh(b.Conv("conv1", x, 6, 5, graph.Pad(2), graph.Weights(graph.GlorotUniform)))
	x = b.AvgPool(x, 2)
	x = b.Tanh(b.Conv("conv2", x, 16, 5, graph.Weights(graph.GlorotUniform)))
	x = b.AvgPool(x, 2)
	x = b.Tanh(b.Dense("fc1", b.Flatten(x), 120, graph.Weights(graph.GlorotUniform)))
	x = b.Tanh(b.Dense("fc2", x, 84, graph.Weights(graph.GlorotUniform)))
	return b.Dense("fc3", x, b.Classes(), graph.Weights(graph.GlorotUniform))
}
