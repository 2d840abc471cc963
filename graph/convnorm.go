package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// batchStatistics is the part of a batch normalization in training that a convolution before it
// needs to compute it.
type batchStatistics[T kernel.Float] struct {
	state    *runState
	perImage int       // values of a channel in an image
	params   [4]*Param // weight, bias, running mean, running variance
	grads    [3][]T    // gradients with respect to the input, the weight and the bias, nil where not needed

	mean, variance []T // of the last batch, the variance with Bessel's correction
}

// active returns the number of values of a channel in the batch.
func (n *batchStatistics[T]) active() (int, error) {
	active := n.state.rows * n.perImage
	if active < 2 {
		return 0, fmt.Errorf("%d value per channel in the batch: a variance needs at least 2; use a larger batch", active)
	}
	return active, nil
}

// param returns the elements of a parameter of the normalization.
func (n *batchStatistics[T]) param(i int) []T { return n.params[i].value.Data().([]T) }

// A normKernel computes an affine layer, a chain with a batch normalization, and their gradients.
type normKernel[T kernel.Float] interface {
	Forward(out, raw, x, weight, bias, gamma, beta []T, images int) error
	Backward(g kernel.ConvNormGrads[T], dout, raw, x, weight, gamma []T, images int) error
	Mean() []T
	Var() []T
}

// absorbNorm is absorb for a chain of differentiated operations of which one is a batch normalization
// by the statistics of the batch. After it only a ReLU and a flatten may follow. The input of the normalization is written, because the backward pass reads it.
func (l *affine[T]) absorbNorm(chain []*op, at int, winograd bool) (bool, error) {
	n, ok := chain[at].follower.norm.(*batchStatistics[T])
	after, last := followersOf(chain[at+1:]), chain[len(chain)-1]
	relu := isReLU(after)
	if !ok || l.normKernel == nil || len(after) > 0 && !relu {
		return false, nil
	}
	k, err := l.normKernel(followersOf(chain[:at]), relu, winograd)
	if k == nil || err != nil {
		return false, err
	}
	raw := l.y
	if at > 0 {
		if raw, err = elements[T](chain[at-1].out); err != nil {
			return false, err
		}
	}
	gradInput := 1 // index of the gradient among the inputs of the backward operation of a ReLU or a flatten
	if last == chain[at] {
		gradInput = normGradInput
	}
	fuseChain(l.op, chain, func(in []gorgonia.Value) error {
		if err := l.readInputs(in); err != nil {
			return err
		}
		y, err := elements[T](last.out)
		if err != nil {
			return err
		}
		active, err := n.active()
		if err != nil {
			return err
		}
		if err := k.Forward(y, raw, l.x, l.weight, l.bias, n.param(0), n.param(1), n.state.rows); err != nil {
			return err
		}
		n.update(k.Mean(), k.Var(), active)
		return nil
	}, func(in []gorgonia.Value) error {
		dy, err := elements[T](in[gradInput])
		if err != nil {
			return err
		}
		g := kernel.ConvNormGrads[T]{X: l.grads[0], Weight: l.grads[1], Bias: l.grads[2], Gamma: n.grads[1], Beta: n.grads[2]}
		return k.Backward(g, dy, raw, l.x, l.weight, n.param(0), n.state.rows)
	})
	return true, nil
}
