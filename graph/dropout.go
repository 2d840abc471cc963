package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
	"inkstone/internal/random"
)

// Dropout declares inverted dropout. In training each entry is set to 0 with probability
// rate, and the others are divided by 1-rate. In evaluation, and inside the frozen part of
// a network, it is the identity.
//
// Which entries are dropped is a function of the parameters' seed, the layer's name, the
// number of the training step and the entry's position. So dropout needs no state except
// the step, and does not depend on the number of workers. Source: Srivastava et al.,
// JMLR 15, 2014.
func (b *Builder) Dropout(x *gorgonia.Node, rate float64) *gorgonia.Node {
	name := b.nextName("dropout")
	return b.addLayer("dropout", name, []*gorgonia.Node{x}, func(l *Layer) (*gorgonia.Node, error) {
		if !(rate >= 0 && rate < 1) {
			return nil, fmt.Errorf("rate is %v, want at least 0 and below 1", rate)
		}
		l.Attributes.Rate = rate
		if b.mode == Eval {
			rate = 0
		}
		key := random.Dropout(b.params.seed, name)
		return forDtype(b,
			func() (*gorgonia.Node, error) { return dropout[float32](b, rate, key, x) },
			func() (*gorgonia.Node, error) { return dropout[float64](b, rate, key, x) })
	})
}

// dropout declares the node. It stores no mask: the backward pass drops the same entries of
// the gradient because it uses the same key.
func dropout[T kernel.Float](b *Builder, rate float64, key uint64, x *gorgonia.Node) (*gorgonia.Node, error) {
	dropTo := func(y *[]T) func(in []gorgonia.Value) error {
		return func(in []gorgonia.Value) error {
			x, err := elements[T](in[0])
			if err != nil {
				return err
			}
			return kernel.Dropout(b.state.workers, *y, x, rate, random.DropoutStep(key, b.state.step))
		}
	}
	value, y := newBuffer[T](x.Shape()...)
	o := &op{name: "dropout", out: value, needsGrad: []bool{b.needsGradient(x)}, run: dropTo(&y), dropRate: &rate}
	o.gradient = func(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		var dx []T
		return applyBackward(o, newGradients(o, in, &dx), dropTo(&dx), grad)
	}
	return applyOp(o, x)
}

// isActiveDropout reports whether n is a dropout that drops entries.
func isActiveDropout(n *gorgonia.Node) bool {
	o, ok := n.Op().(*op)
	return ok && o.dropRate != nil && *o.dropRate > 0
}

// disableFrozenDropout turns off dropout inside the frozen part of the network: each
// dropout that is computed from no trainable parameter and is read by frozen layers only.
// A dropout between the frozen part and the first trainable layer stays on.
func disableFrozenDropout(c *compilation) error {
	b := c.builder
	layerOf := map[*gorgonia.Node]*Layer{}
	for i := range b.layers {
		layerOf[b.layers[i].Node] = &b.layers[i]
	}
	// readByFrozen reports whether every path up from n reaches a layer with parameters,
	// and the first such layer on each path is frozen.
	var readByFrozen func(n *gorgonia.Node) bool
	readByFrozen = func(n *gorgonia.Node) bool {
		found := false
		for it := b.graph.To(n.ID()); it.Next(); {
			found = true
			reader := it.Node().(*gorgonia.Node)
			if l := layerOf[reader]; l != nil && len(l.Params) > 0 {
				for _, p := range l.Params {
					if p.Trainable() {
						return false
					}
				}
			} else if b.needsGradient(reader) || !readByFrozen(reader) {
				return false // needsGradient: the reader also reads a custom parameter that learns
			}
		}
		return found
	}
	for _, l := range b.layers {
		if isActiveDropout(l.Node) && !b.needsGradient(l.Node) && readByFrozen(l.Node) {
			*l.Node.Op().(*op).dropRate = 0
		}
	}
	return nil
}
