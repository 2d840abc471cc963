package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Layouts
//
// Files hold parameters in PyTorch's axis order, so that a PyTorch module with the same layers
// computes the same from them. PyTorch's images are batch, channels, height, width. So the
// units of a flattened image, and the parameters that belong to them, have another order there.
// The layout of a node says how its value relates to the value in that module. layoutOf
// derives it from the layouts of the inputs: layoutrules.go has the rules for the operations
// of this package, layoutstock.go those for gorgonia's.

// hwc is the shape of an image: height, width, channels.
type hwc [3]int

func (s hwc) size() int { return s[0] * s[1] * s[2] }

// isTrivial reports whether height, width, channels and channels, height, width are the same
// order.
func (s hwc) isTrivial() bool { return s[0]*s[1] == 1 || s[2] == 1 }

// A layoutKind says how a value relates to that of a PyTorch module with the same layers.
type layoutKind int

const (
	sameLayout    layoutKind = iota // the elements and their order are the same
	imageLayout                     // batch, height, width, channels here, batch, channels, height, width there
	flatLayout                      // rows of flattened images, one image after another
	evenLayout                      // all units of a row are equal, so their order does not matter
	freeLayout                      // computed from parameters alone, which follow what they are combined with
	unknownLayout                   // no rule says
)

// layout is the layout of a node.
type layout struct {
	kind   layoutKind
	flat   []hwc    // flatLayout: the images whose entries make up the last axis
	params []*Param // freeLayout: the parameters
	reason string   // unknownLayout: where it comes from
}

// layoutOf returns the layout of n. It notes what the layout means for the parameters that n is
// computed from.
func (b *Builder) layoutOf(n *gorgonia.Node) layout {
	if l, ok := b.layouts[n]; ok {
		return l
	}
	in := inputsOf(n)
	var l layout
	switch o := n.Op().(type) {
	case nil:
		l = b.leafLayout(n)
	case *op:
		l = b.ownLayout(n, o, in)
	default:
		l = b.stockLayout(n, o, in)
	}
	b.layouts[n] = l
	return l
}

// inputsOf returns the inputs of n in the order of its operation.
func inputsOf(n *gorgonia.Node) (list gorgonia.Nodes) {
	for it := n.Graph().From(n.ID()); it.Next(); {
		list = append(list, it.Node().(*gorgonia.Node))
	}
	return list
}

// leafLayout returns the layout of an input, a parameter or a constant.
func (b *Builder) leafLayout(n *gorgonia.Node) layout {
	switch {
	case n.Shape().TotalSize() <= 1:
		return layout{kind: evenLayout}
	case b.paramNodes[n.Name()] == n:
		return layout{kind: freeLayout, params: []*Param{b.params.Get(n.Name())}}
	case n.Dims() == 4:
		return layout{kind: imageLayout}
	}
	if d, ok := n.Value().(*tensor.Dense); ok && !b.noGrad[n] && isUniform(d) {
		return layout{kind: evenLayout}
	}
	return layout{kind: sameLayout}
}

// isUniform reports whether all elements of d are equal.
func isUniform(d *tensor.Dense) bool {
	switch v := d.Data().(type) {
	case []float32:
		return !slices.ContainsFunc(v, func(x float32) bool { return x != v[0] })
	case []float64:
		return !slices.ContainsFunc(v, func(x float64) bool { return x != v[0] })
	}
	return false
}

// imageShape returns the height, width and channels of a shape with four axes.
func imageShape(s tensor.Shape) hwc { return hwc{s[1], s[2], s[3]} }

// isImage reports whether a value with layout l is an image in the module too.
func (l layout) isImage(s tensor.Shape) bool {
	return s.Dims() == 4 && (l.kind == imageLayout || l.kind == sameLayout && imageShape(s).isTrivial())
}

// isSame reports whether the elements of a value and their order are the same in the module.
func (l layout) isSame(s tensor.Shape) bool {
	switch l.kind {
	case sameLayout, evenLayout:
		return true
	case imageLayout:
		return s.Dims() == 4 && imageShape(s).isTrivial()
	}
	return false
}

// flattened returns the layout of rows of these flattened images.
func flattened(images ...hwc) layout {
	if !slices.ContainsFunc(images, func(s hwc) bool { return !s.isTrivial() }) {
		return layout{kind: sameLayout}
	}
	return layout{kind: flatLayout, flat: images}
}

// unknown returns a layout that no rule derives, for node n.
func (b *Builder) unknown(n *gorgonia.Node) layout {
	return layout{kind: unknownLayout, reason: b.nodeSite(n)}
}

