package diagram

import (
	"strconv"
	"strings"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/ancestry"
)

// Graph draws every node of the expression graph that root belongs to: leaves by name,
// operations by what they compute, with their shapes. After a run it also shows the values
// of at most four numbers, unless a later operation has reused their memory.
//
// The nodes that root is computed from are drawn as the forward pass. All others, such as
// the gradients that gorgonia.Grad adds, are drawn as the backward pass.
func Graph(root *gorgonia.Node) *Diagram {
	d := &Diagram{}
	if root == nil {
		return d
	}
	g := root.Graph()
	forward := ancestry.Of(root)
	gradient := map[*gorgonia.Node]string{} // which gradient a node holds
	readers := map[*gorgonia.Node]gorgonia.Nodes{}
	for _, n := range g.AllNodes() {
		for it := g.From(n.ID()); it.Next(); {
			c := it.Node().(*gorgonia.Node)
			readers[c] = append(readers[c], n)
		}
		if dn := n.Deriv(); n.Op() == nil && dn != nil {
			gradient[dn] = "∂/∂" + n.Name()
		}
	}
	boxOf := map[*gorgonia.Node]*box{}
	var visit func(n *gorgonia.Node) *box
	visit = func(n *gorgonia.Node) *box {
		if boxOf[n] != nil {
			return boxOf[n]
		}
		var from []*box
		for it := g.From(n.ID()); it.Next(); {
			from = append(from, visit(it.Node().(*gorgonia.Node)))
		}
		b := d.add(nodeRole(n, forward[n]), nodeLabel(n))
		if !n.IsScalar() {
			b.lines = append(b.lines, shapeText(n.Shape()))
		}
		if text := gradient[n]; text != "" {
			b.lines = append(b.lines, text)
		}
		constant := strings.HasPrefix(b.lines[0], "const ") // the label contains the value
		if v := valueText(n.Value()); v != "" && !constant && !overwritten(n, readers[n]) {
			b.lines = append(b.lines, v)
		}
		b.from, boxOf[n] = from, b
		return b
	}
	for _, n := range g.AllNodes() {
		visit(n)
	}
	return d
}

// overwritten reports whether a reader of n keeps its own value in n's memory. Some of
// gorgonia's operations do.
func overwritten(n *gorgonia.Node, readers gorgonia.Nodes) bool {
	for _, r := range readers {
		if v := r.Value(); v != nil && v.Uintptr() == n.Value().Uintptr() {
			return true
		}
	}
	return false
}

func nodeRole(n *gorgonia.Node, forward bool) role {
	switch {
	case !forward:
		return roleBackward
	case n.Op() != nil:
		return roleForward
	case strings.HasSuffix(n.Name(), ".weight"), strings.HasSuffix(n.Name(), ".bias"):
		return roleParam
	}
	return roleInput
}

// nodeLabel returns a leaf's name or an operation's description.
func nodeLabel(n *gorgonia.Node) string {
	if n.Op() == nil {
		return n.Name()
	}
	text := n.Op().String()
	// A layer's node has a name, "relu1" for the operation "relu". The name of a node that
	// was given none is a formula: "relu(images)".
	if strings.HasPrefix(n.Name(), text) && !strings.Contains(n.Name(), "(") {
		text = n.Name()
	}
	// Gorgonia's operations end in whether they work on scalars or tensors: "+ false".
	text = strings.TrimSuffix(strings.TrimSuffix(text, " false"), " true")
	if r := []rune(text); len(r) > 32 {
		text = string(r[:31]) + "…"
	}
	return text
}

// valueText writes a value of at most four numbers, and returns "" for others.
func valueText(v gorgonia.Value) string {
	if v == nil || v.Shape().TotalSize() > 4 {
		return ""
	}
	var numbers []string
	add := func(x float64) { numbers = append(numbers, strconv.FormatFloat(x, 'g', 4, 64)) }
	switch x := v.Data().(type) {
	case float32:
		add(float64(x))
	case float64:
		add(x)
	case []float32:
		for _, e := range x {
			add(float64(e))
		}
	case []float64:
		for _, e := range x {
			add(e)
		}
	}
	if len(numbers) > 1 {
		return "(" + strings.Join(numbers, ", ") + ")"
	}
	return strings.Join(numbers, "")
}
