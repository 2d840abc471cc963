package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// Mean declares the mean over the named axes:
//
//	y[o] = 1/count * sum of x[i]
//
// over the count entries i of x that have the indices of o along the other axes. x has
// shape batch, ...; y has the shape of x without the named axes. With images of shape
// batch, height, width, channels, Mean(x, 1, 2) is [Builder.GlobalAvgPool], and Mean(x, 3)
// is the mean image of the channels.
//
// Axis 0, the batch, cannot be named, because an image must not depend on others. It is an
// error to name no axis, an axis twice, or one that x lacks.
func (b *Builder) Mean(x *gorgonia.Node, axes ...int) *gorgonia.Node {
	return b.reduce("mean", kernel.ReduceMean, x, axes)
}

// Sum declares the sum over the named axes. Shapes and errors are those of [Builder.Mean].
func (b *Builder) Sum(x *gorgonia.Node, axes ...int) *gorgonia.Node {
	return b.reduce("sum", kernel.ReduceSum, x, axes)
}

// Max declares the maximum over the named axes. Of several equal maxima the first in the
// order of memory gets the whole gradient. Shapes and errors are those of [Builder.Mean].
func (b *Builder) Max(x *gorgonia.Node, axes ...int) *gorgonia.Node {
	return b.reduce("max", kernel.ReduceMax, x, axes)
}

func (b *Builder) reduce(kind string, r kernel.Reduction, x *gorgonia.Node, axes []int) *gorgonia.Node {
	return b.addLayer(kind, b.nextName(kind), []*gorgonia.Node{x}, func(l *Layer) (*gorgonia.Node, error) {
		shape := x.Shape()
		reduced := make([]bool, len(shape))
		if len(axes) == 0 {
			return nil, fmt.Errorf("no axis is named, want some of 1 to %d of the input %v", len(shape)-1, shape)
		}
		for _, a := range axes {
			switch {
			case a == 0:
				return nil, fmt.Errorf("axis 0 of the input %v is the batch, whose images must not mix: name other axes", shape)
			case a < 0 || a >= len(shape):
				return nil, fmt.Errorf("the input %v has no axis %d, want 1 to %d", shape, a, len(shape)-1)
			case reduced[a]:
				return nil, fmt.Errorf("axis %d is named twice", a)
			}
			reduced[a] = true
		}
		var out []int
		for a, size := range shape {
			if !reduced[a] {
				out = append(out, size)
			}
		}
		l.Attributes.Axes = slices.Clone(axes)
		return forDtype(b,
			func() (*gorgonia.Node, error) { return reduce[float32](b, kind, r, reduced, out, x) },
			func() (*gorgonia.Node, error) { return reduce[float64](b, kind, r, reduced, out, x) })
	})
}

func reduce[T kernel.Float](b *Builder, kind string, r kernel.Reduction, reduced []bool, out []int, x *gorgonia.Node) (*gorgonia.Node, error) {
	k, err := kernel.NewReduce[T](r, slices.Clone(x.Shape()), reduced, b.state.workers)
	if err != nil {
		return nil, err
	}
	return applyUnary[T](b, &op{name: kind}, k, out, x)
}