// nodeSite names a node by its layer, or by its operation and the layer before it.
func (b *Builder) nodeSite(n *gorgonia.Node) string {
	for _, l := range b.layers {
		if l.Node == n {
			return fmt.Sprintf("%s %q", l.Kind, l.Name)
		}
	}
	if n.Op() == nil {
		return n.Name()
	}
	name := fmt.Sprintf("gorgonia's %v", n.Op())
	if o, ok := n.Op().(*op); ok {
		name = o.name
	}
	for _, in := range inputsOf(n) {
		if in.Op() != nil || b.paramNodes[in.Name()] != in {
			return name + " after " + b.nodeSite(in)
		}
	}
	return name
}

// meet returns the layout of an elementwise combination n of the inputs, with broadcasting.
// Parameters among them get the order of the others.
func (b *Builder) meet(n *gorgonia.Node, in []*gorgonia.Node) layout {
	s := n.Shape()
	met := layout{kind: evenLayout}
	var free []*Param
	for _, x := range in {
		l := b.layoutOf(x)
		// A factor of each row, or of each channel of an image, suits any order.
		factor := x.Dims() == 2 && s.Dims() == 2 && x.Shape()[1] == 1 && s[1] > 1 || x.Dims() < 3 && s.Dims() == 4
		switch {
		case l.kind == freeLayout:
			free = append(free, l.params...)
		case met.kind == unknownLayout || l.kind == evenLayout || factor && l.kind == sameLayout:
		case l.kind == unknownLayout || met.kind == evenLayout:
			met = l
			if l.isImage(x.Shape()) {
				met.kind = imageLayout // x may be repeated to a size at which the orders differ
			}
		case l.isImage(x.Shape()) && met.isImage(s):
			met = layout{kind: imageLayout}
		case l.kind != met.kind || !slices.Equal(l.flat, met.flat):
			met = b.unknown(n)
		}
	}
	if met.kind == evenLayout && free != nil {
		return layout{kind: freeLayout, params: free}
	}
	for _, p := range free {
		b.follow(p, met)
	}
	return met
}

// follow notes that a parameter is combined, along its last axes, with a value of layout l.
func (b *Builder) follow(p *Param, l layout) {
	s := p.value.Shape()
	order := sameOrder(s)
	last := s[len(s)-1]
	switch {
	case l.kind == unknownLayout:
		b.doubt(p, l.reason)
		return
	case l.kind == imageLayout && len(s) == 4:
		order.perm = []int{0, 3, 1, 2}
	case l.kind == imageLayout && len(s) == 3:
		order.perm = []int{2, 0, 1}
	case l.kind == flatLayout && last > 1:
		order.flatAxis, order.flat = len(s)-1, l.flat
	}
	b.setOrder(p, order)
}

// setOrder notes the order of a parameter, which must be the same wherever it is used.
func (b *Builder) setOrder(p *Param, order axisOrder) {
	if !order.fits() {
		b.doubt(p, "a use with other units than it has")
		return
	}
	if earlier, ok := b.paramOrders[p]; ok && !earlier.equal(order) {
		b.doubt(p, "uses with units of different orders")
		return
	}
	b.paramOrders[p] = order
}

// doubt notes why the portable order of a parameter may not be PyTorch's. The first reason
// counts.
func (b *Builder) doubt(p *Param, reason string) {
	if b.doubts[p] == "" {
		b.doubts[p] = reason
	}
}

// follows reports to the parameters among the nodes that they are combined with layout l.
func (b *Builder) follows(in []*gorgonia.Node, l layout) {
	for _, x := range in {
		for _, p := range b.layoutOf(x).params {
			b.follow(p, l)
		}
	}
}

// inferOrders sets the portable order of the parameters that are combined with other values,
// and notes the parameters whose order is unknown.
func inferOrders(c *compilation) error {
	b := c.builder
	l := b.layoutOf(c.logits)
	for _, p := range l.params {
		b.follow(p, layout{})
	}
	for p, order := range b.paramOrders {
		if !p.order.equal(order) {
			p.order = order
		}
	}
	for name := range b.paramNodes {
		p := b.params.Get(name)
		if reason := b.doubts[p]; reason != p.doubt {
			p.doubt = reason
		}
	}
	doubt := ""
	switch {
	case l.kind == flatLayout:
		doubt = fmt.Sprintf("the logits are flattened images (%s), whose order is another one in PyTorch", b.nodeSite(c.logits))
	case l.kind == unknownLayout:
		doubt = "the order of the logits in PyTorch is unknown after " + l.reason
	}
	if b.params.logitsDoubt != doubt {
		b.params.logitsDoubt = doubt
	}
	return nil
}
