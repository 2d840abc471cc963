package graph

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Diagram is a drawing of a graph from the inputs at the top to the result at the
// bottom. Its SVG needs no other program; its String is the same as text.
type Diagram struct {
	boxes []*box
}

// role says how a box is coloured.
type role int

const (
	roleInput    role = iota // a leaf: an image, a label, a constant
	roleParam                // a parameter, or a layer with parameters
	roleFrozen               // the same, left out of differentiation
	roleForward              // an operation
	roleBackward             // an operation that belongs to a derivative
	roleBend                 // no box: where an edge passes a row
)

// The roles' colours: fill and line.
var roleColours = [...][2]string{
	roleInput:    {"#f2f2f2", "#888888"},
	roleParam:    {"#e8f1e4", "#5b8c4a"},
	roleFrozen:   {"#e3eef9", "#4a7fb5"},
	roleForward:  {"#ffffff", "#555555"},
	roleBackward: {"#fdeee0", "#c77a33"},
}

// box is a node of a diagram.
type box struct {
	lines []string // the first is the name
	role  role
	from  []*box // what it is computed from

	rank, order   int
	x, y          float64 // centre
	width, height float64
}

// DrawLayers draws layers, such as [Builder.Layers] or [Describe] list, and the leaves
// that they read: each with its kind, the shape of its output without the batch, and
// the number of its parameters.
func DrawLayers(layers []Layer) *Diagram {
	d := &Diagram{}
	known := map[*gorgonia.Node]*box{}
	own := map[string]bool{} // names of parameters, which are part of their layer's box
	for _, l := range layers {
		for _, p := range l.Params {
			own[p.name] = true
		}
	}
	// sources lists the boxes of the layers and leaves that n is computed from, stepping
	// over operations that are not layers.
	var sources func(n *gorgonia.Node) []*box
	sources = func(n *gorgonia.Node) (found []*box) {
		for it := n.Graph().From(n.ID()); it.Next(); {
			c := it.Node().(*gorgonia.Node)
			switch {
			case known[c] != nil:
				found = append(found, known[c])
			case c.Op() != nil:
				found = append(found, sources(c)...)
			case !own[c.Name()]:
				known[c] = d.add(roleInput, c.Name(), perImage(c.Shape()))
				found = append(found, known[c])
			}
		}
		return found
	}
	for _, l := range layers {
		from := sources(l.Node)
		b := d.add(roleForward, l.Name)
		if !strings.HasPrefix(l.Name, l.Kind) {
			b.lines[0] += " (" + l.Kind + ")"
		}
		b.lines = append(b.lines, perImage(l.Output))
		if n, frozen := learnedOf(l.Params); n > 0 {
			b.role = roleParam
			text := fmt.Sprintf("%d parameters", n)
			if frozen {
				b.role, text = roleFrozen, text+", frozen"
			}
			b.lines = append(b.lines, text)
		}
		b.from = from
		known[l.Node] = b
	}
	return d
}

// learnedOf counts the elements that are learned, and reports whether all are frozen.
func learnedOf(params []*Param) (n int, frozen bool) {
	frozen = true
	for _, p := range params {
		if !p.statistic {
			n += p.Len()
			frozen = frozen && p.frozen
		}
	}
	return n, frozen
}

// DrawGraph draws every node of the expression graph that root is part of: leaves by
// name, operations by what they do, with their shapes, and with their values once a
// virtual machine has run, where these are at most four numbers and no later operation
// has reused their memory. What root is computed from is the forward graph; all else,
// such as the derivatives that gorgonia.Grad adds, is coloured as the backward graph.
func DrawGraph(root *gorgonia.Node) *Diagram {
	d := &Diagram{}
	if root == nil {
		return d
	}
	g := root.Graph()
	forward := below(root)
	derivative := map[*gorgonia.Node]string{} // by which leaf
	users := map[*gorgonia.Node]gorgonia.Nodes{}
	for _, n := range g.AllNodes() {
		for it := g.From(n.ID()); it.Next(); {
			c := it.Node().(*gorgonia.Node)
			users[c] = append(users[c], n)
		}
		if by := n.Deriv(); n.Op() == nil && by != nil {
			derivative[by] = "∂ by " + n.Name()
		}
	}
	known := map[*gorgonia.Node]*box{}
	var visit func(n *gorgonia.Node) *box
	visit = func(n *gorgonia.Node) *box {
		if known[n] != nil {
			return known[n]
		}
		var from []*box
		for it := g.From(n.ID()); it.Next(); {
			from = append(from, visit(it.Node().(*gorgonia.Node)))
		}
		b := d.add(nodeRole(n, forward[n]), nodeLabel(n))
		if !n.IsScalar() {
			b.lines = append(b.lines, sizes(n.Shape()))
		}
		if text := derivative[n]; text != "" {
			b.lines = append(b.lines, text)
		}
		constant := strings.HasPrefix(b.lines[0], "const ") // the name has the value
		if v := shortValue(n.Value()); v != "" && !constant && !overwritten(n, users[n]) {
			b.lines = append(b.lines, v)
		}
		b.from, known[n] = from, b
		return b
	}
	for _, n := range g.AllNodes() {
		visit(n)
	}
	return d
}

