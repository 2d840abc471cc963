package graph

// Fusion
//
// The graph that an author declares has a node for each layer. The pass "fuse" lets one
// operation, the head, compute the operations that follow it in the same pass over memory.
// An operation can have two roles, which its op declares:
//
//	op.head      it can compute operations that follow it: a convolution can compute a
//	             ReLU, a max-pooling, or both in either order, and in training a
//	             max-pooling, a batch normalization and a ReLU in this order, of which
//	             the first and the last may be missing; a dense layer, a batch
//	             normalization and a sum can compute a ReLU. Any of them can also
//	             write its result as the output of a flatten at the end.
//	op.follower  a head can compute it: ReLU, max-pooling, a batch normalization by the
//	             statistics of the batch, and flatten
//
// A chain is a head and the followers after it, where each operation is the only reader of
// the output of the one before (backward operations aside), no session asks for an output
// between two of them, and either all of them have a backward operation or none has. The
// pass offers each head its longest chain, then shorter ones, until the head accepts.
//
// The graph keeps all of its nodes. An operation that another one computes is idle: its Do
// returns its output buffer at once. Take training of
//
//	conv1 -> relu1 -> maxpool1
//
// The virtual machine runs the six operations in the order of this table, which says what
// each writes:
//
//	operation           alone                                 fused
//	conv1               output of conv1                       output of maxpool1
//	relu1               output of relu1                       idle; nothing writes the output of relu1
//	maxpool1            output of maxpool1                    idle; conv1 has written the output
//	maxpool1 backward   gradient w.r.t. output of relu1       gradients w.r.t. input, weight and bias of conv1
//	relu1 backward      gradient w.r.t. output of conv1       idle; nothing writes the gradient
//	conv1 backward      gradients w.r.t. input, weight, bias  idle; maxpool1 backward has written them
//
// So nothing writes the outputs of conv1 and relu1 (and [Training.NonFinite] does not see
// them), and the backward pass of the chain starts at its last operation. That saves work:
// max-pooling and ReLU set most entries of the gradient with respect to the output of conv1
// to zero, and the fused kernel skips these.
//
// Three properties make this correct. Operations own their outputs, and the pass that lets
// gradients share memory knows which operation writes each. The machine runs an operation
// after all of its inputs, so conv1 runs before maxpool1 and its readers. And it keeps the
// input and the weight of conv1 until conv1 backward, which reads them, is done, although
// maxpool1 backward uses them earlier.
//
// A sum, a dense layer, or a batch normalization with its ReLU gives the same bits fused and
// unfused. A convolution may use Winograd's algorithm when fused, and sums the statistics of
// a batch normalization by images, which rounds differently; see [Config.Direct].
// [Config.KeepValues] turns fusion off.

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// follower says what a head must compute to replace an operation. One field is set.
type follower struct {
	relu    bool
	maxPool *kernel.Window
	norm    any  // *batchStatistics[T] of a batch normalization by the statistics of the batch
	flatten bool // nothing: the values stay. It is the last operation of a chain.
}

// followersOf returns what a head must compute to replace the operations of a chain, without a
// flatten.
func followersOf(chain []*op) (list []follower) {
	for _, o := range chain {
		if !o.follower.flatten {
			list = append(list, *o.follower)
		}
	}
	return list
}

// isReLU reports whether the chain is a single ReLU.
func isReLU(chain []follower) bool { return len(chain) == 1 && chain[0].relu }

// A fusionHead is an operation that can compute the operations that follow it.
type fusionHead interface {
	// absorb makes the head compute the operations of the chain and reports whether it
	// can. An empty chain lets the head choose a faster algorithm for itself. winograd
	// allows Winograd's algorithm.
	absorb(chain []*op, winograd bool) (bool, error)
}

// fuse fuses each head with the longest chain of followers that it accepts.
func fuse(c *compilation) error {
	if c.cfg.KeepValues {
		return nil
	}
	for _, l := range c.builder.layers {
		o, ok := l.Node.Op().(*op)
		if !ok || o.head == nil || o.idle {
			continue // no head, or an earlier head computes it
		}
		chain := c.builder.followers(l.Node, o)
		for n := len(chain); n >= 0; n-- {
			done, err := o.head.absorb(chain[:n], !c.cfg.Direct)
			if err != nil {
				return fmt.Errorf("%s %q: %w", l.Kind, l.Name, err)
			}
			if done {
				break
			}
		}
	}
	return nil
}

// followers returns the longest chain of followers of n, whose operation is o.
func (b *Builder) followers(n *gorgonia.Node, o *op) (chain []*op) {
	differentiated := o.backward != nil
	for !b.requested[n] {
		n, o = b.onlyReader(n, o)
		if o == nil || o.follower == nil || (o.backward != nil) != differentiated {
			break
		}
		chain = append(chain, o)
		if o.follower.flatten {
			break
		}
	}
	return chain
}

