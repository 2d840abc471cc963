package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// Add declares the elementwise sum of two or more nodes of the same shape, as at the end of
// a residual block.
func (b *Builder) Add(xs ...*gorgonia.Node) *gorgonia.Node {
	return b.addLayer("add", b.nextName("add"), xs, func(*Layer) (*gorgonia.Node, error) {
		if len(xs) < 2 {
			return nil, fmt.Errorf("%d inputs, want at least 2", len(xs))
		}
		for _, x := range xs[1:] {
			if !x.Shape().Eq(xs[0].Shape()) {
				return nil, fmt.Errorf("inputs have shapes %v, want the same shape for all", shapes(xs))
			}
		}
		return forDtype(b,
			func() (*gorgonia.Node, error) { return add[float32](b, xs) },
			func() (*gorgonia.Node, error) { return add[float64](b, xs) })
	})
}

func add[T kernel.Float](b *Builder, xs []*gorgonia.Node) (*gorgonia.Node, error) {
	value, y := newBuffer[T](xs[0].Shape()...)
	terms, grads := make([][]T, len(xs)), make([][]T, len(xs))
	o := &op{name: "add", out: value, needsGrad: b.needGradients(xs), sum: &sumRole{xs}}
	h := newReLUHead(&reluHead[T]{
		op: o, y: y,
		forward: func(in []gorgonia.Value, y []T, relu bool) error {
			for i, v := range in {
				var err error
				if terms[i], err = elements[T](v); err != nil {
					return err
				}
			}
			return kernel.Add(b.state.workers, y, relu, terms...)
		},
		backward: func(dy, y []T) error { return kernel.AddGrad(b.state.workers, grads, dy, y) },
	})
	// Each input gets its own copy of the gradient, because gorgonia may overwrite a
	// gradient after its last reader.
	o.gradient = func(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		return applyBackward(o, newGradients(o, in, pointers(grads)...), func(in []gorgonia.Value) error {
			dy, err := elements[T](in[0])
			if err != nil {
				return err
			}
			return h.backward(dy, nil)
		}, grad)
	}
	return applyOp(o, xs...)
}

// Concat declares the concatenation of two or more nodes along the last axis, the channels,
// as at the end of an Inception block. Their other axes must be equal.
func (b *Builder) Concat(xs ...*gorgonia.Node) *gorgonia.Node {
	return b.addLayer("concat", b.nextName("concat"), xs, func(*Layer) (*gorgonia.Node, error) {
		if len(xs) < 2 {
			return nil, fmt.Errorf("%d inputs, want at least 2", len(xs))
		}
		first := xs[0].Shape()
		for _, x := range xs {
			s := x.Shape()
			if len(s) < 1 || len(s) != len(first) || !slices.Equal(s[:len(s)-1], first[:len(first)-1]) {
				return nil, fmt.Errorf("inputs have shapes %v, want equal shapes except for the last axis", shapes(xs))
			}
		}
		return forDtype(b,
			func() (*gorgonia.Node, error) { return concat[float32](b, xs) },
			func() (*gorgonia.Node, error) { return concat[float64](b, xs) })
	})
}

func concat[T kernel.Float](b *Builder, xs []*gorgonia.Node) (*gorgonia.Node, error) {
	out := slices.Clone(xs[0].Shape())
	last := len(out) - 1
	cols := make([]int, len(xs))
	out[last] = 0
	for i, x := range xs {
		cols[i] = x.Shape()[last]
		out[last] += cols[i]
	}
	value, y := newBuffer[T](out...)
	rows := len(y) / out[last]
	parts := make([][]T, len(xs))
	o := &op{name: "concat", layout: concatOut, out: value, needsGrad: b.needGradients(xs)}
	o.run = func(in []gorgonia.Value) error {
		for i, v := range in {
			var err error
			if parts[i], err = elements[T](v); err != nil {
				return err
			}
		}
		return kernel.Concat(b.state.workers, y, rows, parts, cols)
	}
	o.gradient = func(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		parts := make([][]T, len(in))
		return applyBackward(o, newGradients(o, in, pointers(parts)...), func(in []gorgonia.Value) error {
			dy, err := elements[T](in[0])
			if err != nil {
				return err
			}
			return kernel.Split(b.state.workers, parts, cols, rows, dy)
		}, grad)
	}
	return applyOp(o, xs...)
}

// pointers returns the addresses of the elements of list.
func pointers[T any](list []T) []*T {
	p := make([]*T, len(list))
	for i := range list {
		p[i] = &list[i]
	}
	return p
}

// shapes lists nodes by name and shape, for errors.
func shapes(xs []*gorgonia.Node) []string {
	s := make([]string, len(xs))
	for i, x := range xs {
		s[i] = fmt.Sprint(x.Name(), " ", x.Shape())
	}
	return s
}
