package graph

import "gorgonia.org/gorgonia"

// Boundary returns the frozen layers whose outputs feed the trainable part of a network, in
// the order of their declaration. These outputs do not change during training, so a
// session can start from them; see [Config.From].
//
// A node is frozen if it is computed from no trainable parameter and no active dropout.
// The result is empty if there is a path from the images to the logits without a frozen
// layer.
func Boundary(params *Params, net Net, cfg Config) ([]string, error) {
	c := &compilation{purpose: forBoundary, params: params, net: net, cfg: cfg}
	if err := runPasses(c, passes); err != nil {
		return nil, err
	}
	b := c.builder
	layerOf := map[*gorgonia.Node]string{}
	for _, l := range b.layers {
		layerOf[l.Node] = l.Name
	}
	// Go down from the logits and stop at the first frozen layer on each path.
	boundary := map[string]bool{}
	readsImage := false
	visited := map[*gorgonia.Node]bool{}
	var visit func(n *gorgonia.Node)
	visit = func(n *gorgonia.Node) {
		if visited[n] {
			return
		}
		visited[n] = true
		if b.noGrad[n] {
			readsImage = readsImage || n == c.inputs[0] // the other leaves are parameters
			return
		}
		if name := layerOf[n]; name != "" && !b.varies(n) {
			boundary[name] = true
			return
		}
		for it := b.graph.From(n.ID()); it.Next(); {
			visit(it.Node().(*gorgonia.Node))
		}
	}
	visit(c.logits)
	if readsImage {
		return nil, nil
	}
	var names []string
	for _, l := range b.layers {
		if boundary[l.Name] {
			names = append(names, l.Name)
		}
	}
	return names, nil
}

// varies reports whether the value of n for one image changes during training, because n
// is computed from a trainable parameter or an active dropout.
func (b *Builder) varies(n *gorgonia.Node) bool {
	if b.noGrad[n] {
		return false
	}
	if known, ok := b.variesMemo[n]; ok {
		return known
	}
	v := b.needsGradient(n) || isActiveDropout(n)
	for it := b.graph.From(n.ID()); it.Next() && !v; {
		v = b.varies(it.Node().(*gorgonia.Node))
	}
	b.variesMemo[n] = v
	return v
}
