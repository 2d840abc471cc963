package diagram

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/graph/internal/ancestry"
)

// Folded draws the expression graph that root belongs to, folded by layer: a layer, its parameters
// and its backward operations are one row. The rows of layers that only follow each other are one
// box, up to the next convolution or dense layer, so that every branch and every skip connection
// is an edge. The layers whose names have the same first part, such as block1.conv1, are in one
// frame. The gradients of a box stand to its right, and the edges between gradients go up.
//
// b is the builder that declared the graph, root the loss or the logits: [graph.Training.Loss], or
// the last layer of an evaluation. After compilation the drawing also shows which layers are fused.
func Folded(b *graph.Builder, root *gorgonia.Node) *Diagram {
	d := &Diagram{}
	if b == nil || root == nil {
		return d
	}
	f := &folder{
		builder: b, root: root, forward: ancestry.Of(root), fused: b.Fused(),
		unitOf: map[*gorgonia.Node]*unit{}, ownerOf: map[*gorgonia.Node]*unit{}, sources: map[*gorgonia.Node][]*gorgonia.Node{},
	}
	f.findUnits()
	f.findGradients()
	f.merge()
	f.draw(d)
	return d
}

// unit is a box of a folded drawing: layers, an input, an operation of gorgonia, or the loss.
type unit struct {
	layers    []graph.Layer
	label     string // of a unit that is no layer
	input     bool
	loss      bool
	block     string // first part of the names of the layers, "" for none
	node      *gorgonia.Node
	from      []*unit
	gradients []string       // what the backward operations compute gradients with respect to
	added     int            // gradients that are added up, 0 for none
	flows     map[*unit]bool // the units of from that get a gradient
}

type folder struct {
	builder *graph.Builder
	root    *gorgonia.Node
	forward map[*gorgonia.Node]bool
	fused   map[string]string
	units   []*unit // each after those that it reads
	unitOf  map[*gorgonia.Node]*unit
	ownerOf map[*gorgonia.Node]*unit            // of the backward nodes
	sources map[*gorgonia.Node][]*gorgonia.Node // the forward nodes whose gradient a node is
}

// children returns the nodes that n is computed from.
func children(n *gorgonia.Node) []*gorgonia.Node {
	var list []*gorgonia.Node
	for it := n.Graph().From(n.ID()); it.Next(); {
		list = append(list, it.Node().(*gorgonia.Node))
	}
	return list
}

// isLeaf reports whether n is computed from nothing. Constants have an operation too.
func isLeaf(n *gorgonia.Node) bool { return len(children(n)) == 0 }

// findUnits makes a unit of each layer and of each other forward node. Parameters belong to their
// layer, and what only the loss needs is one unit.
func (f *folder) findUnits() {
	layerOf := map[*gorgonia.Node]graph.Layer{}
	params := map[string]bool{}
	needed := map[*gorgonia.Node]bool{} // by a layer
	for _, l := range f.builder.Layers() {
		layerOf[l.Node] = l
		for n := range ancestry.Of(l.Node) {
			needed[n] = true
		}
		for _, p := range l.Params {
			params[p.Name()] = true
		}
	}
	hasLoss := false
	for n := range f.forward {
		hasLoss = hasLoss || n.Op() == nil && n.Name() == "labels"
	}
	var loss *unit
	var visit func(n *gorgonia.Node) *unit
	seen := map[*gorgonia.Node]bool{}
	visit = func(n *gorgonia.Node) *unit {
		if seen[n] {
			return f.unitOf[n]
		}
		seen[n] = true
		layer, isLayer := layerOf[n]
		if !isLayer && isLeaf(n) && (params[n.Name()] || n.Op() != nil) {
			return nil // a parameter of a layer, or a constant
		}
		var from []*unit
		for _, c := range children(n) {
			if u := visit(c); u != nil {
				from = append(from, u)
			}
		}
		u := &unit{node: n, flows: map[*unit]bool{}}
		switch {
		case isLayer:
			u.layers, u.block = []graph.Layer{layer}, blockOf(layer, from)
		case n.Op() == nil:
			u.label, u.input = n.Name(), true
		case hasLoss && !needed[n]:
			if loss == nil {
				u.label, u.loss, loss = "loss", true, u
			} else { // move it behind what it reads
				f.units = slices.DeleteFunc(f.units, func(v *unit) bool { return v == loss })
				u = loss
			}
		default:
			u.label = nodeLabel(n)
		}
		for _, v := range from {
			if v != u && !slices.Contains(u.from, v) {
				u.from = append(u.from, v)
			}
		}
		f.unitOf[n] = u
		f.units = append(f.units, u)
		return u
	}
	visit(f.root)
}

