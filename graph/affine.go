package graph

import (
	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// affine is the fusion head and the folder of the layers that map x to x·weight + bias: convolutions and
// dense layers.
type affine[T kernel.Float] struct {
	shape  []int // of the output
	layout layoutRule
	// newKernel returns a kernel that computes the chain of followers too, or nil if there is
	// none. There is one for an empty chain.
	newKernel func(chain []follower, winograd bool) (affineKernel[T], error)
	// normKernel returns a kernel that computes the chain, a batch normalization and, if relu is set,
	// a ReLU too, for training, or nil if there is none. The field is nil for dense layers.
	normKernel func(chain []follower, relu, winograd bool) (normKernel[T], error)
	// inferenceKernel returns a kernel that computes the chain too, for evaluation, or nil if
	// there is none.
	inferenceKernel func(chain foldChain, winograd bool) (inferenceKernel[T], error)

	op              *op
	kernel          affineKernel[T] // nil until the pass fuse, or else the first run, makes it
	y               []T             // the output of op
	x, weight, bias []T             // the inputs of the last run; bias is nil if the layer has none
	grads           [3][]T          // gradients with respect to x, weight and bias, nil where not needed
}

// An affineKernel computes an affine layer and a chain of followers. Its backward pass reads
// dy, the gradient with respect to the last output of the chain, and, if the chain has a ReLU,
// y, that output.
type affineKernel[T kernel.Float] interface {
	Forward(y, x, weight, bias []T) error
	Backward(dx, dweight, dbias, dy, y, x, weight []T) error
}

// applyAffine declares the node of an affine layer over in: x, weight and possibly bias.
func applyAffine[T kernel.Float](b *Builder, name string, l *affine[T], in []*gorgonia.Node) (*gorgonia.Node, error) {
	value, y := newBuffer[T](l.shape...)
	l.y = y
	l.op = &op{name: name, layout: l.layout, out: value, needsGrad: b.needGradients(in), head: l, folder: l}
	l.op.run = func(in []gorgonia.Value) error {
		err := l.readInputs(in)
		if err == nil && l.kernel == nil {
			l.kernel, err = l.newKernel(nil, false)
		}
		if err != nil {
			return err
		}
		return l.kernel.Forward(l.y, l.x, l.weight, l.bias)
	}
	l.op.gradient = func(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		outs := newGradients(l.op, in, &l.grads[0], &l.grads[1], &l.grads[2])
		run := func(in []gorgonia.Value) error {
			var x, weight, dy []T
			if err := readInputs(in, &x, &weight, &dy); err != nil {
				return err
			}
			return l.kernel.Backward(l.grads[0], l.grads[1], l.grads[2], dy, nil, x, weight)
		}
		return applyBackward(l.op, outs, run, in[0], in[1], grad)
	}
	return applyOp(l.op, in...)
}

// readInputs stores the inputs of a run in l.
func (l *affine[T]) readInputs(in []gorgonia.Value) error {
	to := []*[]T{&l.x, &l.weight, &l.bias}
	return readInputs(in, to[:len(in)]...)
}
