package graph

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// axesNets adds networks with products and reductions to portableNets.
var axesNets = []portableNet{
	{"scale", func(b *Builder, x *Node) *Node {
		y, z := maps2(b, x)
		rows := b.Scale("scale2", b.Concat(b.Flatten(b.Scale("scale1", y)), b.Flatten(z)))
		return b.Dense("out", rows, b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		y, z := m.maps2(x)
		w := m.param("scale1.weight")
		w.shape = []int{1, 4, 1, 1}
		y = y.with(w, func(a, b float64) float64 { return a * b })
		return m.linear("out", m.scaled("scale2", torchCat(1, y.flatten(), z.flatten())))
	}, []string{"out.weight"}},
	{"product with a parameter", func(b *Builder, x *Node) *Node {
		y := b.Mul(b.Conv("conv1", x, 4, 3), b.Param("map.weight", gaussian, 1, 2, 3, 1))
		rows := b.Mul(b.Flatten(y), b.Param("unit.weight", gaussian, 1, 24))
		return b.Dense("out", rows, b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		return m.linear("out", m.scaled("unit", m.scaled("map", m.conv("conv1", x, 1)).flatten()))
	}, []string{"map.weight", "unit.weight", "out.weight"}},
	{"squeeze and excitation, means", func(b *Builder, x *Node) *Node {
		y := b.Flatten(b.SqueezeExcite("se", b.Conv("conv1", x, 4, 3), 2))
		y = b.Mul(y, b.Dense("gate", b.Mean(b.Conv("conv2", x, 5, 3), 1, 2), 1))
		return b.Dense("out", y, b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		product := func(a, b float64) float64 { return a * b }
		y := m.conv("conv1", x, 1)
		s := m.linear("se.reduce", y.mean())
		s = m.linear("se.expand", s.with(s, func(a, _ float64) float64 { return max(a, 0) }))
		s = s.with(s, func(a, _ float64) float64 { return 1 / (1 + math.Exp(-a)) })
		s.shape = append(s.shape, 1, 1)
		return m.linear("out", y.with(s, product).flatten().with(m.linear("gate", m.conv("conv2", x, 1).mean()), product))
	}, []string{"out.weight"}},
	{"factors that are reshaped", func(b *Builder, x *Node) *Node {
		y := b.Conv("conv1", x, 4, 3)
		gate := must(gorgonia.Reshape(b.Dense("gate", b.GlobalAvgPool(y), 4), tensor.Shape{x.Shape()[0], 1, 1, 4}))
		return b.Dense("out", b.Flatten(b.Mul(b.Tanh(gate), y)), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		y := m.conv("conv1", x, 1)
		gate := m.linear("gate", y.mean()).tanh()
		gate.shape = append(gate.shape, 1, 1)
		return m.linear("out", y.with(gate, func(a, b float64) float64 { return a * b }).flatten())
	}, nil},
}