// below is the set of root and all that it is computed from.
func below(root *gorgonia.Node) map[*gorgonia.Node]bool {
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

// overwritten reports whether a user of n keeps its own value in n's memory, as gorgonia
// lets some of its operations do.
func overwritten(n *gorgonia.Node, users gorgonia.Nodes) bool {
	for _, u := range users {
		if v := u.Value(); v != nil && v.Uintptr() == n.Value().Uintptr() {
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

// nodeLabel is a leaf's name, or what an operation does.
func nodeLabel(n *gorgonia.Node) string {
	if n.Op() == nil {
		return n.Name()
	}
	text := n.Op().String()
	if _, own := n.Op().(*op); own && strings.HasPrefix(n.Name(), text) && !strings.Contains(n.Name(), "(") {
		text = n.Name() // "relu1" for "relu"; gorgonia's own names are whole formulas
	}
	// Stock operations say whether they work on scalars or tensors: "+ false".
	text = strings.TrimSuffix(strings.TrimSuffix(text, " false"), " true")
	if r := []rune(text); len(r) > 32 {
		text = string(r[:31]) + "…"
	}
	return text
}

// shortValue writes a value of at most four numbers, "" for others.
func shortValue(v gorgonia.Value) string {
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

func (d *Diagram) add(r role, lines ...string) *box {
	b := &box{role: r, lines: lines}
	d.boxes = append(d.boxes, b)
	return b
}

// perImage is a shape without its first axis, the batch.
func perImage(s tensor.Shape) string {
	if len(s) < 2 {
		return sizes(s)
	}
	return sizes(s[1:])
}

func sizes(s tensor.Shape) string {
	parts := make([]string, len(s))
	for i, n := range s {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, " × ")
}

// String lists the boxes, each after what it is computed from: "relu1: 26 × 26 × 32 <- conv1".
func (d *Diagram) String() string {
	var s strings.Builder
	for _, b := range d.boxes {
		fmt.Fprint(&s, b.lines[0])
		if len(b.lines) > 1 {
			fmt.Fprintf(&s, ": %s", strings.Join(b.lines[1:], ", "))
		}
		for i, f := range b.from {
			fmt.Fprint(&s, [...]string{", ", " <- "}[max(0, 1-i)], f.lines[0])
		}
		s.WriteByte('\n')
	}
	return s.String()
}

// SVG is the drawing as a picture, which browsers and notebooks show.
func (d *Diagram) SVG() string {
	rows := d.layout()
	width, height := diagramMargin*2, diagramMargin*2
	for _, row := range rows {
		for _, b := range row {
			width = max(width, b.x+b.width/2+diagramMargin)
			height = max(height, b.y+b.height/2+diagramMargin)
		}
	}
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="Helvetica, Arial, sans-serif" font-size="%d" text-anchor="middle">`+"\n",
		width, height, width, height, diagramFont)
	fmt.Fprintf(&s, `<rect width="%.0f" height="%.0f" fill="white"/>`+"\n", width, height)
	for _, row := range rows {
		for _, b := range row {
			for _, f := range b.from {
				writeEdge(&s, f, b)
			}
		}
	}
	for _, row := range rows {
		for _, b := range row {
			if b.role != roleBend {
				writeBox(&s, b)
			}
		}
	}
	s.WriteString("</svg>\n")
	return s.String()
}

func writeBox(s *strings.Builder, b *box) {
	c := roleColours[b.role]
	fmt.Fprintf(s, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="5" fill="%s" stroke="%s"/>`+"\n",
		b.x-b.width/2, b.y-b.height/2, b.width, b.height, c[0], c[1])
	for i, line := range b.lines {
		weight := ""
		if i == 0 {
			weight = ` font-weight="bold"`
		}
		fmt.Fprintf(s, `<text x="%.1f" y="%.1f"%s>%s</text>`+"\n",
			b.x, b.y-b.height/2+diagramPadding+float64(i+1)*diagramLine-4, weight, html.EscapeString(line))
	}
}

// writeEdge draws a curve down from a box, with an arrow where it ends in one.
func writeEdge(s *strings.Builder, from, to *box) {
	colour := roleColours[roleForward][1]
	if to.role == roleBackward || to.role == roleBend && to.lines != nil {
		colour = roleColours[roleBackward][1]
	}
	x0, y0 := from.x, from.y+from.height/2
	x1, y1 := to.x, to.y-to.height/2
	bend := (y1 - y0) / 2
	fmt.Fprintf(s, `<path d="M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f`, x0, y0, x0, y0+bend, x1, y1-bend, x1, y1)
	if to.role == roleBend {
		fmt.Fprintf(s, "V%.1f", to.y+to.height/2) // straight through the row
	}
	fmt.Fprintf(s, `" fill="none" stroke="%s"/>`+"\n", colour)
	if to.role != roleBend {
		fmt.Fprintf(s, `<path d="M%.1f %.1fl-4 -7h8z" fill="%s"/>`+"\n", x1, y1, colour)
	}
}
