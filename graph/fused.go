package graph

import "gorgonia.org/gorgonia"

// Fused returns, by its name, each layer that fusion lets another layer compute, and the name of
// that layer. The map is empty before compilation, and with [Config.KeepValues].
func (b *Builder) Fused() map[string]string {
	layerOf := map[*gorgonia.Node]string{}
	for _, l := range b.layers {
		layerOf[l.Node] = l.Name
	}
	fused := map[string]string{}
	for _, l := range b.layers {
		n := l.Node
		for isIdle(n) {
			it := b.graph.From(n.ID())
			if !it.Next() {
				break
			}
			n = it.Node().(*gorgonia.Node)
		}
		if n != l.Node && layerOf[n] != "" {
			fused[l.Name] = layerOf[n]
		}
	}
	return fused
}

// LogitsNode returns the node of the logits.
func (s *session) LogitsNode() *gorgonia.Node { return s.logits }
