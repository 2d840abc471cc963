package graph

import (
	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// link is the layer of an operation that can be computed together with the one before
// it.
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

// fuse lets convolutions compute the ReLU and the max-pooling that follow them in the
// same pass over memory, and dense layers, batch normalisations and sums the ReLU. The
// graph stays as it is: the
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

// reluHead is the layer of an operation that can compute the ReLU behind it, and nothing
// else.
type reluHead[T kernel.Float] struct {
	op *op
	y  []T // the output of op itself
	// forward computes the output y, with or without ReLU.
	forward func(in []gorgonia.Value, y []T, relu bool) error
	// backward computes the derivatives from dy, behind a ReLU that has put out y, or
	// behind none if y is nil. It is nil if it cannot be fused, and reads no input that the
	// operation's own backward operation, which comes later, does not read.
	backward func(dy, y []T) error
}

// attach makes h the layer of its operation.
func (h *reluHead[T]) attach() {
	h.op.layer = h
	h.op.run = func(in []gorgonia.Value) error { return h.forward(in, h.y, false) }
}

// fuse implements head.
func (h *reluHead[T]) fuse(links []link, _ bool) (func(tail []*op), error) {
	if len(links) != 1 || !links[0].relu || h.op.back != nil && h.backward == nil {
		return nil, nil
	}
	return func(tail []*op) {
		out := tail[0].out
		takeOver(h.op, tail, func(in []gorgonia.Value) error {
			y, err := data[T](out)
			if err != nil {
				return err
			}
			return h.forward(in, y, true)
		}, func(in []gorgonia.Value) error {
			var y, dy []T
			if err := datas(in, &y, &dy); err != nil {
				return err
			}
			return h.backward(dy, y)
		})
		h.y = nil // is not written any more
	}, nil
}
