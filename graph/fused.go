package graph

import "gorgonia.org/gorgonia"

// Fused returns, by its name, each layer that fusion or folding lets another layer compute, and
// the name of that layer. The map is empty before compilation, and with [Config.KeepValues].
func (b *Builder) Fused() map[string]string {
	nameOf := map[*op]string{}
	for _, l := range b.layers {
		if o, ok := l.Node.Op().(*op); ok {
			nameOf[o] = l.Name
		}
	}
	fused := map[string]string{}
	for o, name := range nameOf {
		if o.computedBy != nil {
			fused[name] = nameOf[o.computedBy]
		}
	}
	return fused
}

// LogitsNode returns the node of the logits.
func (s *session) LogitsNode() *gorgonia.Node { return s.logits }
