package graph

import "gorgonia.org/gorgonia"

// Boundary lists the layers at which the frozen part of a network ends, in the order
// of their declaration: with their outputs, which do not change while the network
// trains, everything above can be computed; see [Config.From]. It is empty where the
// trainable part reads the image itself, or something that no layer's output stands for.
//
// A frozen part is what no trainable parameter lies below and nothing random: the
// output of an active dropout counts as trainable.
func Boundary(params *Params, net Net, cfg Config) ([]string, error) {
	s, err := declare(params, net, Train, cfg)
	if err != nil {
		return nil, err
	}
	b := s.builder
	layer := map[*gorgonia.Node]string{}
	for _, l := range b.layers {
		layer[l.Node] = l.Name
	}
	ends := map[string]bool{}
	whole := true
	seen := map[*gorgonia.Node]bool{}
	var visit func(n *gorgonia.Node)
	visit = func(n *gorgonia.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if !b.varies(n) && b.fixed[n] {
			whole = whole && n != s.inputs[0] // other leaves are parameters
			return
		}
		if name := layer[n]; name != "" && !b.varies(n) {
			ends[name] = true
			return
		}
		for it := b.graph.From(n.ID()); it.Next(); {
			visit(it.Node().(*gorgonia.Node))
		}
	}
	visit(s.logits)
	if !whole {
		return nil, nil
	}
	var names []string
	for _, l := range b.layers {
		if ends[l.Name] {
			names = append(names, l.Name)
		}
	}
	return names, nil
}

// varies reports whether the value of n for an image changes in the course of a
// training: by a trainable parameter or by chance.
func (b *Builder) varies(n *gorgonia.Node) bool {
	if b.fixed[n] {
		return false
	}
	if known, ok := b.moves[n]; ok {
		return known
	}
	v := b.needsGradient(n) || b.drops(n)
	for it := b.graph.From(n.ID()); it.Next() && !v; {
		v = b.varies(it.Node().(*gorgonia.Node))
	}
	b.moves[n] = v
	return v
}

// drops reports whether n is a dropout that drops.
func (b *Builder) drops(n *gorgonia.Node) bool {
	o, ok := n.Op().(*op)
	if !ok {
		return false
	}
	d, ok := o.layer.(*dropping)
	return ok && d.rate > 0
}

// settle turns off the dropouts in frozen parts: those with nothing to train below
// them and only frozen layers next above. A dropout between the frozen part and the
// first layer that trains is the latter's, and stays on.
func (b *Builder) settle() {
	owner := map[*gorgonia.Node]*Layer{}
	for i := range b.layers {
		owner[b.layers[i].Node] = &b.layers[i]
	}
	// frozen reports whether all layers with parameters that read n next are frozen, and
	// there is one on each way up.
	var frozen func(n *gorgonia.Node) bool
	frozen = func(n *gorgonia.Node) bool {
		any := false
		for it := b.graph.To(n.ID()); it.Next(); {
			any = true
			reader := it.Node().(*gorgonia.Node)
			if l := owner[reader]; l != nil && len(l.Params) > 0 {
				for _, p := range l.Params {
					if p.Trainable() {
						return false
					}
				}
			} else if b.needsGradient(reader) || !frozen(reader) { // a parameter of one's own joins
				return false
			}
		}
		return any
	}
	for _, l := range b.layers {
		if b.drops(l.Node) && !b.needsGradient(l.Node) && frozen(l.Node) {
			l.Node.Op().(*op).layer.(*dropping).rate = 0
		}
	}
}
