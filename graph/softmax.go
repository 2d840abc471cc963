package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// Softmax declares exp(x[k]) / sum over j of exp(x[j]) along the last axis, with
// the row's largest entry taken off first, so that nothing overflows. A classifier
// trains on logits, through [Builder.CrossEntropy], and needs no softmax layer.
func (b *Builder) Softmax(x *gorgonia.Node) *gorgonia.Node {
	return b.layer("softmax", b.name("softmax"), []*gorgonia.Node{x}, func(*Layer) (*gorgonia.Node, error) {
		if x.Dims() < 1 {
			return nil, fmt.Errorf("input has shape %v, want at least one axis", x.Shape())
		}
		return typed(b,
			func() (*gorgonia.Node, error) { return softmax[float32](b, x) },
			func() (*gorgonia.Node, error) { return softmax[float64](b, x) })
	})
}

func softmax[T kernel.Float](b *Builder, x *gorgonia.Node) (*gorgonia.Node, error) {
	cols := x.Shape()[x.Dims()-1]
	value, y := buffer[T](x.Shape()...)
	o := &op{name: "softmax", out: value, wants: []bool{b.needsGradient(x)}}
	o.run = func(in []gorgonia.Value) error {
		x, err := data[T](in[0])
		if err != nil {
			return err
		}
		return kernel.Softmax(b.state.workers, y, x, cols)
	}
	o.gradient = func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		value, dx := buffer[T](in[0].Shape()...)
		run := func(in []gorgonia.Value) error {
			var y, dy []T
			if err := datas(in, &y, &dy); err != nil {
				return err
			}
			return kernel.SoftmaxGrad(b.state.workers, dx, dy, y, cols)
		}
		return applyBackward(o, []gorgonia.Value{value}, run, out, grad)
	}
	return apply(o, x)
}
