package kernel

import "fmt"

// Product multiplies two tensors of as many axes elementwise:
//
//	y[i] = a[i] · b[i]
//
// where an operand whose size along an axis is 1 is repeated along it. Axis 0 is that of the
// images. The gradient with respect to an operand is summed over the axes along which it is
// repeated: within an image in row-major order, over the images in shards, then over the
// shards in their order.
type Product[T Float] struct {
	n, image int // images, and entries of an image of y
	run      int // entries in a run, within which the steps of a and b are constant
	operands [2]operand[T]
	workers  *Workers
	shards   int
	y        []T // of the pass in progress: y or dy

	forwardShard, backwardShard func(shard int)
}

// operand is a factor of a [Product].
type operand[T Float] struct {
	size   int   // entries
	image  int   // entries of an image; 0 if all images share the operand
	step   int   // along a run, 0 or 1
	starts []int // the first entry of each run of an image
	value  []T
	grad   []T
	sums   []T // of the gradient, by shard, if all images share the operand
}

// NewProduct returns a kernel for operands of the shapes a and b.
func NewProduct[T Float](a, b []int, ws *Workers) (*Product[T], error) {
	shape, err := ProductShape(a, b)
	if err != nil {
		return nil, err
	}
	dims := shape[1:]
	k := &Product[T]{n: shape[0], image: 1, workers: ws, shards: min(shape[0], maxShards)}
	for _, d := range dims {
		k.image *= d
	}
	var strides [2][]int
	for j, s := range [][]int{a, b} {
		o := &k.operands[j]
		o.size, strides[j] = 1, make([]int, len(dims))
		for i := len(dims) - 1; i >= 0; i-- {
			if s[i+1] > 1 {
				strides[j][i] = o.size
			}
			o.size *= s[i+1]
		}
		if s[0] > 1 {
			o.image = o.size
		}
		o.size *= s[0]
	}
	var starts [][]int
	k.run, starts = splitRuns(dims, strides[0], strides[1])
	for j := range k.operands {
		k.operands[j].starts = starts[j]
		if len(dims) > 0 {
			k.operands[j].step = strides[j][lastLong(dims)]
		}
	}
	k.forwardShard, k.backwardShard = k.runForward, k.runBackward
	return k, nil
}

// ProductShape returns the shape of the [Product] of tensors of the shapes a and b.
func ProductShape(a, b []int) ([]int, error) {
	if len(a) != len(b) || len(a) < 1 {
		return nil, fmt.Errorf("product: shapes %v and %v, expected as many axes, at least 1", a, b)
	}
	shape := make([]int, len(a))
	for i := range a {
		shape[i] = max(a[i], b[i])
		if min(a[i], b[i]) != 1 && a[i] != b[i] {
			return nil, fmt.Errorf("product: shapes %v and %v, expected equal sizes along axis %d, or 1", a, b, i)
		}
	}
	if !fits(maxImage, shape[1:]...) || !fits(maxElements, shape...) {
		return nil, fmt.Errorf("product: shape %v, expected sizes of at least 1 and at most %d elements an image", shape, maxImage)
	}
	return shape, nil
}

// Forward computes y from a and b.
func (k *Product[T]) Forward(y, a, b []T) error {
	if err := k.check(y, a, b, "y"); err != nil {
		return err
	}
	k.set(y, a, b)
	k.workers.Run(k.shards, k.forwardShard)
	k.set(nil, nil, nil)
	return nil
}

// Backward computes da and db from dy, a and b. Either gradient may be nil.
func (k *Product[T]) Backward(da, db, dy, a, b []T) error {
	if err := firstError(
		k.check(dy, a, b, "dy"),
		checkOptional("product", "da", da, k.operands[0].size),
		checkOptional("product", "db", db, k.operands[1].size),
	); err != nil {
		return err
	}
	k.set(dy, a, b)
	for j, grad := range [2][]T{da, db} {
		o := &k.operands[j]
		o.grad = grad
		if grad != nil && o.image == 0 && o.sums == nil {
			o.sums = make([]T, k.shards*o.size)
		}
	}
	k.workers.Run(k.shards, k.backwardShard)
	for j := range k.operands {
		o := &k.operands[j]
		if o.grad == nil || o.image > 0 {
			continue
		}
		copy(o.grad, o.sums)
		for s := 1; s < k.shards; s++ {
			addTo(o.grad, o.sums[s*o.size:][:o.size])
		}
	}
	k.set(nil, nil, nil)
	k.operands[0].grad, k.operands[1].grad = nil, nil
	return nil
}

func (k *Product[T]) check(y, a, b []T, yName string) error {
	return firstError(
		checkLen("product", yName, y, k.n*k.image),
		checkLen("product", "a", a, k.operands[0].size),
		checkLen("product", "b", b, k.operands[1].size),
	)
}

func (k *Product[T]) set(y, a, b []T) {
	k.y, k.operands[0].value, k.operands[1].value = y, a, b
}

func (k *Product[T]) runForward(shard int) {
	lo, hi := shardRange(k.n, k.shards, shard)
	a, b := &k.operands[0], &k.operands[1]
	for n := lo; n < hi; n++ {
		y := k.y[n*k.image:][:k.image]
		for r, start := range a.starts {
			run := y[r*k.run:][:k.run]
			x, s := a.value[n*a.image+start:], b.value[n*b.image+b.starts[r]:]
			switch {
			case a.step == 1 && b.step == 1:
				x, s = x[:len(run)], s[:len(run)]
				for i := range run {
					run[i] = x[i] * s[i]
				}
			case b.step == 0 && a.step == 1:
				multiply(run, x, s[0])
			case a.step == 0 && b.step == 1:
				multiply(run, s, x[0])
			default: // a run of one entry
				run[0] = x[0] * s[0]
			}
		}
	}
}

func (k *Product[T]) runBackward(shard int) {
	lo, hi := shardRange(k.n, k.shards, shard)
	for j := range k.operands {
		o, other := &k.operands[j], &k.operands[1-j]
		if o.grad == nil {
			continue
		}
		var sums []T // of an operand that all images share
		if o.image == 0 {
			sums = o.sums[shard*o.size:][:o.size]
			clear(sums)
		}
		for n := lo; n < hi; n++ {
			grad := sums
			if o.image > 0 {
				grad = o.grad[n*o.image:][:o.image]
				clear(grad)
			}
			dy := k.y[n*k.image:][:k.image]
			for r, start := range o.starts {
				addProduct(grad[start:], dy[r*k.run:][:k.run], other.value[n*other.image+other.starts[r]:], o.step, other.step)
			}
		}
	}
}

// addProduct adds dy·x to grad along a run. step and xStep are the steps in grad and in x.
func addProduct[T Float](grad, dy, x []T, step, xStep int) {
	switch {
	case step == 1 && xStep == 1:
		grad, x = grad[:len(dy)], x[:len(dy)]
		for i, d := range dy {
			grad[i] += d * x[i]
		}
	case step == 1:
		grad, s := grad[:len(dy)], x[0]
		for i, d := range dy {
			grad[i] += d * s
		}
	case xStep == 1:
		sum, x := grad[0], x[:len(dy)]
		for i, d := range dy {
			sum += d * x[i]
		}
		grad[0] = sum
	default: // a run of one entry
		grad[0] += dy[0] * x[0]
	}
}

// multiply computes y[i] = x[i]·s.
func multiply[T Float](y, x []T, s T) {
	x = x[:len(y)]
	for i := range y {
		y[i] = x[i] * s
	}
}