// blockOf returns the first part of the layer's name, such as block1 of block1.conv1. A layer that
// is named after its kind and does not change the shape belongs to the block of its inputs.
func blockOf(l graph.Layer, from []*unit) string {
	if block, _, ok := strings.Cut(l.Name, "."); ok {
		return block
	}
	if !strings.HasPrefix(l.Name, l.Kind) {
		return ""
	}
	for _, u := range from {
		if len(u.layers) > 0 && u.block != "" && u.layers[0].Output.Eq(l.Output) {
			return u.block
		}
	}
	return ""
}

// findGradients assigns the backward nodes to the units. A backward operation of a layer reads the
// gradient with respect to the layer's output.
func (f *folder) findGradients() {
	all := f.builder.Graph().AllNodes()
	for _, n := range all {
		if d := n.Deriv(); d != nil && f.forward[n] {
			f.sources[d] = append(f.sources[d], n)
		}
	}
	for _, n := range all {
		if f.forward[n] || isLeaf(n) {
			continue
		}
		u := f.owner(n)
		for _, c := range children(n) {
			if f.forward[c] || isLeaf(c) {
				continue
			}
			if v := f.owner(c); v != nil && v != u && u != nil && slices.Contains(v.from, u) {
				v.flows[u] = true
			}
		}
		if u == nil {
			continue
		}
		for _, source := range f.sources[n] {
			if source.Op() == nil && source.Deriv() == n {
				u.gradients = append(u.gradients, source.Name())
			}
		}
	}
}

// owner returns the unit that a backward node belongs to.
func (f *folder) owner(n *gorgonia.Node) *unit {
	if u, ok := f.ownerOf[n]; ok {
		return u
	}
	f.ownerOf[n] = nil // the graph has no cycles; this is for a node that is met while it is visited
	f.ownerOf[n] = f.findOwner(n)
	return f.ownerOf[n]
}

func (f *folder) findOwner(n *gorgonia.Node) *unit {
	below := children(n)
	text := n.Op().String()
	if len(below) == 1 && below[0].Op() != nil && strings.HasPrefix(text, below[0].Op().String()+" output ") {
		return f.owner(below[0]) // another result of the same backward operation
	}
	read := map[*unit]bool{} // the units whose gradients n reads
	var list []*unit
	add := func(u *unit) {
		if u != nil && !read[u] {
			read[u] = true
			list = append(list, u)
		}
	}
	var visit func(n *gorgonia.Node)
	visit = func(n *gorgonia.Node) {
		for _, c := range children(n) {
			switch {
			case isLeaf(c): // a constant: the gradient of the loss is the number 1, which others read too
			case f.sources[c] != nil:
				add(f.unitOf[f.sourceFor(text, f.sources[c])])
			case !f.forward[c]:
				visit(c)
			}
		}
	}
	visit(n)
	switch {
	case len(list) == 1:
		return list[0]
	case len(list) == 0:
		return f.unitOf[f.root]
	case f.sources[n] != nil: // the sum of the gradients of several readers
		u := f.unitOf[f.sources[n][0]]
		if u != nil {
			u.added = len(list)
		}
		return u
	}
	return list[0]
}

// sourceFor chooses one of the nodes that have the same gradient: the one whose operation the
// backward operation is named after, or the last.
func (f *folder) sourceFor(backward string, sources []*gorgonia.Node) *gorgonia.Node {
	for _, s := range sources {
		if s.Op() != nil && strings.HasPrefix(backward, s.Op().String()+" backward") {
			return s
		}
	}
	return sources[len(sources)-1]
}

// merge joins each layer with the only unit that it reads, if nothing else reads that one.
func (f *folder) merge() {
	readers := map[*unit]int{}
	for _, u := range f.units {
		for _, v := range u.from {
			readers[v]++
		}
	}
	into := map[*unit]*unit{}
	var kept []*unit
	for _, u := range f.units {
		for i, v := range u.from {
			if into[v] != nil {
				u.from[i] = into[v]
				if u.flows[v] {
					delete(u.flows, v)
					u.flows[into[v]] = true
				}
			}
		}
		if len(u.from) != 1 || !f.joins(u.from[0], u) || readers[u.from[0]] != 1 {
			kept = append(kept, u)
			continue
		}
		head := u.from[0]
		head.layers = append(head.layers, u.layers...)
		head.added = max(head.added, u.added)
		head.gradients = append(slices.Clone(u.gradients), head.gradients...)
		if u.flows[head] && head.gradients == nil {
			head.gradients = []string{}
		}
		into[u] = head
		readers[head] = readers[u]
	}
	f.units = kept
}

