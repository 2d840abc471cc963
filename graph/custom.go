package graph

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
)

// Param declares a parameter of a layer of one's own, to compute with by any gorgonia
// operation or by [Builder.Apply]. It is learned, saved, frozen and decayed like those of
// the layers here, by its name, such as "scale1.weight". The initialiser sees the last
// size as fan-out and the product of the others as fan-in.
func (b *Builder) Param(name string, init Initializer, shape ...int) *gorgonia.Node {
	return b.layer("param", name, nil, func(l *Layer) (*gorgonia.Node, error) {
		if len(shape) == 0 || slices.Min(shape) < 1 {
			return nil, fmt.Errorf("shape %v, want sizes of at least 1", shape)
		}
		last := shape[len(shape)-1]
		p, n, err := b.param(name, shape, sameOrder(shape), false, init, Fan{In: tensor.Shape(shape).TotalSize() / last, Out: last})
		l.Params = []*Param{p}
		return n, err
	})
}

// Op is an operation of one's own, with its derivative: for what neither the layers here
// nor gorgonia's operations compute, or to do in one pass what they do in several.
//
// The tensors are contiguous and of float32, or of float64 over [NewParams64]. An
// operation must treat each row of the batch by itself, and the same input must give the
// same output: in a batch that is not full, the last rows are left over from another.
type Op struct {
	// Shape gives the shape of the result for those of the inputs. Without it the
	// result has the shape of the first input.
	Shape func(in []tensor.Shape) (tensor.Shape, error)
	// Forward overwrites y with the result for the inputs, which it must not change.
	Forward func(y *tensor.Dense, in []*tensor.Dense) error
	// Backward overwrites d with the derivatives of the loss by the inputs, given the one
	// by the result, dy. d[i] has the shape of in[i], or is nil where nobody asks for it.
	Backward func(d []*tensor.Dense, dy, y *tensor.Dense, in []*tensor.Dense) error
}

// Apply declares a layer that computes o from the inputs. The layer is named after its
// kind, with a number. [CheckGradients] tells whether Backward fits Forward.
func (b *Builder) Apply(kind string, o Op, in ...*gorgonia.Node) *gorgonia.Node {
	return b.layer(kind, b.name(kind), in, func(*Layer) (*gorgonia.Node, error) {
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
		return typed(b,
			func() (*gorgonia.Node, error) { return custom[float32](b, kind, o, shape, in) },
			func() (*gorgonia.Node, error) { return custom[float64](b, kind, o, shape, in) })
	})
}

func custom[T kernel.Float](b *Builder, kind string, user Op, shape tensor.Shape, in []*gorgonia.Node) (*gorgonia.Node, error) {
	y, _ := buffer[T](shape...)
	o := &op{name: kind, out: y, wants: wanted(b, in)}
	o.run = func(in []gorgonia.Value) error {
		x, err := denses[T](in)
		if err != nil {
			return err
		}
		return user.Forward(y, x)
	}
	o.gradient = func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		outs := make([]gorgonia.Value, len(in))
		d := make([]*tensor.Dense, len(in))
		for i, n := range in {
			if o.wants[i] {
				d[i], _ = buffer[T](n.Shape()...)
				outs[i] = d[i]
			}
		}
		return applyBackward(o, outs, func(in []gorgonia.Value) error {
			x, err := denses[T](in)
			if err != nil {
				return err
			}
			n := len(x)
			return user.Backward(d, x[n-1], x[n-2], x[:n-2])
		}, append(slices.Clone(in), out, grad)...)
	}
	return apply(o, in...)
}

// denses returns the values as tensors, after the checks of data.
func denses[T kernel.Float](in []gorgonia.Value) ([]*tensor.Dense, error) {
	list := make([]*tensor.Dense, len(in))
	for i, v := range in {
		if _, err := data[T](v); err != nil {
			return nil, fmt.Errorf("input %d: %w", i+1, err)
		}
		list[i] = v.(*tensor.Dense)
	}
	return list, nil
}
