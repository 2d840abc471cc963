package model

import (
	"gorgonia.org/gorgonia"

	"inkstone/graph"
)

var _ = Register("resnet", "a small residual network: three blocks with batch norm, 77,000 parameters", ResNet)

// ResNet adds a small version of the network of He et al., "Deep residual learning for
// image recognition", CVPR 2016, with one residual block at each of three resolutions.
func ResNet(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.Conv("conv1", x, 16, 3, graph.Same, graph.NoBias)
	x = b.ReLU(b.BatchNorm("bn1", x))
	x = residual(b, "block1", x, 16, 1)
	x = residual(b, "block2", x, 32, 2)
	x = residual(b, "block3", x, 64, 2)
	return b.Dense("fc1", b.GlobalAvgPool(x), b.Classes())
}

// residual adds a block of two convolutions whose input is added to their output. If
// the convolutions change the shape, a 1x1 convolution gives the input the new shape.
func residual(b *graph.Builder, name string, x *gorgonia.Node, filters, stride int) *gorgonia.Node {
	y := b.Conv(name+".conv1", x, filters, 3, graph.Pad(1), graph.Stride(stride), graph.NoBias)
	y = b.ReLU(b.BatchNorm(name+".bn1", y))
	y = b.Conv(name+".conv2", y, filters, 3, graph.Pad(1), graph.NoBias)
	y = b.BatchNorm(name+".bn2", y)
	if b.Err() == nil && (stride != 1 || x.Shape()[3] != filters) {
		x = b.Conv(name+".shortcut.conv", x, filters, 1, graph.Stride(stride), graph.NoBias)
		x = b.BatchNorm(name+".shortcut.bn", x)
	}
	return b.ReLU(b.Add(x, y))
}
