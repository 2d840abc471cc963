package explain

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph"
	"inkstone/model"
)

// linear has a single dense layer.
func linear(b *graph.Builder, x *graph.Node) *graph.Node {
	return b.Dense("fc", b.Flatten(x), b.Classes())
}

// crossing is a network with every kind of layer: branches, groups, batch normalization,
// dilation, squeeze-and-excitation, a custom operation and an operation of gorgonia.
func crossing(b *graph.Builder, x *graph.Node) *graph.Node {
	x = b.ReLU(b.BatchNorm("bn1", b.Conv("conv1", x, 8, 3, graph.Same)))
	left := b.GELU(b.Conv("left", x, 6, 3, graph.Groups(2), graph.Stride(2), graph.Pad(1)))
	right := b.LeakyReLU(b.MaxPool(b.Conv("right", x, 2, 3, graph.Same, graph.NoBias, graph.Dilation(2)), 3, graph.Stride(2), graph.Pad(1)), 0.1)
	x = b.Concat(left, right)
	if b.Err() != nil {
		return nil
	}
	x = gorgonia.Must(gorgonia.Tanh(x))
	x = b.Add(x, b.SqueezeExcite("se", b.SiLU(b.Scale("scale", b.Conv("same", x, 8, 1))), 2))
	x = b.Apply("half", graph.Op{
		Elementwise: true,
		Forward: func(y *tensor.Dense, in []*tensor.Dense) error {
			for i, v := range in[0].Data().([]float32) {
				y.Data().([]float32)[i] = v / 2
			}
			return nil
		},
		Backward: func(d []*tensor.Dense, dy, _ *tensor.Dense, _ []*tensor.Dense) error {
			for i, v := range dy.Data().([]float32) {
				d[0].Data().([]float32)[i] = v / 2
			}
			return nil
		},
	}, x)
	x = b.Dropout(b.AvgPool(b.Tanh(x), 2, graph.Pad(1)), 0.3)
	parts := b.Concat(b.Mean(x, 1, 2), b.Max(x, 1, 2), b.Sum(x, 1, 2), b.Mean(x, 2, 3), b.Flatten(b.Conv("last", x, 1, 1)), b.GlobalAvgPool(x))
	x = b.Mul(b.Dense("fc1", parts, 12), b.Param("factors", graph.Ones, 1, 12))
	return b.Dense("fc2", b.Mul(x, b.Softmax(x)), b.Classes())
}

// fresh returns a model of a network with random statistics.
func fresh(t testing.TB, net graph.Net, height, width, classes int) *model.Model {
	t.Helper()
	model.Replace("explaintest", "a network of a test", net)
	names := model.Digits()[:classes]
	m, err := model.New(model.Spec{Preset: "explaintest", Height: height, Width: width, Classes: names, Mean: 0.2, Std: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	draw := rand.New(rand.NewPCG(5, 6))
	for _, p := range m.Params.All() {
		if p.Statistic() {
			v := p.Value().Data().([]float32)
			for i := range v {
				v[i] = 0.2 + draw.Float32()
			}
		}
	}
	return m
}

// opened returns an explainer, which the test closes.
func opened(t testing.TB, m *model.Model) *Explainer {
	t.Helper()
	e, err := New(m, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// noise returns random pixels.
func noise(n int) []byte {
	draw := rand.New(rand.NewPCG(8, 9))
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(draw.IntN(256))
	}
	return p
}

// set writes values to a parameter in the layout of the layers.
func set(m *model.Model, name string, values ...float32) {
	copy(m.Params.Get(name).Value().Data().([]float32), values)
}

func near(a, b []float64, tolerance float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) <= tolerance })
}
