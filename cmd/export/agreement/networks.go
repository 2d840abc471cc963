package main

import (
	"math/rand/v2"

	"inkstone/graph"
	"inkstone/model"
)

// The networks that no preset resembles.
var (
	_ = model.Register("dilated", "dilation, stride, unequal padding, leaky ReLU", dilated)
	_ = model.Register("grouped", "groups, a depthwise convolution, GELU, average pooling", grouped)
	_ = model.Register("branched", "branches of three kinds, concatenated as images and as rows", branched)
	_ = model.Register("excited", "squeeze-and-excite, SiLU, a residual sum of three, a learned scale", excited)
	_ = model.Register("reduced", "reductions along single axes, softmax as a gate, factors of pixels", reduced)
)

func dilated(b *graph.Builder, x *graph.Node) *graph.Node {
	x = b.LeakyReLU(b.Conv("conv1", x, 12, 3, graph.Dilation(2, 3), graph.Pad(1, 3, 0, 2)), 0.1)
	x = b.LeakyReLU(b.Conv("conv2", x, 20, 3, graph.Kernel(3, 5), graph.Stride(2, 1), graph.Dilation(2), graph.Pad(2, 1, 0, 3)), 0.01)
	x = b.MaxPool(x, 3, graph.Stride(2), graph.Pad(1, 0, 1, 1))
	x = b.Tanh(b.Dense("fc1", b.Flatten(x), 40))
	return b.Dense("fc2", x, b.Classes(), graph.NoBias)
}

func grouped(b *graph.Builder, x *graph.Node) *graph.Node {
	x = b.GELU(b.Conv("conv1", x, 16, 5, graph.Stride(2), graph.Same))
	x = b.GELU(b.Conv("conv2", x, 32, 3, graph.Groups(4), graph.Same))
	x = b.BatchNorm("bn2", b.Conv("depthwise", x, 32, 3, graph.Groups(32), graph.Pad(1), graph.NoBias))
	x = b.AvgPool(x, 3, graph.Stride(2), graph.Pad(1))
	x = b.GELU(b.Conv("pointwise", x, 24, 1))
	x = b.AvgPool(x, 2, graph.Kernel(2, 3), graph.Stride(1, 2))
	x = b.GELU(b.BatchNorm("bn3", b.Dense("fc1", b.Dropout(b.Flatten(x), 0.2), 48)))
	return b.Dense("fc2", x, b.Classes())
}

func branched(b *graph.Builder, x *graph.Node) *graph.Node {
	x = b.MaxPool(b.ReLU(b.Conv("stem", x, 12, 3, graph.Same)), 2)
	x = b.Concat(
		b.ReLU(b.Conv("one", x, 8, 1)),
		b.ReLU(b.Conv("three", b.ReLU(b.Conv("before3", x, 6, 1)), 10, 3, graph.Same)),
		b.ReLU(b.Conv("pooled", b.MaxPool(x, 3, graph.Stride(1), graph.Same), 6, 1)))
	x = b.AvgPool(x, 2)
	x = b.Concat(b.Flatten(x), b.GlobalAvgPool(x), b.Max(x, 1, 2))
	x = b.BatchNorm("bnrows", b.Scale("scalerows", x))
	return b.Dense("fc", b.ReLU(x), b.Classes())
}

func excited(b *graph.Builder, x *graph.Node) *graph.Node {
	x = b.SiLU(b.BatchNorm("bn1", b.Conv("conv1", x, 16, 3, graph.Stride(2), graph.Pad(1), graph.NoBias)))
	y := b.SiLU(b.Conv("conv2", x, 16, 3, graph.Same))
	z := b.Scale("scale", b.Conv("conv3", x, 16, 3, graph.Same, graph.Groups(2)))
	x = b.Add(x, b.SqueezeExcite("se1", y, 4), z)
	x = b.MaxPool(x, 2)
	x = b.SqueezeExcite("se2", b.ReLU(b.Conv("conv4", x, 32, 3)), 8)
	return b.Dense("fc", b.Flatten(x), b.Classes())
}

func reduced(b *graph.Builder, x *graph.Node) *graph.Node {
	x = b.ReLU(b.Conv("conv1", x, 8, 3, graph.Stride(2)))
	x = b.Mul(x, b.Param("pixels", positive, 1, 13, 13, 1))
	gate := b.Softmax(b.Conv("gate", x, 8, 1))
	x = b.Mul(gate, x)
	rows := b.Mean(x, 1) // batch, width, channels
	cols := b.Sum(x, 2)  // batch, height, channels
	both := b.BatchNorm("bn", b.Add(rows, cols))
	x = b.Concat(b.Max(both, 1), b.Mean(both, 2), b.Flatten(b.Conv("conv2", x, 4, 3, graph.Stride(2))))
	x = b.Mul(x, b.Param("units", positive, 1, 8+13+144))
	return b.Dense("fc", b.Sigmoid(x), b.Classes())
}

// positive draws factors around 1.
func positive(values []float64, _ graph.Fan, r *rand.Rand) {
	for i := range values {
		values[i] = 0.5 + r.Float64()
	}
}
