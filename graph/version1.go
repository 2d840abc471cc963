package graph

import (
	"slices"

	"gorgonia.org/gorgonia"
)

// Version1 returns the parameter with the portable order that model files of version 1 have,
// which differs where a dense layer or a batch normalization reads flattened images through a
// concatenation, a reshape or a custom parameter, and for custom parameters of images or of
// flattened images. The result is p itself if the two orders are equal, and otherwise shares the
// values of p.
func (p *Param) Version1() *Param {
	if p.version1.equal(p.order) {
		return p
	}
	old := *p
	old.order = p.version1
	return &old
}

// setVersion1 sets the order that version 1 gives a parameter whose axis 0 belongs to the units
// of x, as the weight of a dense layer does.
func (b *Builder) setVersion1(p *Param, x *gorgonia.Node) {
	order := p.order
	order.flat = nil
	if s, ok := b.version1Flattened(x); ok {
		order.flat = flattened(s).flat
	}
	if !p.version1.equal(order) { // other goroutines may read the parameter
		p.version1 = order
	}
}

// version1Flattened returns the shape of the image whose entries x holds in the order of
// Flatten, by the rule of version 1: operations that keep the shape keep the order.
func (b *Builder) version1Flattened(x *gorgonia.Node) (s hwc, ok bool) {
	if s, ok := b.flattenedFrom[x]; ok {
		return s, true
	}
	for _, child := range inputsOf(x) {
		if child.IsScalar() || child.Dims() == 1 && b.paramNodes[child.Name()] == child {
			continue // a scalar, or a parameter that scales or shifts each entry
		}
		childShape, childOK := b.version1Flattened(child)
		if !childOK || !child.Shape().Eq(x.Shape()) || ok && childShape != s {
			return hwc{}, false
		}
		s, ok = childShape, true
	}
	return s, ok
}

// equal reports whether two orders are the same.
func (o axisOrder) equal(p axisOrder) bool {
	return slices.Equal(o.native, p.native) && slices.Equal(o.perm, p.perm) && slices.Equal(o.flat, p.flat) &&
		(o.flat == nil || o.flatAxis == p.flatAxis)
}
