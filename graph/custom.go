package graph

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
)

// Param declares a parameter of a custom layer, such as "scale1.weight", and returns its
// node, an input for gorgonia operations and [Builder.Apply]. Like the parameters of the
// layers in this package it is learned, saved, and frozen or decayed by name. init gets the
// last axis as the fan-out and the product of the others as the fan-in. In files, a
// parameter that is combined with images or with flattened images has their order.
func (b *Builder) Param(name string, init Initializer, shape ...int) *gorgonia.Node {
	return b.addLayer("param", name, nil, func(l *Layer) (*gorgonia.Node, error) {
		if len(shape) == 0 || slices.Min(shape) < 1 {
			return nil, fmt.Errorf("shape %v, want sizes of at least 1", shape)
		}
		last := shape[len(shape)-1]
		p, n, err := b.declareParam(name, shape, sameOrder(shape), false, init, Fan{In: tensor.Shape(shape).TotalSize() / last, Out: last})
		l.Params = []*Param{p}
		return n, err
	})
}

// Op is a custom operation with its gradient, for functions that neither the layers of this
// package nor gorgonia's operations compute, or that they compute more slowly.
//
// The tensors are contiguous and hold float32, or float64 over [NewParams64]. Each row of
// the output must depend on the same row of the inputs only, and on nothing else that
// changes: in a batch that is not full, the last rows are left over from an earlier batch.
type Op struct {
	// Elementwise says that an element of the result depends on the same element of the
	// inputs only, as in an activation. Only then is the order of the units known in PyTorch
	// where the Op reads flattened images; see [Params.NotPortable].
	Elementwise bool
	// Shape returns the shape of the result for the shapes of the inputs. If it is nil, the
	// result has the shape of the first input.
	Shape func(in []tensor.Shape) (tensor.Shape, error)
	// Forward writes the result to y. It must not change the inputs.
	Forward func(y *tensor.Dense, in []*tensor.Dense) error
	// Backward writes the gradients of the loss with respect to the inputs to d, given dy,
	// the gradient with respect to the result y. d[i] has the shape of in[i], or is nil if
	// it is not needed.
	Backward func(d []*tensor.Dense, dy, y *tensor.Dense, in []*tensor.Dense) error
}

// Apply declares a layer that computes o from the inputs, named by its kind and a number:
// "mish1". [CheckGradients] checks Backward against Forward.
func (b *Builder) Apply(kind string, o Op, in ...*gorgonia.Node) *gorgonia.Node {
	return b.addLayer(kind, b.nextName(kind), in, func(l *Layer) (*gorgonia.Node, error) {
		l.Attributes.Custom = true
		switch {
		case o.Forward == nil || o.Backward == nil:
			return nil, errors.New("the operation lacks Forward or Backward")
		case len(in) == 0:
			return nil, errors.New("0 inputs, want at least 1")
		}
		shapes := make([]tensor.Shape, len(in))
		for i, x := range in {
			shapes[i] = x.Shape().Clone()
		}
		shape := shapes[0]
		if o.Shape != nil {
			var err error
			if shape, err = o.Shape(shapes); err != nil {
				return nil, err
			}
		}
		if len(shape) == 0 || slices.Min(shape) < 1 {
			return nil, fmt.Errorf("the result has shape %v, want sizes of at least 1", shape)
		}
		return forDtype(b,
			func() (*gorgonia.Node, error) { return custom[float32](b, kind, o, shape, in) },
			func() (*gorgonia.Node, error) { return custom[float64](b, kind, o, shape, in) })
	})
}

func custom[T kernel.Float](b *Builder, kind string, user Op, shape tensor.Shape, in []*gorgonia.Node) (*gorgonia.Node, error) {
	y, _ := newBuffer[T](shape...)
	o := &op{name: kind, layout: customOut, out: y, needsGrad: b.needGradients(in)}
	if user.Elementwise {
		o.layout = keepLayout
	}
	o.run = func(in []gorgonia.Value) error {
		x, err := tensors[T](in)
		if err != nil {
			return err
		}
		return user.Forward(y, x)
	}
	o.gradient = func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		outs := make([]backwardOutput, len(in))
		d := make([]*tensor.Dense, len(in))
		for i, n := range in {
			if o.needsGrad[i] {
				d[i], _ = newBuffer[T](n.Shape()...)
				outs[i].value = d[i] // which the user's Backward may keep
			}
		}
		return applyBackward(o, outs, func(in []gorgonia.Value) error {
			x, err := tensors[T](in)
			if err != nil {
				return err
			}
			n := len(x)
			return user.Backward(d, x[n-1], x[n-2], x[:n-2])
		}, append(slices.Clone(in), out, grad)...)
	}
	return applyOp(o, in...)
}

// tensors returns the values as tensors, with the checks of elements.
func tensors[T kernel.Float](in []gorgonia.Value) ([]*tensor.Dense, error) {
	list := make([]*tensor.Dense, len(in))
	for i, v := range in {
		if _, err := elements[T](v); err != nil {
			return nil, fmt.Errorf("input %d: %w", i+1, err)
		}
		list[i] = v.(*tensor.Dense)
	}
	return list, nil
}
