package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// Mul declares the elementwise product of two nodes:
//
//	y[i] = x[i] * z[i]
//
// A node whose size along an axis is 1 is repeated along that axis. A node with fewer axes
// than the other has them after the batch, each of size 1: a factor for each channel of
// each image, of shape batch, channels, multiplies images of shape batch, height, width,
// channels. A [Builder.Param] has no batch: give it a first axis of size 1.
//
// y has the larger of the two sizes along each axis. Sizes that differ while neither is 1
// are an error.
func (b *Builder) Mul(x, z *gorgonia.Node) *gorgonia.Node {
	in := []*gorgonia.Node{x, z}
	return b.addLayer("mul", b.nextName("mul"), in, func(*Layer) (*gorgonia.Node, error) {
		dims := max(x.Dims(), z.Dims())
		sx, sz := withAxes(x.Shape(), dims), withAxes(z.Shape(), dims)
		if min(x.Dims(), z.Dims()) < 1 {
			return nil, fmt.Errorf("inputs have shapes %v, want at least the axis of the batch", shapes(in))
		}
		for a := range dims {
			if sx[a] != sz[a] && sx[a] != 1 && sz[a] != 1 {
				return nil, fmt.Errorf("inputs have shapes %v, want equal sizes along axis %d, or 1", shapes(in), a)
			}
		}
		return b.mul("mul", in, sx, sz)
	})
}

// withAxes inserts axes of size 1 after the first one, so that the shape has dims axes.
func withAxes(shape []int, dims int) []int {
	shape = slices.Clone(shape)
	if len(shape) == 0 {
		return shape
	}
	return slices.Insert(shape, 1, slices.Repeat([]int{1}, dims-len(shape))...)
}

// mul declares the node of the product of two inputs that are taken to have the shapes
// sx and sz.
func (b *Builder) mul(name string, in []*gorgonia.Node, sx, sz []int) (*gorgonia.Node, error) {
	return forDtype(b,
		func() (*gorgonia.Node, error) { return mul[float32](b, name, in, sx, sz) },
		func() (*gorgonia.Node, error) { return mul[float64](b, name, in, sx, sz) })
}

func mul[T kernel.Float](b *Builder, name string, in []*gorgonia.Node, sx, sz []int) (*gorgonia.Node, error) {
	k, err := kernel.NewProduct[T](sx, sz, b.state.workers)
	if err != nil {
		return nil, err
	}
	shape, err := kernel.ProductShape(sx, sz)
	if err != nil {
		return nil, err
	}
	value, y := newBuffer[T](shape...)
	o := &op{name: name, out: value, needsGrad: b.needGradients(in)}
	o.run = func(in []gorgonia.Value) error {
		var x, z []T
		if err := readInputs(in, &x, &z); err != nil {
			return err
		}
		return k.Forward(y, x, z)
	}
	o.gradient = func(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		var dx, dz []T
		return applyBackward(o, newGradients(o, in, &dx, &dz), func(in []gorgonia.Value) error {
			var x, z, dy []T
			if err := readInputs(in, &x, &z, &dy); err != nil {
				return err
			}
			return k.Backward(dx, dz, dy, x, z)
		}, in[0], in[1], grad)
	}
	return applyOp(o, in...)
}
