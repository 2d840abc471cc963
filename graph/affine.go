package graph

import (
	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// affine is the layer of an operation that maps x to x·weight + bias: a convolution
// or a dense layer.
type affine[T kernel.Float] struct {
	kernel interface {
		Forward(y, x, weight, bias []T) error
		Backward(dx, dweight, dbias, dy, x, weight []T) error
	}
	shape []int // of the output
	// fused returns a kernel that computes the links behind the layer too, or nil.
	fused func(links []link, winograd bool) (fusedKernel[T], error)

	op         *op
	y          []T
	x, w, bias []T    // the inputs of the last run
	d          [3][]T // derivatives by x, weight and bias, nil where nobody asks
}

// fusedKernel computes an affine layer and what follows it. Its backward pass takes
// the derivative behind the last of these, and the output there.
type fusedKernel[T kernel.Float] interface {
	Forward(out, x, weight, bias []T) error
	Backward(dx, dweight, dbias, dout, out, x, weight []T) error
}

// unlinked is a fused kernel with nothing behind its layer.
type unlinked[T kernel.Float] struct{ fusedKernel[T] }

func (u unlinked[T]) Backward(dx, dweight, dbias, dy, x, weight []T) error {
	return u.fusedKernel.Backward(dx, dweight, dbias, dy, nil, x, weight)
}

// applyAffine declares the node of an affine layer over in: x, weight and possibly
// bias. No derivative is computed that nobody can ask for.
func applyAffine[T kernel.Float](b *Builder, name string, l *affine[T], in []*gorgonia.Node) (*gorgonia.Node, error) {
	value, y := buffer[T](l.shape...)
	l.y = y
	l.op = &op{name: name, out: value, wants: wanted(b, in), layer: l}
	l.op.run = func(in []gorgonia.Value) error {
		if err := l.take(in); err != nil {
			return err
		}
		return l.kernel.Forward(l.y, l.x, l.w, l.bias)
	}
	l.op.gradient = func(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		outs := make([]gorgonia.Value, len(in))
		for i, n := range in {
			if l.op.wants[i] {
				outs[i], l.d[i] = buffer[T](n.Shape()...)
			}
		}
		run := func(in []gorgonia.Value) error {
			var x, w, dy []T
			if err := datas(in, &x, &w, &dy); err != nil {
				return err
			}
			return l.kernel.Backward(l.d[0], l.d[1], l.d[2], dy, x, w)
		}
		return applyBackward(l.op, outs, run, in[0], in[1], grad)
	}
	return apply(l.op, in...)
}

// take notes the inputs of a run.
func (l *affine[T]) take(in []gorgonia.Value) error {
	to := []*[]T{&l.x, &l.w, &l.bias}
	return datas(in, to[:len(in)]...)
}

// fuse implements head. The derivatives are computed where the one behind the last
// link arrives; the TapeMachine keeps x and weight until the layer's own backward
// operation, which comes later and reads them.
func (l *affine[T]) fuse(links []link, winograd bool) (func(tail []*op), error) {
	k, err := l.fused(links, winograd)
	if k == nil || err != nil {
		return nil, err
	}
	return func(tail []*op) {
		if len(tail) == 0 {
			l.kernel = unlinked[T]{k}
			return
		}
		out := tail[len(tail)-1].out
		takeOver(l.op, tail, func(in []gorgonia.Value) error {
			if err := l.take(in); err != nil {
				return err
			}
			y, err := data[T](out)
			if err != nil {
				return err
			}
			return k.Forward(y, l.x, l.w, l.bias)
		}, func(in []gorgonia.Value) error {
			var y, dy []T
			if err := datas(in, &y, &dy); err != nil {
				return err
			}
			return k.Backward(l.d[0], l.d[1], l.d[2], dy, y, l.x, l.w)
		})
		// What lies between the first and the last is not written any more.
		l.kernel, l.y = nil, nil
	}, nil
}
