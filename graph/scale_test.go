package graph

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func scaleNet(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Scale("s", x) }

func squeezeNet(units int) Net {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.SqueezeExcite("se", x, units) }
}

func TestSqueezeExciteByHand(t *testing.T) {
	// The means of the channels are 2 and 3. reduce gives relu(2-3) = 0 and relu(3) = 3.
	// expand gives 0 and 3·(ln 3)/3, so the factors are sigmoid(0) = 1/2 and
	// sigmoid(ln 3) = 3/4.
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		y := b.SqueezeExcite("se", x, 2)
		set := func(name string, v ...float64) { copy(b.params.Get(name).value.Data().([]float64), v) }
		set("se.reduce.weight", 1, 0, -1, 1)
		set("se.expand.weight", 0, 0, 0, math.Log(3)/3)
		return y
	}
	s := compile(t, NewParams64(1), Train, []int{1, 2, 1, 2}, net)
	mustClose(t, "y", s.output(t, []float64{1, 2, 3, 4}), []float64{0.5, 1.5, 1.5, 3}, 1e-15)
	if got := s.builder.Params().Names(); !slices.Equal(got, []string{"se.reduce.weight", "se.reduce.bias", "se.expand.weight", "se.expand.bias"}) {
		t.Errorf("parameters %v", got)
	}
}

// TestSqueezeExciteNaive compares with the definition.
func TestSqueezeExciteNaive(t *testing.T) {
	const n, h, w, c, units = 3, 5, 4, 6, 2
	for _, params := range []*Params{NewParams64(3), NewParams(3)} {
		x := noise("images", n*h*w*c)
		s := compile(t, params, Eval, []int{n, h, w, c}, squeezeNet(units))
		got := s.output(t, x)
		reduce, expand := values(t, params.Get("se.reduce.weight").value), values(t, params.Get("se.expand.weight").value)
		want := make([]float64, len(x))
		for image := range n {
			var mean, factor [c]float64
			for i := range h * w * c {
				mean[i%c] += x[image*h*w*c+i] / (h * w)
			}
			for u := range units {
				sum := 0.0
				for k, m := range mean {
					sum += m * reduce[k*units+u]
				}
				for k := range factor {
					factor[k] += max(sum, 0) * expand[u*c+k]
				}
			}
			for i := range h * w * c {
				want[image*h*w*c+i] = x[image*h*w*c+i] / (1 + math.Exp(-factor[i%c]))
			}
		}
		mustClose(t, fmt.Sprint(params.dtype), got, want, map[tensor.Dtype]float64{tensor.Float64: 1e-14, tensor.Float32: 1e-6}[params.dtype])
	}
}

// TestScaleOrder checks that the factors after a flattened image have PyTorch's order in
// files, channels first.
func TestScaleOrder(t *testing.T) {
	params := NewParams64(1)
	b := NewBuilder(params, Train, 10, 1)
	b.Scale("s", b.Flatten(b.Input("images", 1, 1, 2, 2))) // pixels 0 and 1, channels 0 and 1
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	p := params.Get("s.weight")
	copy(p.value.Data().([]float64), []float64{0, 1, 10, 11}) // pixel, channel
	if got := fmt.Sprint(p.Portable()); got != "[0 10 1 11]" {
		t.Errorf("the factors in a file are %s, want [0 10 1 11]", got)
	}
}

// TestSmallerBatch checks that rows left over from an earlier batch change neither the loss
// nor a gradient of the layers that reduce and multiply, and that both are those of a session
// of the smaller batch.
func TestSmallerBatch(t *testing.T) {
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		y := b.Scale("scale", b.SqueezeExcite("se", b.Conv("conv", x, 4, 3), 2))
		y = b.Concat(b.Mean(y, 1, 2), b.Max(y, 1, 2), b.Flatten(b.Mul(y, b.Param("w", gaussian, 1, 3, 3, 4))))
		return b.Dense("fc", y, b.Classes())
	}
	cfg := Config{Batch: 3, Height: 5, Width: 5, Channels: 1, Classes: 4}
	for _, newParams := range []func(uint64) *Params{NewParams, NewParams64} {
		step := func(batch int, leftOver string) (loss float64, grads map[string][]float64) {
			cfg := cfg
			cfg.Batch = batch
			s, err := NewTraining(newParams(4), net, cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			fill(s.Input(), append(noise("images", 2*25), noise(leftOver, 25)...))
			copy(s.Labels(), []int32{1, 3, 2})
			if loss, err = s.Step(2, 0); err != nil {
				t.Fatal(err)
			}
			return loss, gradients(t, s)
		}
		wantLoss, want := step(2, "none")
		for _, leftOver := range []string{"some", "others"} {
			loss, got := step(3, leftOver)
			mustClose(t, "loss", []float64{loss}, []float64{wantLoss}, 1e-6)
			for name := range want {
				mustClose(t, name+" with a row left over", got[name], want[name], 1e-5)
			}
		}
	}
}

// TestSqueezeExciteNetwork checks the gradients of a whole network with squeeze-and-excitation
// and factors by channel, which are wrong with gorgonia's Broadcast operations.
func TestSqueezeExciteNetwork(t *testing.T) {
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.ReLU(b.Conv("conv1", x, 8, 3))
		x = b.Scale("scale", b.SqueezeExcite("se", x, 4))
		return b.Dense("fc", b.Flatten(b.MaxPool(x, 4)), b.Classes())
	}
	if err := CheckGradients(net, Config{Batch: 2, Height: 10, Width: 10, Channels: 1, Classes: 3}); err != nil {
		t.Error(err)
	}
}
