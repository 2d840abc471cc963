package train

import (
	"math/bits"

	"gorgonia.org/gorgonia"
)

// reduction computes the gradient of an update from the partial sums of several ranks. Rank r
// of p has the micro-batches from r*n/p to (r+1)*n/p, rounded down, of the n of the update, none
// if both are equal, and has summed the largest subtrees of the tree of [accumulator] that lie in this range. Any
// other node of the tree spans ranks. The rank that has the left child adds the right one,
// which it receives if another rank has it. So the bits of the sum do not depend on p.
type reduction struct {
	ranks       *ranks
	n           int // micro-batches in the update
	accumulator *accumulator
	at          map[int]gradients // sums of this rank, by their first micro-batch
}

// treeSplit returns where the tree divides the micro-batches first to end-1: after the largest
// power of two below their number.
func treeSplit(first, end int) int { return first + 1<<(bits.Len(uint(end-first-1))-1) }

// owner returns the rank that has micro-batch i of the n of an update.
func (r *ranks) owner(i, n int) int { return ((i+1)*r.size - 1) / n }

// share returns the micro-batches of this rank in an update of n: from first to end-1.
func (r *ranks) share(n int) (first, end int) { return r.rank * n / r.size, (r.rank + 1) * n / r.size }

// endsSubtree reports whether a subtree that this rank sums ends before micro-batch i, which is
// above the first one of its share.
func (r *ranks) endsSubtree(i, n int) bool {
	mine, end := r.share(n)
	first, last := 0, n // of the node that contains micro-batch i-1 as the tree is descended
	for first < mine || last > end {
		if m := treeSplit(first, last); i-1 < m {
			last = m
		} else {
			first = m
		}
	}
	return last == i
}

// mean returns the parameters with the gradient of an update over the micro-batches with these
// weights, of which the accumulator has this rank's. The next update overwrites it.
func (r *ranks) mean(a *accumulator, weights []float64) ([]gorgonia.ValueGrad, error) {
	if r.size == 1 {
		return a.mean(), nil
	}
	x := reduction{r, len(weights), a, map[int]gradients{}}
	first, _ := r.share(x.n)
	for i, s := range a.sums { // in the order of the micro-batches
		x.at[first] = s.gradients
		if i+1 < len(a.sums) {
			for first++; !r.endsSubtree(first, x.n); first++ {
			}
		}
	}
	a.sums, a.whole = a.sums[:0], 0
	if err := x.sum(0, x.n); err != nil {
		return nil, err
	}
	sum, root := x.at[0], r.owner(0, x.n)
	var means []gorgonia.ValueGrad
	if r.rank == root {
		means = a.finish(sum, treeWeight(weights))
	} else {
		sum = a.buffer()
		means = a.result(sum)
	}
	return means, r.comm.Broadcast(root, rawBytes(sum.block))
}

// sum leaves the sum of the micro-batches first to end-1 at the rank that has the first one.
func (x *reduction) sum(first, end int) error {
	if x.ranks.owner(first, x.n) == x.ranks.owner(end-1, x.n) {
		return nil // that rank has it
	}
	middle := treeSplit(first, end)
	if err := x.sum(first, middle); err != nil {
		return err
	}
	if err := x.sum(middle, end); err != nil {
		return err
	}
	to, from, rank := x.ranks.owner(first, x.n), x.ranks.owner(middle, x.n), x.ranks.rank
	right := x.at[middle]
	switch {
	case to != rank && from != rank:
		return nil
	case to != rank:
		delete(x.at, middle)
		x.accumulator.free = append(x.accumulator.free, right)
		return x.ranks.comm.Send(to, rawBytes(right.block))
	case from != rank:
		right = x.accumulator.buffer()
		if err := x.ranks.comm.Receive(from, rawBytes(right.block)); err != nil {
			return err
		}
	default:
		delete(x.at, middle)
	}
	right.addTo(x.at[first])
	x.accumulator.free = append(x.accumulator.free, right)
	return nil
}

// treeWeight returns the sum of the weights in the order of the tree.
func treeWeight(weights []float64) float64 {
	if len(weights) == 1 {
		return weights[0]
	}
	middle := treeSplit(0, len(weights))
	return treeWeight(weights[:middle]) + treeWeight(weights[middle:])
}
