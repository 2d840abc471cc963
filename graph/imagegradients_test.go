package graph

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// crossing has two branches with groups, batch normalization and pooling, an operation of
// gorgonia, dropout, a custom parameter and a residual sum.
func crossing(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.BatchNorm("bn1", b.Conv("conv1", x, 4, 3, Same))
	x = gorgonia.Must(gorgonia.Tanh(x))
	left := b.ReLU(b.Conv("left", x, 4, 3, Groups(2), Stride(2), Pad(1)))
	right := b.MaxPool(b.Conv("right", x, 2, 3, Same, NoBias, Dilation(2)), 2, Stride(2), Pad(1, 0, 1, 0))
	x = b.Concat(left, b.AvgPool(x, 2, Pad(1, 0, 1, 0)), right)
	x = b.Add(x, b.BatchNorm("bn2", b.Conv("same", x, 10, 1)))
	x = b.Dropout(b.ReLU(x), 0.5)
	return b.Dense("fc", b.GlobalAvgPool(x), b.Classes())
}

var crossingConfig = Config{Batch: 2, Height: 7, Width: 7, Channels: 1, Classes: 3, Workers: 2}

// weightedLogits returns the sum of the logits with the weights of the gradients.
func weightedLogits(t *testing.T, weights []float64, logits *tensor.Dense) float64 {
	sum := 0.0
	for i, v := range values(t, logits) {
		sum += weights[i] * v
	}
	return sum
}

// The gradients are compared with central differences, in float64: with respect to every pixel,
// and with respect to the output of a layer that an evaluation can start from.
func TestImageGradients(t *testing.T) {
	params, draw := NewParams64(3), rand.New(rand.NewPCG(1, 2))
	g, err := NewImageGradients(params, crossing, crossingConfig, "add1", "conv1")
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	for _, p := range params.All() { // running statistics that are not 0 and 1
		setElements(p.value, func(int) float64 { return 0.2 + draw.Float64() })
	}
	pixels, weights := g.Input().Data().([]float64), g.Weights().Data().([]float64)
	for i := range pixels {
		pixels[i] = draw.NormFloat64()
	}
	for i := range weights {
		weights[i] = draw.NormFloat64()
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	weight, gradient := values(t, g.Weights()), values(t, g.Gradient())
	above, aboveGradient := values(t, g.Outputs()[0]), values(t, g.LayerGradients()[0])
	if s := g.Outputs()[1].Shape(); !s.Eq(tensor.Shape{2, 7, 7, 4}) || !g.LayerGradients()[1].Shape().Eq(s) {
		t.Errorf("the output of conv1 has shape %v, its gradient %v", s, g.LayerGradients()[1].Shape())
	}

	check := func(name string, cfg Config, at, gradient []float64) {
		e, err := NewEvaluation(params, crossing, cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		x := e.Input().Data().([]float64)
		copy(x, at)
		const h = 1e-5
		for i, old := range at {
			var sum [2]float64
			for side, v := range []float64{old + h, old - h} {
				x[i] = v
				if err := e.Run(); err != nil {
					t.Fatal(err)
				}
				sum[side] = weightedLogits(t, weight, e.Logits())
			}
			x[i] = old
			if want := (sum[0] - sum[1]) / (2 * h); math.Abs(gradient[i]-want) > 1e-6*max(1, math.Abs(want)) {
				t.Errorf("the gradient with respect to element %d of %s is %v, finite differences give %v", i, name, gradient[i], want)
			}
		}
	}
	check("the images", crossingConfig, values(t, g.Input()), gradient)
	cfg := crossingConfig
	cfg.From = []string{"add1"}
	check("add1", cfg, above, aboveGradient)
}

// Frozen parameters do not hide the gradient with respect to the images.
func TestImageGradientsOfFrozenNetwork(t *testing.T) {
	params := NewParams(1)
	if _, err := Describe(params, crossing, crossingConfig); err != nil {
		t.Fatal(err)
	}
	var got [2][]float64
	for i := range got {
		g, err := NewImageGradients(params, crossing, crossingConfig)
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		for k := range g.Input().Data().([]float32) {
			g.Input().Data().([]float32)[k] = float32(math.Sin(float64(k)))
		}
		g.Weights().Data().([]float32)[1] = 1
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		got[i] = values(t, g.Gradient())
		if err := params.Freeze("*"); err != nil {
			t.Fatal(err)
		}
	}
	differ := 0
	for i, v := range got[0] {
		if v != got[1][i] {
			differ++
		}
	}
	if differ > 0 || got[0][24] == 0 || got[0][60] != 0 {
		t.Errorf("%d elements differ after freezing; element 24 is %v, want not 0, and that of the other image %v, want 0", differ, got[0][24], got[0][60])
	}
}

func TestImageGradientsErrors(t *testing.T) {
	from := crossingConfig
	from.From = []string{"add1"}
	scaled := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Add(b.Dense("fc", b.Flatten(x), b.Classes()), b.Dense("constant", b.Param("row", Ones, 2, 4), b.Classes()))
	}
	for _, tc := range []struct {
		net   Net
		cfg   Config
		layer string
		want  string
	}{
		{crossing, crossingConfig, "conv9", `no layer "conv9"; there are conv1, bn1, left`},
		{crossing, from, "fc", "Config.From"},
		{scaled, crossingConfig, "constant", `the layer "constant" is not computed from the images`},
	} {
		_, err := NewImageGradients(NewParams(1), tc.net, tc.cfg, tc.layer)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("layer %q: error %v, want %q", tc.layer, err, tc.want)
		}
	}
}