// onlyReader returns the node, and its operation, that alone reads the output of n, whose
// operation is o. It does not count backward operations: that of o, and that of the reader. The
// operation is nil if there is no reader, more than one, or one that is not an op.
func (b *Builder) onlyReader(n *gorgonia.Node, o *op) (*gorgonia.Node, *op) {
	var readers []*gorgonia.Node
	for it := b.graph.To(n.ID()); it.Next(); {
		r := it.Node().(*gorgonia.Node)
		if r.Op() != gorgonia.Op(o.backward) && !slices.Contains(readers, r) {
			readers = append(readers, r)
		}
	}
	for _, r := range readers {
		if ro, ok := r.Op().(*op); ok {
			if len(readers) == 1 || len(readers) == 2 && slices.ContainsFunc(readers, func(other *gorgonia.Node) bool {
				return ro.backward != nil && other.Op() == gorgonia.Op(ro.backward)
			}) {
				return r, ro
			}
		}
	}
	return nil, nil
}

// fuseChain makes head compute the outputs of the chain by forward. If the operations are
// differentiated, the backward operation of the last one computes the gradients of head
// by backward, whose inputs are the last output and the gradient with respect to it.
func fuseChain(head *op, chain []*op, forward, backward func(in []gorgonia.Value) error) {
	head.run = forward
	for _, o := range chain {
		o.computedBy, o.idle = head, true
	}
	last := chain[len(chain)-1]
	if last.backward == nil {
		return
	}
	head.backward.computedBy, head.backward.idle = last.backward, true
	for _, o := range chain {
		o.backward.unwritten = true
		if o != last {
			o.backward.computedBy, o.backward.idle = last.backward, true
		}
	}
	last.backward.run = backward
}

// absorb implements fusionHead.
func (l *affine[T]) absorb(chain []*op, winograd bool) (bool, error) {
	if at := slices.IndexFunc(chain, func(o *op) bool { return o.follower.norm != nil }); at >= 0 {
		return l.absorbNorm(chain, at, winograd)
	}
	k, err := l.newKernel(followersOf(chain), winograd)
	if k == nil || err != nil {
		return false, err
	}
	l.kernel = k
	if len(chain) == 0 {
		return true, nil
	}
	out := chain[len(chain)-1].out
	fuseChain(l.op, chain, func(in []gorgonia.Value) error {
		if err := l.readInputs(in); err != nil {
			return err
		}
		y, err := elements[T](out)
		if err != nil {
			return err
		}
		return k.Forward(y, l.x, l.weight, l.bias)
	}, func(in []gorgonia.Value) error {
		var y, dy []T
		if err := readInputs(in, &y, &dy); err != nil {
			return err
		}
		return k.Backward(l.grads[0], l.grads[1], l.grads[2], dy, y, l.x, l.weight)
	})
	l.y = nil // unused from now on
	return true, nil
}

// A reluHead is an operation that can compute the ReLU and the flatten that follow it, and no
// other follower.
type reluHead[T kernel.Float] struct {
	op *op
	y  []T // the output of op
	// forward computes the output y, with or without ReLU.
	forward func(in []gorgonia.Value, y []T, relu bool) error
	// backward computes the gradients with respect to the inputs from dy, the gradient
	// with respect to the output of the ReLU, and y, that output; without a ReLU y is nil.
	// It may use only inputs that op's backward operation reads too. It is nil if only the
	// forward pass can be fused.
	backward func(dy, y []T) error
}

// newReLUHead completes the op of h, which computes without ReLU until it is fused.
func newReLUHead[T kernel.Float](h *reluHead[T]) *reluHead[T] {
	h.op.head = h
	h.op.run = func(in []gorgonia.Value) error { return h.forward(in, h.y, false) }
	return h
}

// absorb implements fusionHead.
func (h *reluHead[T]) absorb(chain []*op, _ bool) (bool, error) {
	followers := followersOf(chain)
	relu := isReLU(followers)
	if len(chain) == 0 || len(followers) > 0 && !relu || h.op.backward != nil && h.backward == nil {
		return false, nil
	}
	out := chain[len(chain)-1].out
	fuseChain(h.op, chain, func(in []gorgonia.Value) error {
		y, err := elements[T](out)
		if err != nil {
			return err
		}
		return h.forward(in, y, relu)
	}, func(in []gorgonia.Value) error {
		var y, dy []T
		if err := readInputs(in, &y, &dy); err != nil {
			return err
		}
		if !relu {
			y = nil
		}
		return h.backward(dy, y)
	})
	h.y = nil // unused from now on
	return true, nil
}
