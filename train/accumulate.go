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
// the weight of a subtree depend on its micro-batches alone. Any machine can compute them, and combining the sums of subtrees in the order of the tree gives
// the same bits on any number of machines. (Running statistics of batch normalization are
// not gradients: they follow the micro-batches one after the other.)
//
// The sums are kept as a binary counter: after i micro-batches there is one partial sum for
// each bit that is set in i, the largest subtree first. There are never more than
// log2(n)+1.
type accumulator struct {
	nodes []gorgonia.ValueGrad // of the session, with the gradient of the last micro-batch
	means []gorgonia.ValueGrad // *accumulated, in the same order, for the solver
	sums  []partialSum         // of the update so far, from the largest subtree to the smallest
	free  [][]*tensor.Dense    // buffers for further sums
}

// partialSum is the sum over 1<<level consecutive micro-batches.
type partialSum struct {
	level  int
	weight float64
	values []*tensor.Dense // by parameter
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
	if len(a.sums) == 0 || a.last().level > 0 {
		a.push()
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
	for n := len(a.sums); n > 1 && a.sums[n-2].level == a.sums[n-1].level; n-- {
		a.merge()
		a.last().level++
	}
	return nil
}

func (a *accumulator) last() *partialSum { return &a.sums[len(a.sums)-1] }

// push adds an empty sum.
func (a *accumulator) push() {
	var values []*tensor.Dense
	if n := len(a.free); n > 0 {
		values, a.free = a.free[n-1], a.free[:n-1]
	} else {
		for _, n := range a.nodes {
			values = append(values, tensor.New(tensor.WithShape(n.Value().Shape()...), tensor.Of(tensor.Float32)))
		}
	}
	a.sums = append(a.sums, partialSum{level: -1, values: values})
}

// merge adds the last sum to the one before it.
func (a *accumulator) merge() {
	right := *a.last()
	a.sums = a.sums[:len(a.sums)-1]
	for i, sum := range a.last().values {
		dst := float32s(sum)
		for j, v := range float32s(right.values[i]) {
			dst[j] += v
		}
	}
	a.last().weight += right.weight
	a.free = append(a.free, right.values)
}

// mean returns the parameters with the gradient of the update, which the next add
// overwrites: it starts another update.
func (a *accumulator) mean() []gorgonia.ValueGrad {
	for len(a.sums) > 1 {
		a.merge()
	}
	scale := 1 / float32(a.sums[0].weight)
	whole := a.sums[0].values
	for i, m := range a.means {
		values := float32s(whole[i])
		for j := range values {
			values[j] *= scale
		}
		m.(*accumulated).grad = whole[i]
	}
	a.free = append(a.free, whole)
	a.sums = a.sums[:0]
	return a.means
}

func float32s(v gorgonia.Value) []float32 { return v.Data().([]float32) }
