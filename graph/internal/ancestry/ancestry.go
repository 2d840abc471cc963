// Package ancestry walks gorgonia's expression graphs.
package ancestry

import "gorgonia.org/gorgonia"

// Of returns root and every node that it is computed from.
func Of(root *gorgonia.Node) map[*gorgonia.Node]bool {
	found := map[*gorgonia.Node]bool{}
	var visit func(n *gorgonia.Node)
	visit = func(n *gorgonia.Node) {
		if found[n] {
			return
		}
		found[n] = true
		for it := n.Graph().From(n.ID()); it.Next(); {
			visit(it.Node().(*gorgonia.Node))
		}
	}
	visit(root)
	return found
}
