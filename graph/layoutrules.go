package graph

import (
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A layoutRule says how the layout of an op follows from those of its inputs.
type layoutRule int

const (
	keepLayout layoutRule = iota // elementwise, or a reduction
	imageOut                     // convolution, pooling: images to images; further inputs are the layer's parameters
	rowsOut                      // dense: rows to rows; further inputs are the layer's parameters
	meanOut                      // global pooling: images to rows
	flattenOut                   // images to rows, row by row
	concatOut                    // concatenation along the last axis
	customOut                    // an Op of the author, whose arithmetic is unknown
)

// ownLayout returns the layout of an operation of this package.
func (b *Builder) ownLayout(n *gorgonia.Node, o *op, in []*gorgonia.Node) layout {
	switch o.layout {
	case imageOut:
		return b.imageOutLayout(n, in)
	case rowsOut:
		b.rowsOutLayout(in)
		return layout{kind: sameLayout}
	case meanOut, flattenOut:
		l, s := b.layoutOf(in[0]), in[0].Shape()
		switch {
		case l.kind == freeLayout:
			b.follows(in, layout{kind: imageLayout})
		case l.kind == unknownLayout:
			return l
		case l.kind == sameLayout && !l.isImage(s):
			if o.layout == meanOut {
				return b.unknown(n)
			}
			return l
		}
		if o.layout == meanOut {
			return layout{kind: sameLayout}
		}
		return flattened(imageShape(s))
	case concatOut:
		return b.concatLayout(n, in, n.Dims()-1)
	case customOut:
		return b.customLayout(n, in)
	}
	return b.keptLayout(n, in)
}

// imageOutLayout is the rule of convolution and pooling. The parameters of a convolution over
// images that are none in PyTorch are doubtful.
func (b *Builder) imageOutLayout(n *gorgonia.Node, in []*gorgonia.Node) layout {
	l := b.layoutOf(in[0])
	switch {
	case l.kind == freeLayout:
		b.follows(in[:1], layout{kind: imageLayout})
	case l.kind == evenLayout || l.isImage(in[0].Shape()):
	default:
		if l.kind != unknownLayout {
			l = b.unknown(in[0])
		}
		if len(in) == 1 {
			return l
		}
		b.follows(in[1:], l)
	}
	return layout{kind: imageLayout}
}

// rowsOutLayout is the rule of dense layers. denseOrder has the order of their parameters.
func (b *Builder) rowsOutLayout(in []*gorgonia.Node) {
	switch l := b.layoutOf(in[0]); l.kind {
	case freeLayout:
		b.follows(in[:1], layout{})
	case unknownLayout:
		b.follows(in[1:2], l)
	}
}

// concatLayout is the rule of a concatenation along an axis.
func (b *Builder) concatLayout(n *gorgonia.Node, in []*gorgonia.Node, axis int) layout {
	if n.Dims() != 2 || axis != 1 {
		return b.meet(n, in)
	}
	var images []hwc
	for _, x := range in {
		switch l := b.layoutOf(x); {
		case l.kind == flatLayout:
			images = append(images, l.flat...)
			continue
		case l.kind == unknownLayout:
			return l
		case l.kind == freeLayout:
			b.follows([]*gorgonia.Node{x}, layout{})
		}
		images = append(images, hwc{1, 1, x.Shape()[1]})
	}
	return flattened(images...)
}

// keptLayout is the rule of elementwise operations and reductions.
func (b *Builder) keptLayout(n *gorgonia.Node, in []*gorgonia.Node) layout {
	s := n.Shape()
	for _, x := range in {
		if b.layoutOf(x).kind != freeLayout && !broadcasts(x.Shape(), s) {
			return b.reducedLayout(n, in)
		}
	}
	return b.meet(n, in)
}

// broadcasts reports whether a value of shape s can be repeated to shape to. A value with fewer
// axes has a factor for each channel.
func broadcasts(s, to tensor.Shape) bool {
	if s.TotalSize() <= 1 {
		return true
	}
	if s.Dims() != to.Dims() {
		return s.Dims() < 3 && s.Dims() < to.Dims() && s[s.Dims()-1] == to[to.Dims()-1]
	}
	for i := range s {
		if s[i] != to[i] && s[i] != 1 {
			return false
		}
	}
	return true
}

// reducedLayout is the rule of reductions, such as a mean over axes.
func (b *Builder) reducedLayout(n *gorgonia.Node, in []*gorgonia.Node) layout {
	s := n.Shape()
	l := b.meet(in[0], in)
	switch from := in[0].Shape(); {
	case l.kind == freeLayout:
		return l
	case l.kind == unknownLayout || l.isSame(from):
		return l
	case s.TotalSize() <= 1 || s.Dims() == 1 || s.Dims() == 2 && s[1] == 1:
		return layout{kind: sameLayout}
	case l.kind == imageLayout && s.Dims() == 4:
		return l
	case l.kind == imageLayout && from.Dims() == 4 && s.Dims() == 3 && s[1] == from[1] && s[2] == from[2] && from[2] != from[3]:
		return layout{kind: sameLayout} // over the channels
	case l.kind == imageLayout && from.Dims() == 4 && s.Dims() == 2 && s[1] != imageShape(from).size():
		return layout{kind: sameLayout}
	}
	return b.unknown(n)
}

// customLayout is the rule of an Op, unless it is elementwise. Its author translates it to
// PyTorch for whole images and for rows that are the same there, but an Op on rows of
// flattened images sees their units in another order.
func (b *Builder) customLayout(n *gorgonia.Node, in []*gorgonia.Node) layout {
	image := false
	for _, x := range in {
		switch l := b.layoutOf(x); {
		case l.kind == freeLayout:
		case l.kind == imageLayout:
			image = true
		case !l.isSame(x.Shape()):
			l = b.unknown(n)
			b.follows(in, l)
			return l
		}
	}
	if !image {
		b.follows(in, layout{})
		return layout{kind: sameLayout}
	}
	for _, x := range in {
		if l := b.layoutOf(x); l.kind == freeLayout && x.Dims() > 2 {
			b.follows([]*gorgonia.Node{x}, b.unknown(n))
		}
	}
	if n.Dims() == 4 {
		return layout{kind: imageLayout}
	}
	fixed := slices.DeleteFunc(slices.Clone(in), func(x *gorgonia.Node) bool { return b.layoutOf(x).kind != imageLayout })
	return b.reducedLayout(n, fixed)
}
