package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

const (
	batchNormEpsilon  = 1e-5 // PyTorch's default
	batchNormMomentum = 0.1  // share of the new batch in the running statistics, PyTorch's default
)

// BatchNorm declares batch normalisation over the last axis, the channels:
//
//	y = weight * (x - mean) / sqrt(variance + 1e-5) + bias
//
// x has shape batch, ..., channels, and so has the result. While training, mean and variance
// are those of the batch (the variance without Bessel's correction), and the
// running statistics move a tenth of the way towards them (the variance with the
// correction). In evaluation, and where name.weight or a running statistic is
// frozen, the running statistics are used and stay as they are.
//
// It creates the parameters name.weight (ones), name.bias (zeros),
// name.running_mean (zeros) and name.running_var (ones). Source: Ioffe and
// Szegedy, arXiv:1502.03167; the constants are PyTorch's.
func (b *Builder) BatchNorm(name string, x *gorgonia.Node) *gorgonia.Node {
	return b.layer("batchnorm", name, []*gorgonia.Node{x}, func(l *Layer) (*gorgonia.Node, error) {
		s := x.Shape()
		if len(s) < 2 {
			return nil, fmt.Errorf("input has shape %v, want batch, ..., channels", s)
		}
		c := s[len(s)-1]
		order := sameOrder([]int{c})
		if f, ok := b.flattened(x); ok {
			order = axisOrder{[]int{f[0], f[1], f[2]}, []int{2, 0, 1}, []int{c}}
		}
		in := []*gorgonia.Node{x}
		var params [4]*Param
		for i, p := range []struct {
			name      string
			statistic bool
			init      Initializer
		}{
			{"weight", false, Ones}, {"bias", false, Zeros}, {"running_mean", true, Zeros}, {"running_var", true, Ones},
		} {
			param, node, err := b.param(name+"."+p.name, []int{c}, order, p.statistic, p.init, Fan{})
			if err != nil {
				return nil, err
			}
			params[i] = param
			in = append(in, node)
		}
		l.Params = params[:]
		measure := b.mode == Train && !params[0].frozen && !params[2].frozen && !params[3].frozen
		return typed(b,
			func() (*gorgonia.Node, error) { return batchNorm[float32](b, name, c, measure, in) },
			func() (*gorgonia.Node, error) { return batchNorm[float64](b, name, c, measure, in) })
	})
}

// batchNorm declares the node over in: x, weight, bias, running mean, running
// variance. It normalises by the batch's statistics if measure is set.
func batchNorm[T kernel.Float](b *Builder, name string, c int, measure bool, in []*gorgonia.Node) (*gorgonia.Node, error) {
	shape := in[0].Shape()
	rows := shape.TotalSize() / c
	perImage := rows / shape[0]
	k, err := kernel.NewBatchNorm[T](rows, c, batchNormEpsilon, b.state.workers)
	if err != nil {
		return nil, err
	}
	value, y := buffer[T](shape...)
	wants := []bool{b.needsGradient(in[0]), b.needsGradient(in[1]), b.needsGradient(in[2]), false, false}
	o := &op{name: "batchnorm " + name, out: value, wants: wants}
	var x, weight, bias, mean, variance []T // of the last run
	var d [3][]T
	h := &reluHead[T]{op: o, y: y}
	h.forward = func(in []gorgonia.Value, y []T, relu bool) error {
		if err := datas(in, &x, &weight, &bias, &mean, &variance); err != nil {
			return err
		}
		if !measure {
			return kernel.BatchNormEval(b.state.workers, y, x, weight, bias, mean, variance, batchNormEpsilon, relu)
		}
		active := b.state.rows * perImage
		if active < 2 {
			return fmt.Errorf("%d value per channel in the batch: a variance needs at least 2; use a larger batch", active)
		}
		if err := k.Forward(y, x, weight, bias, active, relu); err != nil {
			return err
		}
		bessel := float64(active) / float64(active-1)
		for i, m := range k.Mean() {
			mean[i] += batchNormMomentum * (m - mean[i])
			variance[i] += batchNormMomentum * (T(float64(k.Var()[i])*bessel) - variance[i])
		}
		return nil
	}
	if measure {
		h.backward = func(dy, y []T) error {
			return k.Backward(d[0], d[1], d[2], dy, y, x, weight, b.state.rows*perImage)
		}
	}
	h.attach()
	o.gradient = func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		outs := make([]gorgonia.Value, len(in))
		for i := range d {
			if wants[i] {
				outs[i], d[i] = buffer[T](in[i].Shape()...)
			}
		}
		run := func(in []gorgonia.Value) error {
			var dy []T
			if err := datas(in, &x, &weight, &mean, &variance, &dy); err != nil {
				return err
			}
			if !measure {
				return kernel.BatchNormEvalGrad(b.state.workers, d[0], d[1], d[2], dy, x, weight, mean, variance, batchNormEpsilon)
			}
			return h.backward(dy, nil)
		}
		return applyBackward(o, outs, run, in[0], in[1], in[3], in[4], grad, out)
	}
	return apply(o, in...)
}