// joins reports whether a layer can stand in one box with those above it.
func (f *folder) joins(head, u *unit) bool {
	if len(head.layers) == 0 || len(u.layers) == 0 || head.block != u.block {
		return false
	}
	kind := u.layers[0].Kind
	return kind != "conv" && kind != "dense" && head.layers[0].Kind != "param"
}

// draw adds the boxes.
func (f *folder) draw(d *Diagram) {
	boxOf := map[*unit]*box{}
	for _, u := range f.units {
		b := d.add(roleForward)
		boxOf[u] = b
		b.folded = &foldedBox{block: u.block, flows: map[*box]bool{}}
		b.lines = append(b.lines, u.names())
		switch {
		case u.input:
			b.role = roleInput
			b.lines = append(b.lines, shapeText(u.node.Shape()))
			b.folded.small = u.label == "labels"
			b.folded.rows = []foldedRow{{name: u.label, shape: tight(shapeText(u.node.Shape()))}}
		case len(u.layers) == 0:
			row := foldedRow{name: u.label}
			if u.loss {
				row.detail, b.folded.small = "cross-entropy", true
			} else {
				row.shape = tight(shapeText(u.node.Shape()))
			}
			b.folded.rows = []foldedRow{row}
		default:
			f.addLayers(b, u)
		}
		for _, v := range u.from {
			b.from = append(b.from, boxOf[v])
			if u.flows[v] {
				b.folded.flows[boxOf[v]] = true
				boxOf[v].folded.back = true
			}
		}
		b.folded.back = b.folded.back || u.gradients != nil || len(u.flows) > 0
		b.folded.gradients = u.gradients
		b.folded.added = u.added
		if len(u.gradients) > 0 {
			b.lines = append(b.lines, "∂ "+strings.Join(u.gradients, ", "))
		}
	}
}

// addLayers adds a row for each layer of a unit.
func (f *folder) addLayers(b *box, u *unit) {
	learned, frozen := 0, true
	var last graph.Layer
	for _, l := range u.layers {
		n, allFrozen := countLearned(l.Params)
		row := foldedRow{name: l.Name, detail: detail(l), shape: tight(perImage(l.Output))}
		if l.Kind == "param" {
			row.shape = tight(shapeText(l.Output))
		}
		if n > 0 {
			row.params = fmt.Sprint(n)
			if allFrozen {
				row.params += " frozen"
			}
			learned += n
			frozen = frozen && allFrozen
		}
		if row.fusedInto = f.fused[l.Name]; row.fusedInto != "" {
			row.detail += ", fused"
			if !slices.ContainsFunc(u.layers, func(other graph.Layer) bool { return other.Name == row.fusedInto }) {
				row.detail += " into " + b.folded.short(row.fusedInto)
			}
		}
		b.folded.rows = append(b.folded.rows, row)
		last = l
	}
	b.lines = append(b.lines, perImage(last.Output))
	if learned > 0 {
		b.role = roleParam
		text := fmt.Sprintf("%d parameters", learned)
		if frozen {
			b.role, text = roleFrozen, text+", frozen"
		}
		b.lines = append(b.lines, text)
	}
	for _, row := range b.folded.rows {
		if row.fusedInto != "" {
			b.lines = append(b.lines, row.name+" fused into "+row.fusedInto)
		}
	}
}

// tight returns a shape without spaces.
func tight(shape string) string { return strings.ReplaceAll(shape, " ", "") }

// names returns the names of a unit's layers: "conv1, bn1, relu1".
func (u *unit) names() string {
	if len(u.layers) == 0 {
		return u.label
	}
	var names []string
	for _, l := range u.layers {
		names = append(names, l.Name)
	}
	return strings.Join(names, ", ")
}

// detail describes what a layer computes: "conv 3×3, stride 2".
func detail(l graph.Layer) string {
	text := l.Kind
	w := l.Attributes
	if w.Kernel == [2]int{} {
		return text
	}
	text += fmt.Sprintf(" %d×%d", w.Kernel[0], w.Kernel[1])
	usual := [2]int{1, 1}
	if l.Kind != "conv" {
		usual = w.Kernel
	}
	if w.Stride != usual {
		text += fmt.Sprintf(", stride %s", pair(w.Stride))
	}
	if w.Dilation != [2]int{1, 1} {
		text += fmt.Sprintf(", dilation %s", pair(w.Dilation))
	}
	if w.Groups > 1 {
		text += fmt.Sprintf(", %d groups", w.Groups)
	}
	return text
}

// pair writes a height and a width, or one number if they are equal.
func pair(p [2]int) string {
	if p[0] == p[1] {
		return fmt.Sprint(p[0])
	}
	return fmt.Sprintf("%d×%d", p[0], p[1])
}
