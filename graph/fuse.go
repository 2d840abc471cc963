package graph

import (
	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// link is the layer of an operation that can be computed together with the
// convolution or the dense layer before it.
type link struct {
	relu bool
	pool *kernel.Window // a max-pooling, or nil
}

// head is the layer of an operation that can compute the links behind it.
type head interface {
	// fuse returns a function that computes the operations of tail, whose links
	// these are, together with its own, or nil if it cannot or, without links, has no
	// use for it. winograd allows Winograd's algorithm.
	fuse(links []link, winograd bool) (func(tail []*op), error)
}

// fuse lets convolutions and dense layers compute the ReLU and the max-pooling that
// follow them in the same pass over memory. The graph stays as it is: the
// operations that were taken over hand on what the first one has computed. What lies
// between two of them is then never written, and the backward pass starts from the
// derivative behind the last, most of which is zero.
//
// An operation is taken over only if the next one is all that reads it.
func (b *Builder) fuse(winograd bool) error {
	for _, l := range b.layers {
		first, ok := l.Node.Op().(*op)
		if !ok {
			continue
		}
		h, ok := first.layer.(head)
		if !ok {
			continue
		}
		tail, links := b.tail(l.Node, first)
		for n := len(tail); n >= 0; n-- {
			take, err := h.fuse(links[:n], winograd)
			if err != nil {
				return err
			}
			if take != nil {
				take(tail[:n])
				break
			}
		}
	}
	return nil
}

// tail follows the operations behind n that each are all that reads the one before.
func (b *Builder) tail(n *gorgonia.Node, o *op) (tail []*op, links []link) {
	differentiated := o.back != nil
	for !b.kept[n] {
		n, o = b.reader(n, o)
		if o == nil || (o.back != nil) != differentiated {
			return tail, links
		}
		l, ok := o.layer.(link)
		if !ok {
			return tail, links
		}
		tail, links = append(tail, o), append(links, l)
	}
	return tail, links
}

// reader returns the one node that reads n, besides n's own backward operation; a
// nil operation if there is none or more than one.
func (b *Builder) reader(n *gorgonia.Node, o *op) (reader *gorgonia.Node, by *op) {
	seen := map[int64]bool{}
	for it := b.graph.To(n.ID()); it.Next(); {
		r := it.Node().(*gorgonia.Node)
		if seen[r.ID()] || r.Op() == gorgonia.Op(o.back) {
			continue
		}
		seen[r.ID()] = true
		reader = r
	}
	if len(seen) != 1 {
		return nil, nil
	}
	by, _ = reader.Op().(*op)
	return reader, by
}

// takeOver makes run compute the outputs of first and tail, and back their
// derivatives, given those of the last of them.
func takeOver(first *op, tail []*op, run func(in []gorgonia.Value) error, back func(in []gorgonia.Value) error) {
	first.run = run
	last := tail[len(tail)-1]
	for _, o := range tail {
		o.idle = true
	}
	if last.back == nil {
		return
	}
	first.back.idle = true
	for _, o := range tail {
		o.back.idle = o != last
	}
	last.back.run = back
}
