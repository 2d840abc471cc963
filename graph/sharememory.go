package graph

import (
	"cmp"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
	"inkstone/internal/hugepages"
)

// shareMemory lets gradients share memory. A gradient with respect to the output of a layer is in use
// from the operation that writes it to the last one that reads it, a small part of a step. Gradients
// that are not in use at the same time lie in the same buffer, which then stays in the cache. The
// gradients with respect to the parameters, which the caller reads, keep memory of their own,
// and with [Config.KeepValues] all do.
func shareMemory(c *compilation) error {
	order, err := evaluationOrder(c.evaluated)
	if err != nil {
		return err
	}
	var shared []lifetime
	for _, l := range lifetimes(order, c.results()) {
		if l.kept || c.cfg.KeepValues {
			hugepages.AdviseTensor(l.op.out.(*tensor.Dense))
		} else {
			shared = append(shared, l)
		}
	}
	if c.builder.params.dtype == tensor.Float64 {
		assignBuffers[float64](shared)
	} else {
		assignBuffers[float32](shared)
	}
	return nil
}

// A lifetime is the part of a run in which a gradient is in use.
type lifetime struct {
	op          *op // whose output the gradient is
	first, last int // the positions of the operation that writes it and of the last one that reads it
	kept        bool
}

// lifetimes returns the lifetimes of the gradients that are written in a run in the given order, and that
// can be moved, in the order of their first positions. A gradient is kept if it is one of the
// results, if nothing reads it, or if an operation of gorgonia reads it, which may return it.
//
// Of gorgonia's operations only the sum of the gradients of a value with several readers
// is known: its machine may store the sum in the memory of either operand, so the operands are in
// use until the sum no longer is.
func lifetimes(order, results gorgonia.Nodes) []lifetime {
	last, kept, position := map[*gorgonia.Node]int{}, map[*gorgonia.Node]bool{}, map[*op]int{}
	for _, n := range results {
		kept[n] = true
	}
	for i, n := range slices.Backward(order) {
		_, read := last[n]
		kept[n] = kept[n] || !read
		o, own := n.Op().(*op)
		sum := !own && isTensorSum(n)
		if own {
			position[o] = i
		}
		for _, in := range inputsOf(n) {
			last[in] = max(last[in], i)
			if sum {
				last[in] = max(last[in], last[n])
			}
			kept[in] = kept[in] || !own && !(sum && !kept[n])
		}
	}
	var list []lifetime
	for _, n := range order {
		if o, own := n.Op().(*op); own && o.bind != nil && !o.unwritten {
			list = append(list, lifetime{o, position[o.writer()], last[n], kept[n]})
		}
	}
	slices.SortStableFunc(list, func(a, b lifetime) int { return cmp.Compare(a.first, b.first) })
	return list
}

// writer returns the operation that writes the output of o.
func (o *op) writer() *op {
	for o.computedBy != nil {
		o = o.computedBy
	}
	return o
}

// assignBuffers binds the operations of the lifetimes, which are in the order of their first positions,
// to as few and as small buffers as a greedy search finds.
func assignBuffers[T kernel.Float](list []lifetime) {
	type buffer struct{ size, last int } // elements, and the last position of the gradient in it
	var buffers []buffer
	assigned := make([]int, len(list))
	for i, l := range list {
		size := l.op.shape.TotalSize()
		// better reports whether a buffer suits better than the one chosen so far: the smallest
		// that is large enough, else the largest, which grows.
		better := func(a, b int) bool {
			if (a >= size) != (b >= size) {
				return a >= size
			}
			return (a < b) == (a >= size) && a != b
		}
		chosen := -1
		for j, b := range buffers {
			if b.last < l.first && (chosen < 0 || better(b.size, buffers[chosen].size)) {
				chosen = j
			}
		}
		if chosen < 0 {
			chosen = len(buffers)
			buffers = append(buffers, buffer{})
		}
		buffers[chosen] = buffer{max(size, buffers[chosen].size), l.last}
		assigned[i] = chosen
	}
	memory := make([][]T, len(buffers))
	for i, b := range buffers {
		_, memory[i] = newBuffer[T](b.size)
	}
	for i, l := range list {
		d := tensor.New(tensor.WithShape(l.op.shape...), tensor.WithBacking(memory[assigned[i]][:l.op.shape.TotalSize()]))
		l.op.out = d
		l.op.bind(d)
	}
}
