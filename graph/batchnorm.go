package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

const (
	batchNormEpsilon  = 1e-5 // PyTorch's default
	batchNormMomentum = 0.1  // weight of the new batch in the running statistics, PyTorch's default
)

// BatchNorm declares batch normalization over the last axis, the channels:
//
//	y = weight * (x - mean) / sqrt(variance + 1e-5) + bias
//
// x and y have shape batch, ..., channels. In training, mean and variance are those of the
// batch (the variance without Bessel's correction), and the running statistics move a tenth
// of the way toward them (the variance with the correction). In evaluation, and if
// name.weight or a running statistic is frozen, mean and variance are the running
// statistics, which do not change.
//
// It creates the parameters name.weight (ones), name.bias (zeros), name.running_mean
// (zeros) and name.running_var (ones), each of shape channels. Source: Ioffe and Szegedy,
// arXiv:1502.03167; the constants are PyTorch's.
func (b *Builder) BatchNorm(name string, x *gorgonia.Node) *gorgonia.Node {
	return b.addLayer("batchnorm", name, []*gorgonia.Node{x}, func(l *Layer) (*gorgonia.Node, error) {
		s := x.Shape()
		if len(s) < 2 {
			return nil, fmt.Errorf("input has shape %v, want batch, ..., channels", s)
		}
		c := s[len(s)-1]
		order := b.channelOrder(x)
		in := []*gorgonia.Node{x}
		var params [4]*Param
		for i, p := range []struct {
			name      string
			statistic bool
			init      Initializer
		}{
			{"weight", false, Ones}, {"bias", false, Zeros}, {"running_mean", true, Zeros}, {"running_var", true, Ones},
		} {
			param, node, err := b.declareParam(name+"."+p.name, []int{c}, order, p.statistic, p.init, Fan{})
			if err != nil {
				return nil, err
			}
			b.setVersion1(param, x)
			params[i] = param
			in = append(in, node)
		}
		l.Params, l.Attributes = params[:], Attributes{Epsilon: batchNormEpsilon}
		useBatch := b.mode == Train && !params[0].frozen && !params[2].frozen && !params[3].frozen
		return forDtype(b,
			func() (*gorgonia.Node, error) { return batchNorm[float32](b, name, c, useBatch, params, in) },
			func() (*gorgonia.Node, error) { return batchNorm[float64](b, name, c, useBatch, params, in) })
	})
}

// batchNorm declares the node over in: x, weight, bias, running mean, running variance. If
// useBatch is set, it normalizes by the statistics of the batch, and otherwise by the
// running statistics.
func batchNorm[T kernel.Float](b *Builder, name string, c int, useBatch bool, params [4]*Param, in []*gorgonia.Node) (*gorgonia.Node, error) {
	shape := in[0].Shape()
	rows := shape.TotalSize() / c
	perImage := rows / shape[0]
	k, err := kernel.NewBatchNorm[T](rows, c, batchNormEpsilon, b.state.workers)
	if err != nil {
		return nil, err
	}
	value, y := newBuffer[T](shape...)
	o := &op{name: "batchnorm " + name, out: value, needsGrad: append(b.needGradients(in[:3]), false, false)}
	n := &batchStatistics[T]{state: b.state, perImage: perImage, params: params}
	if useBatch {
		n.mean, n.variance = make([]T, c), make([]T, c)
		o.follower = &follower{norm: n}
		if b.state.keepStatistics {
			b.statistics = append(b.statistics, n)
		}
	} else {
		o.norm = &normRole{params[0], params[1], params[2], params[3]}
	}
	grads := &n.grads
	var x, weight, bias, mean, variance []T // inputs of the last run
	h := newReLUHead(&reluHead[T]{op: o, y: y})
	h.forward = func(in []gorgonia.Value, y []T, relu bool) error {
		if err := readInputs(in, &x, &weight, &bias, &mean, &variance); err != nil {
			return err
		}
		if !useBatch {
			return kernel.BatchNormEval(b.state.workers, y, x, weight, bias, mean, variance, batchNormEpsilon, relu)
		}
		active, err := n.active()
		if err != nil {
			return err
		}
		if err := k.Forward(y, x, weight, bias, active, relu); err != nil {
			return err
		}
		n.update(k.Mean(), k.Var(), active)
		return nil
	}
	if useBatch {
		h.backward = func(dy, _ []T) error {
			return k.Backward(grads[0], grads[1], grads[2], dy, x, weight, b.state.rows*perImage)
		}
	}
	o.gradient = func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		outs := newGradients(o, in, &grads[0], &grads[1], &grads[2])
		run := func(in []gorgonia.Value) error {
			var dy []T
			if err := readInputs(in, &x, &weight, &mean, &variance, &dy); err != nil {
				return err
			}
			if !useBatch {
				return kernel.BatchNormEvalGrad(b.state.workers, grads[0], grads[1], grads[2], dy, x, weight, mean, variance, batchNormEpsilon)
			}
			return h.backward(dy, nil)
		}
		return applyBackward(o, outs, run, in[0], in[1], in[3], in[4], grad, out)
	}
	return applyOp(o, in...)
}

// normGradInput is the index of the gradient with respect to the output among the inputs of the
// backward operation.
const normGradInput = 4

// channelOrder relates the layout of a parameter with an entry for each channel of x, the
// last axis, to PyTorch's. They differ after a flattened image.
func (b *Builder) channelOrder(x *gorgonia.Node) axisOrder {
	order := sameOrder([]int{x.Shape()[x.Dims()-1]})
	order.flat = b.layoutOf(x).flat
	return order
}
