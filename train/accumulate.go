package train

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// sumsTree is the mark that a checkpoint of a run with accumulation carries: its updates
// add the gradients in the order of [accumulator]. Checkpoints without a mark are of
// versions that added them from left to right.
const sumsTree = "tree"

// accumulator computes the gradient of an update from those of its micro-batches, which are
// the batches 0 to n-1 of the update. Micro-batch i has the mean gradient g(i) over its
// rows, and the weight w(i), which is the number of these rows. The gradient of the update
// is the mean over all rows:
//
//	S(0, n) / W(0, n)
//
// S(a, b) is the sum of w(i)*g(i) for i from a to b-1, and W(a, b) the sum of w(i). Both
// are computed in a fixed binary tree, split at the largest power of two k below b-a:
//
//	S(a, a+1) = w(a)*g(a)
//	S(a, b)   = S(a, a+k) + S(a+k, b)
//
// In float32 the order of the additions decides the last bits of a sum. Here the order
// depends on n alone: not on when a gradient is ready or where it is computed. A micro-batch
// has its own weight, and the weight of the whole update divides at the end. So the sum and
// the weight of a subtree depend on its micro-batches alone. Any machine can compute them, and
// combining the sums of subtrees in the order of the tree gives the same bits on any number of
// machines: see reduction. (Running statistics of batch normalization are not gradients: they
// follow the micro-batches one after the other.)
//
// The sums of a subtree are kept as a binary counter: after i micro-batches there is one
// partial sum for each bit that is set in i, the largest subtree first. There are never more
// than log2(n)+1.
type accumulator struct {
	nodes []gorgonia.ValueGrad // of the session, with the gradient of the last micro-batch
	means []gorgonia.ValueGrad // *accumulated, in the same order, for the solver
	sums  []partialSum         // of the update so far, in the order of the micro-batches
	whole int                  // number of sums, at the start of the list, that endSubtree has completed
	free  []gradients          // buffers for further sums
}

// partialSum is the sum over some consecutive micro-batches: 1<<level of them, unless
// endSubtree has completed it.
type partialSum struct {
	level  int
	weight float64
	gradients
}

// gradients holds a tensor for each parameter. The tensors are in one block of memory, so that
// they can be sent in one message.
type gradients struct {
	block  []float32
	values []*tensor.Dense // by parameter
}

// newGradients returns zeros of the shapes of the parameters.
func newGradients(nodes []gorgonia.ValueGrad) gradients {
	size := 0
	for _, n := range nodes {
		size += n.Value().Shape().TotalSize()
	}
	g := gradients{block: make([]float32, size)}
	rest := g.block
	for _, n := range nodes {
		shape := n.Value().Shape()
		size := shape.TotalSize()
		g.values = append(g.values, tensor.New(tensor.WithShape(shape...), tensor.WithBacking(rest[:size:size])))
		rest = rest[size:]
	}
	return g
}

// addTo adds the gradients to others.
func (g gradients) addTo(sum gradients) {
	for i, v := range g.block {
		sum.block[i] += v
	}
}

// accumulated is a parameter whose gradient is that of several batches. The solver sees it
// in place of the parameter's node.
type accumulated struct {
	gorgonia.ValueGrad
	name string
	grad *tensor.Dense
}

// Name returns the parameter's name, by which the solver knows it.
func (a *accumulated) Name() string { return a.name }

// Grad returns the mean over the rows of the update.
func (a *accumulated) Grad() (gorgonia.Value, error) { return a.grad, nil }

func newAccumulator(nodes []gorgonia.ValueGrad) *accumulator {
	a := &accumulator{nodes: nodes}
	for _, n := range nodes {
		a.means = append(a.means, &accumulated{ValueGrad: n, name: n.(interface{ Name() string }).Name()})
	}
	return a
}

// add adds the gradients of the next micro-batch of the update, which has this weight.
func (a *accumulator) add(weight float64) error {
	if len(a.sums) == a.whole || a.last().level > 0 {
		a.sums = append(a.sums, partialSum{level: -1, gradients: a.buffer()})
	}
	sum := a.last()
	for i, n := range a.nodes {
		g, err := n.Grad()
		if err != nil {
			return err
		}
		dst, weight := float32s(sum.values[i]), float32(weight)
		// The conversions keep the compiler from fusing the product with the sum.
		if sum.level < 0 {
			for j, v := range float32s(g) {
				dst[j] = float32(weight * v)
			}
		} else {
			for j, v := range float32s(g) {
				dst[j] += float32(weight * v)
			}
		}
	}
	sum.level++
	sum.weight += weight
	for n := len(a.sums); n > a.whole+1 && a.sums[n-2].level == a.sums[n-1].level; n-- {
		a.merge()
		a.last().level++
	}
	return nil
}

func (a *accumulator) last() *partialSum { return &a.sums[len(a.sums)-1] }

// buffer returns room for gradients, with any content.
func (a *accumulator) buffer() gradients {
	n := len(a.free)
	if n == 0 {
		return newGradients(a.nodes)
	}
	g := a.free[n-1]
	a.free = a.free[:n-1]
	return g
}

// merge adds the last sum to the one before it.
func (a *accumulator) merge() {
	right := *a.last()
	a.sums = a.sums[:len(a.sums)-1]
	right.addTo(a.last().gradients)
	a.last().weight += right.weight
	a.free = append(a.free, right.gradients)
}

// endSubtree makes one sum of those since the last call. The next micro-batch begins another
// subtree.
func (a *accumulator) endSubtree() {
	for len(a.sums) > a.whole+1 {
		a.merge()
	}
	a.whole = len(a.sums)
}

// mean returns the parameters with the gradient of the update, if the sums are those of all its
// micro-batches. The next add overwrites it: it starts another update.
func (a *accumulator) mean() []gorgonia.ValueGrad {
	for len(a.sums) > 1 {
		a.merge()
	}
	root := a.sums[0]
	a.sums, a.whole = a.sums[:0], 0
	return a.finish(root.gradients, root.weight)
}

// finish divides the sum of an update by its weight and returns the parameters with this
// gradient. The next add overwrites it.
func (a *accumulator) finish(sum gradients, weight float64) []gorgonia.ValueGrad {
	scale := 1 / float32(weight)
	for i := range sum.block {
		sum.block[i] *= scale
	}
	return a.result(sum)
}

// result returns the parameters with this gradient, which the next add overwrites.
func (a *accumulator) result(mean gradients) []gorgonia.ValueGrad {
	for i, m := range a.means {
		m.(*accumulated).grad = mean.values[i]
	}
	a.free = append(a.free, mean)
	return a.means
}

func float32s(v gorgonia.Value) []float32 { return v.Data().([]float32) }
