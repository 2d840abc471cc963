package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
	"inkstone/internal/random"
)

// Dropout declares inverted dropout: while training, each entry is set to 0 with
// probability rate, and the others are divided by 1-rate; in evaluation it is the
// identity. The choice is a function of the parameters' seed, the layer's name, the
// number of the training step and the entry's place, so it needs no state beyond
// the step and does not depend on the number of workers. Within a frozen part of the
// network, below a frozen layer, it is the identity too. Source: Srivastava et al.,
// JMLR 15, 2014.
func (b *Builder) Dropout(x *gorgonia.Node, rate float64) *gorgonia.Node {
	name := b.name("dropout")
	return b.layer("dropout", name, []*gorgonia.Node{x}, func(*Layer) (*gorgonia.Node, error) {
		if !(rate >= 0 && rate < 1) {
			return nil, fmt.Errorf("rate is %v, want at least 0 and below 1", rate)
		}
		if b.mode == Eval {
			rate = 0
		}
		key := random.Dropout(b.params.seed, name)
		return typed(b,
			func() (*gorgonia.Node, error) { return dropout[float32](b, rate, key, x) },
			func() (*gorgonia.Node, error) { return dropout[float64](b, rate, key, x) })
	})
}

// dropping is the layer of a dropout.
type dropping struct{ rate float64 }

// dropout needs no mask kept: the same key drops the same entries of the
// derivative.
func dropout[T kernel.Float](b *Builder, rate float64, key uint64, x *gorgonia.Node) (*gorgonia.Node, error) {
	d := &dropping{rate}
	apply1 := func(y []T) func(in []gorgonia.Value) error {
		return func(in []gorgonia.Value) error {
			x, err := data[T](in[0])
			if err != nil {
				return err
			}
			return kernel.Dropout(b.state.workers, y, x, d.rate, random.DropoutStep(key, b.state.step))
		}
	}
	value, y := buffer[T](x.Shape()...)
	o := &op{name: "dropout", out: value, wants: []bool{b.needsGradient(x)}, run: apply1(y), layer: d}
	o.gradient = func(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		value, dx := buffer[T](in[0].Shape()...)
		return applyBackward(o, []gorgonia.Value{value}, apply1(dx), grad)
	}
	return apply(o, x)
}
