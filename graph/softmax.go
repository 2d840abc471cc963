package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// Softmax declares y[k] = exp(x[k]) / sum over j of exp(x[j]) along the last axis, for x of
// any shape. The row's maximum is subtracted first, so that no exponential overflows. A
// classifier must return logits, since [Builder.CrossEntropy] applies the softmax itself.
func (b *Builder) Softmax(x *gorgonia.Node) *gorgonia.Node {
	return b.addLayer("softmax", b.nextName("softmax"), []*gorgonia.Node{x}, func(*Layer) (*gorgonia.Node, error) {
		if x.Dims() < 1 {
			return nil, fmt.Errorf("input has shape %v, want at least one axis", x.Shape())
		}
		return forDtype(b,
			func() (*gorgonia.Node, error) { return softmax[float32](b, x) },
			func() (*gorgonia.Node, error) { return softmax[float64](b, x) })
	})
}

func softmax[T kernel.Float](b *Builder, x *gorgonia.Node) (*gorgonia.Node, error) {
	cols := x.Shape()[x.Dims()-1]
	value, y := newBuffer[T](x.Shape()...)
	o := &op{name: "softmax", out: value, needsGrad: []bool{b.needsGradient(x)}}
	o.run = func(in []gorgonia.Value) error {
		x, err := elements[T](in[0])
		if err != nil {
			return err
		}
		return kernel.Softmax(b.state.workers, y, x, cols)
	}
	o.gradient = func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		var dx []T
		run := func(in []gorgonia.Value) error {
			var y, dy []T
			if err := readInputs(in, &y, &dy); err != nil {
				return err
			}
			return kernel.SoftmaxGrad(b.state.workers, dx, dy, y, cols)
		}
		return applyBackward(o, newGradients(o, in, &dx), run, out, grad)
	}
	return applyOp(o, x)
}
