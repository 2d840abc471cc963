package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/internal/random"
)

// probe is a graph whose only input is a parameter, so that the gradient with respect to the
// input of a layer is checked like those with respect to its parameters. Its loss is the
// inner product of the output and fixed random numbers.
type probe struct {
	*Training
	x *Param
}

// newProbe declares layers over an input of that shape, which holds normal noise, and
// compiles the graph without fusion.
func newProbe(t testing.TB, params *Params, shape []int, layers Net) *probe {
	t.Helper()
	return compileProbe(t, params, shape, layers, false)
}

// compileProbe is newProbe with or without fusion.
func compileProbe(t testing.TB, params *Params, shape []int, layers Net, fused bool) *probe {
	t.Helper()
	b := NewBuilder(params, Train, 10, 2)
	x, n, err := b.declareParam("x", shape, sameOrder(shape), false, func(v []float64, _ Fan, r *rand.Rand) {
		normal(v, 1, r)
	}, Fan{})
	if err != nil {
		t.Fatal(err)
	}
	y := layers(b, n)
	if b.err != nil {
		t.Fatal(b.err)
	}
	loss := y
	if !y.IsScalar() {
		weights := tensor.New(tensor.WithShape(y.Shape()...), tensor.Of(params.dtype))
		r := random.Parameter(7, "weights of the loss")
		for i := range y.Shape().TotalSize() {
			switch w := weights.Data().(type) {
			case []float64:
				w[i] = r.NormFloat64()
			case []float32:
				w[i] = float32(r.NormFloat64())
			}
		}
		loss = gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.HadamardProd(y, gorgonia.NewConstant(weights)))))
	}
	c := &compilation{purpose: forTraining, cfg: Config{KeepValues: !fused}, builder: b, logits: y, loss: loss}
	if err := runPasses(c, passes[passIndex("differentiate"):]); err != nil {
		t.Fatal(err)
	}
	s := c.session()
	s.builder.state.rows = shape[0]
	t.Cleanup(func() { s.Close() })
	return &probe{&Training{session: s, loss: loss}, x}
}

