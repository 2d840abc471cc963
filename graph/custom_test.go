package graph

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// product multiplies two inputs. Its Backward is right if factor is 1.
func product(factor float64) Op {
	return Op{
		Forward: func(y *tensor.Dense, in []*tensor.Dense) error {
			out, a, b := y.Data().([]float64), in[0].Data().([]float64), in[1].Data().([]float64)
			for i := range out {
				out[i] = a[i] * b[i]
			}
			return nil
		},
		Backward: func(d []*tensor.Dense, dy, _ *tensor.Dense, in []*tensor.Dense) error {
			up := dy.Data().([]float64)
			for i := range d {
				if d[i] == nil {
					continue
				}
				other := in[1-i].Data().([]float64)
				for j, g := range up {
					d[i].Data().([]float64)[j] = factor * g * other[j]
				}
			}
			return nil
		},
	}
}

// sums computes the sum of each row, so its result has another shape than its input.
var sums = Op{
	Shape: func(in []tensor.Shape) (tensor.Shape, error) {
		if in[0].Dims() != 2 {
			return nil, fmt.Errorf("input has shape %v, want rows", in[0])
		}
		return tensor.Shape{in[0][0], 1}, nil
	},
	Forward: func(y *tensor.Dense, in []*tensor.Dense) error {
		x, cols := in[0].Data().([]float64), in[0].Shape()[1]
		for i := range y.Data().([]float64) {
			y.Data().([]float64)[i] = 0
			for _, v := range x[i*cols:][:cols] {
				y.Data().([]float64)[i] += v
			}
		}
		return nil
	},
	Backward: func(d []*tensor.Dense, dy, _ *tensor.Dense, in []*tensor.Dense) error {
		cols := in[0].Shape()[1]
		for i := range d[0].Data().([]float64) {
			d[0].Data().([]float64)[i] = dy.Data().([]float64)[i/cols]
		}
		return nil
	},
}

func TestCustomGradients(t *testing.T) {
	checkGradients(t, []int{3, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Apply("product", product(1), b.Tanh(x), x)
	})
	checkGradients(t, []int{3, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Apply("sums", sums, b.Tanh(x))
	})
	// Backward gets a nil gradient for an input that needs none.
	checkGradients(t, []int{2, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		fixed := b.Input("fixed", 2, 1, 1, 2)
		fill(fixed.Value().(*tensor.Dense), []float64{1, 2, 3, 4})
		return b.Apply("product", product(1), b.Flatten(fixed), x)
	})
	checkGradients(t, []int{3, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		scale := b.Param("scale.weight", gaussian, 1, 4)
		return gorgonia.Must(gorgonia.BroadcastHadamardProd(x, scale, nil, []byte{0}))
	})
}

// TestParam checks that a custom parameter is created once, with the fans of its shape, in the
// same store as the others.
func TestParam(t *testing.T) {
	params := NewParams64(1)
	var fan Fan
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		w := b.Param("mix.weight", func(v []float64, f Fan, _ *rand.Rand) { fan = f; Ones(v, f, nil) }, 12, 5)
		return gorgonia.Must(gorgonia.Mul(b.Flatten(x), w))
	}
	cfg := Config{Batch: 2, Height: 3, Width: 2, Channels: 2, Classes: 5, Workers: 1}
	s := newTraining(t, params, net, cfg)
	if p := params.Get("mix.weight"); p == nil || !p.Trainable() || p.Len() != 60 || fan != (Fan{12, 5}) {
		t.Errorf("parameter %v with fan %v", p, fan)
	}
	layers := s.Builder().Layers()
	if l := layers[0]; l.Kind != "param" || l.Name != "mix.weight" || len(l.Params) != 1 {
		t.Errorf("layer %+v", l)
	}
	first := mustStep(t, s, 2, 0)
	descend(t, s, 0.1)
	if second := mustStep(t, s, 2, 1); first == second {
		t.Errorf("the loss stays at %v: the parameter is not learned", first)
	}
}

func TestCustomErrors(t *testing.T) {
	rows := []int{2, 3}
	runRefused(t, []refused{
		{rows, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Apply("mine", Op{}, x) }, `mine "mine1": the operation lacks Forward or Backward`},
		{rows, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Apply("mine", sums) }, `mine "mine1": 0 inputs, want at least 1`},
		{[]int{2, 1, 1, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Apply("sums", sums, x) }, `sums "sums1": input has shape (2, 1, 1, 3), want rows`},
		{rows, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			o := sums
			o.Shape = func([]tensor.Shape) (tensor.Shape, error) { return tensor.Shape{2, 0}, nil }
			return b.Apply("sums", o, x)
		}, `sums "sums1": the result has shape (2, 0), want sizes of at least 1`},
		{rows, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Param("w", Ones) }, `param "w": shape [], want sizes of at least 1`},
		{rows, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Param("w", Ones, 3, 0) }, `param "w": shape [3 0], want sizes of at least 1`},
		{rows, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Param("w", nil, 3) }, `param "w": parameter "w": no initializer`},
		{rows, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			b.Dense("d", x, 3)
			return b.Param("d.bias", Ones, 3)
		},
			`param "d.bias": parameter "d.bias" is declared twice`},
	})
	for _, tc := range []struct {
		forward func(y *tensor.Dense, in []*tensor.Dense) error
		want    string
	}{
		{func(*tensor.Dense, []*tensor.Dense) error { return errors.New("no luck") }, "mine: no luck"},
		{func(y *tensor.Dense, _ []*tensor.Dense) error { y.Data().([]float64)[99] = 1; return nil }, "mine: runtime error: index out of range"},
	} {
		s := compile(t, NewParams64(1), Train, rows, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Apply("mine", Op{Forward: tc.forward, Backward: sums.Backward}, x)
		})
		mustFail(t, s.run(), tc.want)
	}
}

// TestCheckGradients checks that CheckGradients accepts a correct Backward and refuses one
// whose gradients are too large by a thousandth, or NaN.
func TestCheckGradients(t *testing.T) {
	cfg := Config{Batch: 3, Height: 4, Width: 4, Channels: 1, Classes: 3, Workers: 1, Loss: Loss{Smoothing: 0.1, L2: 0.01}}
	net := func(factor float64) Net {
		return func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			x = b.Tanh(b.Dense("fc1", b.Dropout(b.Flatten(x), 0.25), 6))
			return b.Dense("fc2", b.Apply("product", product(factor), x, b.Sigmoid(x)), b.Classes())
		}
	}
	if err := CheckGradients(net(1), cfg); err != nil {
		t.Error(err)
	}
	mustFail(t, CheckGradients(net(1.001), cfg), "the gradient with respect to fc1.", "finite differences give")
	mustFail(t, CheckGradients(net(math.NaN()), cfg), "the gradient with respect to fc1.weight[0] is NaN")
	mustFail(t, CheckGradients(nil, cfg), "no network")
	if err := CheckGradients(smallNet, smallConfig(4)); err != nil {
		t.Error(err)
	}
}
