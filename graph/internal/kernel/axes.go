package kernel

import (
	"fmt"
	"math"
)

// Reduction says what [Reduce] computes.
type Reduction int

const (
	ReduceSum Reduction = iota
	ReduceMean
	ReduceMax
)

// Reduce combines the entries of a tensor along some of its axes:
//
//	sum:  y[o] = Σ x[i]
//	mean: y[o] = 1/count · Σ x[i]
//	max:  y[o] = max x[i]
//
// over the entries i that have the indices of o along the other axes; count is their
// number. Sums are added in row-major order. Of several equal maxima the first one counts,
// and a NaN counts as the largest number.
//
// The tensor consists of images along axis 0, which are reduced independently. An image is
// a sequence of runs, contiguous entries that go to contiguous outputs, or all to one output.
type Reduce[T Float] struct {
	kind        Reduction
	n           int
	image, outs int   // entries of an image of x and of y
	run         int   // entries in a run
	oneOutput   bool  // all entries of a run go to one output
	starts      []int // the first output of each run of an image
	largest     []int32
	workers     *Workers
	shards      int
	y, x        []T // operands of the pass in progress: y and x, or dy and dx

	forwardShard, backwardShard func(shard int)
}

// NewReduce returns a kernel for a tensor of that shape, which is reduced along the axes
// that are set in reduced. Axis 0 cannot be reduced.
func NewReduce[T Float](kind Reduction, shape []int, reduced []bool, ws *Workers) (*Reduce[T], error) {
	if len(shape) < 2 || len(reduced) != len(shape) || reduced[0] {
		return nil, fmt.Errorf("reduce: shape %v along axes %v, expected at least 2 axes without the first", shape, reduced)
	}
	if !fits(maxImage, shape[1:]...) || !fits(maxElements, shape...) {
		return nil, fmt.Errorf("reduce: shape %v, expected sizes of at least 1 and at most %d elements an image", shape, maxImage)
	}
	if kind < ReduceSum || kind > ReduceMax {
		return nil, fmt.Errorf("reduce: unknown reduction %d", kind)
	}
	// strides[i] is the step in the output of a step along axis i of an image.
	dims, strides := shape[1:], make([]int, len(shape)-1)
	k := &Reduce[T]{kind: kind, n: shape[0], image: 1, outs: 1, workers: ws, shards: min(shape[0], maxShards)}
	for i := len(dims) - 1; i >= 0; i-- {
		k.image *= dims[i]
		if !reduced[i+1] {
			strides[i] = k.outs
			k.outs *= dims[i]
		}
	}
	var runs [][]int
	k.run, runs = splitRuns(dims, strides)
	k.starts = runs[0]
	k.oneOutput = k.run > 1 && strides[lastLong(dims)] == 0
	if kind == ReduceMax {
		k.largest = make([]int32, k.n*k.outs)
	}
	k.forwardShard, k.backwardShard = k.runForward, k.runBackward
	return k, nil
}

// Forward computes y from x.
func (k *Reduce[T]) Forward(y, x []T) error {
	return k.pass(y, x, "y", "x", k.forwardShard)
}

// Backward computes dx from dy. For a maximum it follows the last call of Forward.
func (k *Reduce[T]) Backward(dx, dy []T) error {
	return k.pass(dy, dx, "dy", "dx", k.backwardShard)
}

func (k *Reduce[T]) pass(y, x []T, yName, xName string, f func(int)) error {
	if err := firstError(
		checkLen("reduce", yName, y, k.n*k.outs),
		checkLen("reduce", xName, x, k.n*k.image),
	); err != nil {
		return err
	}
	k.y, k.x = y, x
	k.workers.Run(k.shards, f)
	k.y, k.x = nil, nil
	return nil
}

func (k *Reduce[T]) runForward(shard int) {
	lo, hi := shardRange(k.n, k.shards, shard)
	scale := k.scale()
	for n := lo; n < hi; n++ {
		y, x := k.y[n*k.outs:][:k.outs], k.x[n*k.image:][:k.image]
		if k.kind == ReduceMax {
			k.max(y, x, k.largest[n*k.outs:][:k.outs])
			continue
		}
		clear(y)
		for _, start := range k.starts {
			if k.oneOutput {
				sum := y[start]
				for _, v := range x[:k.run] {
					sum += v
				}
				y[start] = sum
			} else {
				addTo(y[start:], x[:k.run])
			}
			x = x[k.run:]
		}
		if scale != 1 {
			for i := range y {
				y[i] *= scale
			}
		}
	}
}

// scale is the factor on a sum.
func (k *Reduce[T]) scale() T {
	if k.kind == ReduceMean {
		return 1 / T(k.image/k.outs)
	}
	return 1
}

// max computes the maxima of one image and their places.
func (k *Reduce[T]) max(y, x []T, largest []int32) {
	for i := range y {
		y[i], largest[i] = T(math.Inf(-1)), -1
	}
	step := 1
	if k.oneOutput {
		step = 0
	}
	i := int32(0)
	for _, o := range k.starts {
		for range k.run {
			if v := x[i]; largest[o] < 0 || v > y[o] || v != v && y[o] == y[o] {
				y[o], largest[o] = v, i
			}
			i++
			o += step
		}
	}
}

func (k *Reduce[T]) runBackward(shard int) {
	lo, hi := shardRange(k.n, k.shards, shard)
	scale := k.scale()
	for n := lo; n < hi; n++ {
		dy, dx := k.y[n*k.outs:][:k.outs], k.x[n*k.image:][:k.image]
		if k.kind == ReduceMax {
			clear(dx)
			for o, i := range k.largest[n*k.outs:][:k.outs] {
				dx[i] = dy[o]
			}
			continue
		}
		for _, start := range k.starts {
			run := dx[:k.run]
			if k.oneOutput {
				d := dy[start] * scale
				for i := range run {
					run[i] = d
				}
			} else {
				for i, d := range dy[start:][:k.run] {
					run[i] = d * scale
				}
			}
			dx = dx[k.run:]
		}
	}
}

// splitRuns cuts a row-major array into runs and returns the length of a run and, for each
// operand, the offset in it of the first entry of each run. strides are the steps in an
// operand of a step along each axis. Within a run an operand's step is constant: that of the
// last axis longer than 1.
func splitRuns(dims []int, strides ...[]int) (run int, offsets [][]int) {
	inner := len(dims) // the axes from here on make up a run
	run = 1
	for i := len(dims) - 1; i >= 0; i-- {
		if dims[i] > 1 && run > 1 {
			last := lastLong(dims)
			same := true
			for _, s := range strides {
				same = same && s[i] == s[last]*run
			}
			if !same {
				break
			}
		}
		run *= dims[i]
		inner = i
	}
	count := 1
	for _, d := range dims[:inner] {
		count *= d
	}
	for _, s := range strides {
		list := make([]int, count)
		index := make([]int, inner)
		at := 0
		for r := range list {
			list[r] = at
			for i := inner - 1; i >= 0; i-- {
				index[i]++
				at += s[i]
				if index[i] < dims[i] {
					break
				}
				at -= s[i] * dims[i]
				index[i] = 0
			}
		}
		offsets = append(offsets, list)
	}
	return run, offsets
}

// lastLong returns the last axis that is longer than 1, or the last axis.
func lastLong(dims []int) int {
	for i := len(dims) - 1; i >= 0; i-- {
		if dims[i] > 1 {
			return i
		}
	}
	return len(dims) - 1
}