func (p *probe) value(t testing.TB) float64 {
	t.Helper()
	if err := p.run(); err != nil {
		t.Fatal(err)
	}
	v, err := scalarValue(p.loss.Value())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// checkGradients compares the gradient with respect to each learned element with central
// finite differences in float64, with and without fusion. The error of the differences is
// about h² times the third derivative plus 1e-16/h, which is about 1e-9 for h = 1e-5 and
// values near 1.
func checkGradients(t *testing.T, shape []int, layers Net) {
	t.Helper()
	for _, fused := range []bool{false, true} {
		checkProbe(t, compileProbe(t, NewParams64(3), shape, layers, fused))
	}
}

func checkProbe(t *testing.T, p *probe) {
	t.Helper()
	const h, tolerance = 1e-5, 2e-7
	p.value(t)
	gradients := map[string][]float64{}
	for i, vg := range p.Learned() {
		g, err := vg.Grad()
		if err != nil {
			t.Fatal(err)
		}
		d, err := elements[float64](g)
		if err != nil {
			t.Fatal(err)
		}
		gradients[p.builder.learned[i].Name()] = append([]float64(nil), d...)
	}
	for name, got := range gradients {
		w := p.builder.params.Get(name).value.Data().([]float64)
		nonzero := false
		for i := range w {
			old := w[i]
			w[i] = old + h
			up := p.value(t)
			w[i] = old - h
			down := p.value(t)
			w[i] = old
			want := (up - down) / (2 * h)
			if d := math.Abs(got[i] - want); !(d <= tolerance*max(1, math.Abs(want))) {
				t.Errorf("gradient with respect to %s[%d] is %.10g, finite differences give %.10g", name, i, got[i], want)
				return
			}
			nonzero = nonzero || got[i] != 0
		}
		if !nonzero {
			t.Errorf("the gradient with respect to %s is 0 everywhere, so the check shows nothing", name)
		}
	}
}

func TestGradients(t *testing.T) {
	// A bias of zeros would hide mistakes.
	random := Bias(func(v []float64, _ Fan, r *rand.Rand) { normal(v, 1, r) })
	for _, tc := range []struct {
		name  string
		shape []int
		net   Net
	}{
		{"conv", []int{2, 5, 7, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Conv("c", x, 4, 3, random) }},
		{"conv one image one channel", []int{1, 4, 4, 1}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Conv("c", x, 1, 2) }},
		{"conv 1x1", []int{2, 3, 3, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Conv("c", x, 3, 1, NoBias) }},
		{"conv stride 2 same", []int{2, 7, 6, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Conv("c", x, 3, 3, Stride(2), Same)
		}},
		{"conv padding uneven", []int{1, 5, 4, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Conv("c", x, 2, 3, Pad(1, 0, 2, 1), Stride(1, 2))
		}},
		{"conv dilation", []int{2, 8, 7, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Conv("c", x, 2, 3, Dilation(2, 3), Pad(1))
		}},
		{"conv groups", []int{2, 5, 5, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Conv("c", x, 6, 3, Groups(2), Same)
		}},
		{"conv depthwise 2x3", []int{2, 5, 5, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Conv("c", x, 3, 1, Kernel(2, 3), Groups(3))
		}},
		{"maxpool", []int{2, 6, 5, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.MaxPool(x, 2) }},
		{"maxpool overlapping padded", []int{2, 7, 5, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.MaxPool(x, 3, Stride(2, 1), Pad(1))
		}},
		{"avgpool", []int{2, 4, 6, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.AvgPool(x, 2) }},
		{"avgpool overlapping same", []int{1, 5, 7, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.AvgPool(x, 3, Stride(2), Same)
		}},
		{"globalavgpool", []int{3, 4, 5, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.GlobalAvgPool(x) }},
		{"dense", []int{3, 5}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Dense("d", x, 4, random) }},
		{"dense one row no bias", []int{1, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Dense("d", x, 2, NoBias) }},
		{"flatten", []int{2, 2, 3, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Flatten(x) }},
		{"relu", []int{4, 9}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.ReLU(x) }},
		{"leakyrelu", []int{4, 9}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.LeakyReLU(x, 0.1) }},
		{"gelu", []int{4, 9}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.GELU(x) }},
		{"silu", []int{4, 9}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.SiLU(x) }},
		{"tanh", []int{4, 9}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Tanh(x) }},
		{"sigmoid", []int{4, 9}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Sigmoid(x) }},
		{"softmax", []int{3, 5}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Softmax(x) }},
		{"batchnorm rows", []int{5, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.BatchNorm("n", x) }},
		{"batchnorm images", []int{2, 3, 2, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.BatchNorm("n", x) }},
		{"dropout", []int{4, 25}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Dropout(x, 0.25) }},
		{"add", []int{2, 3, 3, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Add(x, b.Tanh(x), b.Sigmoid(x))
		}},
		{"concat", []int{2, 3, 3, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Concat(b.Tanh(x), x, b.Conv("c", x, 3, 1))
		}},
		{"sum", []int{2, 3, 5, 4}, reduceNet("sum", 2)},
		{"mean", []int{3, 2, 5, 3}, reduceNet("mean", 1, 3)},
		{"mean one image", []int{1, 3, 1, 2}, reduceNet("mean", 1)},
		{"max", []int{2, 3, 5, 4}, reduceNet("max", 2, 3)},
		{"mul square", []int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Mul(x, x) }},
		{"mul by channel", []int{2, 3, 5, 4}, mulParamNet(1, 1, 1, 4)},
		{"mul by image and channel", []int{2, 3, 5, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Mul(x, b.Tanh(b.Mean(x, 1, 2)))
		}},
		{"mul both repeated", []int{2, 1, 5, 1}, mulParamNet(1, 3, 1, 4)},
		{"scale", []int{2, 3, 5, 4}, scaleNet},
		{"scale rows", []int{1, 7}, scaleNet},
		{"squeezeexcite", []int{2, 3, 5, 4}, squeezeNet(3)},
		{"squeezeexcite one image", []int{1, 2, 3, 3}, squeezeNet(5)},
		{"l2 penalty", []int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			y := gorgonia.Must(gorgonia.Sum(b.Dense("d", x, 2)))
			return gorgonia.Must(gorgonia.Add(y, b.L2Penalty(0.3, "d.*")))
		}},
		{"residual network", []int{2, 6, 6, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			y := b.Tanh(b.BatchNorm("bn1", b.Conv("conv1", x, 3, 3, Same, NoBias)))
			y = b.BatchNorm("bn2", b.Conv("conv2", y, 2, 3, Same))
			return b.Dense("fc", b.GlobalAvgPool(b.GELU(b.Add(x, y))), 3)
		}},
		{"batchnorm relu", []int{3, 2, 2, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.ReLU(b.BatchNorm("n", x))
		}},
		{"add relu", []int{2, 3, 3, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.ReLU(b.Add(x, b.Tanh(x), b.BatchNorm("n", x)))
		}},
		{"conv relu", []int{2, 5, 5, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.ReLU(b.Conv("c", x, 3, 3, random))
		}},
		{"conv relu maxpool", []int{2, 7, 6, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.MaxPool(b.ReLU(b.Conv("c", x, 3, 3, random)), 2)
		}},
		{"conv maxpool relu", []int{2, 7, 6, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.ReLU(b.MaxPool(b.Conv("c", x, 3, 2), 3, Stride(1, 2), Pad(1)))
		}},
		{"dense relu", []int{3, 6}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.ReLU(b.Dense("d", x, 5, random))
		}},
		{"relu read twice", []int{2, 4, 4, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			y := b.ReLU(b.Conv("c", x, 2, 3, Same, random))
			return b.Concat(b.MaxPool(y, 2), b.AvgPool(y, 2))
		}},
		{"conv read twice", []int{2, 4, 4, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			y := b.Conv("c", x, 2, 3, Same, random)
			return b.Add(y, b.ReLU(y))
		}},
		{"stock operations in between", []int{2, 4, 4, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			y := b.Flatten(b.MaxPool(b.Conv("c", x, 3, 3), 2))
			y = gorgonia.Must(gorgonia.Square(y))
			y = gorgonia.Must(gorgonia.Tanh(y))
			return b.Dense("d", y, 2)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) { checkGradients(t, tc.shape, tc.net) })
	}
}

func TestCrossEntropyGradient(t *testing.T) {
	for _, smoothing := range []float64{0, 0.1} {
		for _, labels := range [][]int32{{2, 0, 3}, {1, -1, 0}} {
			t.Run(fmt.Sprint(smoothing, labels), func(t *testing.T) {
				checkGradients(t, []int{3, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
					n := b.Labels("labels", 3)
					copy(n.Value().Data().([]int32), labels)
					return b.CrossEntropy(x, n, smoothing)
				})
			})
		}
	}
}

func TestMixedCrossEntropyGradient(t *testing.T) {
	checkGradients(t, []int{3, 4}, mixedNet(0.1, []int32{2, -1, 3}, []int32{0, 1, 3}, []float32{0.6, 0.5, 0.9}))
}

func TestWeightedCrossEntropyGradient(t *testing.T) {
	for _, loss := range []Loss{
		{ClassWeights: []float64{0.5, 1, 2, 4}},
		{ClassWeights: []float64{0.5, 1, 2, 4}, Smoothing: 0.2},
		{ClassWeights: []float64{0.5, 1, 2, 4}, Smoothing: 0.2, Mixed: true},
	} {
		checkGradients(t, []int{3, 4}, weightedNet(loss))
	}
}
