package graph

import (
	"fmt"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// stockLayout returns the layout of an operation of gorgonia. Its operations have no exported
// types, so they are told apart by the names of their types and by their String.
func (b *Builder) stockLayout(n *gorgonia.Node, o gorgonia.Op, in []*gorgonia.Node) layout {
	if len(in) == 0 {
		return layout{kind: evenLayout} // a constant or random numbers
	}
	kind := fmt.Sprintf("%T", o)
	kind = kind[strings.LastIndexByte(kind, '.')+1:]
	text := fmt.Sprint(o)
	switch kind {
	case "elemUnaryOp", "elemBinOp", "softmaxOp":
		return b.meet(n, in)
	case "repeatOp":
		return b.repeatLayout(n, in[0])
	case "reshapeOp":
		return b.reshapeLayout(n, in[0])
	case "sizeOp", "atOp":
		return layout{kind: evenLayout}
	case "sumOp", "maxOp":
		if l := b.layoutOf(in[0]); n.Dims() == 3 && l.kind == imageLayout && strings.HasSuffix(text, "[3]") {
			return layout{kind: sameLayout} // over the channels: batch, height, width
		}
		return b.reducedLayout(n, in[:1])
	case "concatOp":
		axis := -1
		fmt.Sscanf(text, "Concat(axis=%d)", &axis)
		return b.concatLayout(n, in, axis)
	case "linAlgBinOp":
		return b.productLayout(n, text, in)
	case "transposeOp":
		l := b.layoutOf(in[0])
		switch {
		case l.kind == imageLayout && text == "Aᵀ{0, 3, 1, 2}":
			return layout{kind: sameLayout} // to PyTorch's order
		case l.kind == sameLayout && text == "Aᵀ{0, 2, 3, 1}":
			return layout{kind: imageLayout}
		}
	}
	for _, x := range in {
		if l := b.layoutOf(x); l.kind != freeLayout && !l.isSame(x.Shape()) {
			if l.kind != unknownLayout {
				l = b.unknown(n)
			}
			b.follows(in, l)
			return l
		}
	}
	b.follows(in, layout{})
	return layout{kind: sameLayout}
}

// repeatLayout is the rule of a repetition along an axis, which broadcasting consists of.
func (b *Builder) repeatLayout(n, x *gorgonia.Node) layout {
	l, from, to := b.layoutOf(x), x.Shape(), n.Shape()
	last := to.Dims() - 1
	switch {
	case l.kind == freeLayout || l.kind == unknownLayout:
		return l
	case from.Dims() != to.Dims():
	case l.isImage(from):
		return layout{kind: imageLayout}
	case to.Dims() == 2 && from[last] == 1 && to[last] > 1:
		return layout{kind: evenLayout}
	case l.kind == sameLayout || from[last] == to[last]:
		return l
	}
	return b.unknown(n)
}

// reshapeLayout is the rule of a reshape.
func (b *Builder) reshapeLayout(n, x *gorgonia.Node) layout {
	l, from, to := b.layoutOf(x), x.Shape(), n.Shape()
	rows := to.Dims() == 2 && from.Dims() > 0 && to[0] == from[0]
	switch {
	case sameAxes(from, to) && (l.kind == freeLayout || l.kind == unknownLayout || l.kind == evenLayout || from.Dims() == to.Dims()):
		return l
	case l.kind == freeLayout:
		b.follows([]*gorgonia.Node{x}, b.unknown(n))
		return b.unknown(n)
	case l.kind == imageLayout && from.Dims() == 4 && rows:
		return flattened(imageShape(from))
	case l.kind == flatLayout && to.Dims() == 4 && to[0] == from[0] && len(l.flat) == 1 && l.flat[0] == imageShape(to):
		return layout{kind: imageLayout}
	case l.isSame(from):
		return layout{kind: sameLayout}
	case l.kind == unknownLayout:
		return l
	}
	return b.unknown(n)
}

// sameAxes reports whether two shapes differ in axes of size 1 only.
func sameAxes(s, to tensor.Shape) bool {
	i := 0
	for _, d := range to {
		for i < len(s) && s[i] == 1 && d != 1 {
			i++
		}
		switch {
		case i < len(s) && s[i] == d:
			i++
		case d != 1:
			return false
		}
	}
	for ; i < len(s); i++ {
		if s[i] != 1 {
			return false
		}
	}
	return true
}

// productLayout is the rule of a product of rows with a matrix or a vector, such as a dense
// layer from a custom parameter. The parameter's first axis follows the units of the rows.
func (b *Builder) productLayout(n *gorgonia.Node, text string, in []*gorgonia.Node) layout {
	l, w := b.layoutOf(in[0]), b.layoutOf(in[1])
	if l.kind == flatLayout && w.kind == freeLayout && len(w.params) == 1 && !strings.Contains(text, "ᵀ") {
		p := w.params[0]
		if s := p.value.Shape(); s.Eq(in[1].Shape()) {
			order := sameOrder(s)
			order.flatAxis, order.flat = 0, l.flat
			b.setOrder(p, order)
			return layout{kind: sameLayout}
		}
	}
	if l.kind != freeLayout && !l.isSame(in[0].Shape()) || w.kind != freeLayout && !w.isSame(in[1].Shape()) {
		u := b.unknown(n)
		b.follows(in, u)
		return u
	}
	b.follows(in, layout{})
	return layout{kind: sameLayout}
}
