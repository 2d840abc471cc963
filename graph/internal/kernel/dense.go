package kernel

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd"
)

const (
	// denseRows is the number of images that share a packed panel of weights.
	denseRows = 32
	// denseDepth is the number of inputs in a panel: 256·8 float32 are 8 KB,
	// a quarter of a first-level cache.
	denseDepth = 256
)

// Dense computes a fully connected layer, y = x·W + b, and then ReLU if it was asked for:
//
//	y[n,o] = b[o] + Σ_i x[n,i] · w[i,o]
type Dense[T Float] struct {
	n, in, out int
	relu       bool
	workers    *Workers

	asm *dense32 // float32 on a processor with assembly, else nil

	tiles   int // panels of eight outputs
	shards  int // of the forward pass: blocks of rows times tiles
	ranges  int // shards of the backward pass, over panels of eight inputs
	panels  [][]T
	scratch []denseBackward[T]
	byRow   denseLists[T] // nonzero elements of dy by image, with the offset of the output's row in a panel
	byCol   denseLists[T] // nonzero elements of dy by output, with the offset of the image's row in a panel
	masked  []T           // gradient before ReLU
	args    layerArgs[T]

	forwardShard, backwardShard func(shard int)
}

// denseLists holds rows of entries, each with room for one entry more than a row can have.
type denseLists[T Float] struct {
	list  []entry[T]
	count []int
	room  int
}

func (l *denseLists[T]) row(i int) []entry[T] { return l.list[i*l.room:][:l.count[i]] }

// denseBackward is the scratch of one shard's backward pass.
type denseBackward[T Float] struct {
	weight []T // eight rows of the weights, transposed: [out][8]
	input  []T // eight columns of the input: [n][8]
}

// CheckDense returns an error, naming the values, unless there can be a [Dense] of n rows of in
// inputs and out outputs.
func CheckDense(n, in, out int) error {
	if !fits(maxImage, n, out) || !fits(maxElements, n, in) || !fits(maxImage, in, out) {
		return fmt.Errorf("n is %d, in %d, out %d, expected at least 1 and at most %d weights", n, in, out, maxImage)
	}
	return nil
}

// NewDense returns a kernel for n rows of in inputs and out outputs, with ReLU if relu is set.
func NewDense[T Float](n, in, out int, relu bool, w *Workers) (*Dense[T], error) {
	if err := firstError(CheckDense(n, in, out), simd.Err()); err != nil {
		return nil, fmt.Errorf("dense: %w", err)
	}
	d := &Dense[T]{n: n, in: in, out: out, relu: relu, workers: w, tiles: ceilDiv(out, lanes)}
	d.shards = ceilDiv(n, denseRows) * d.tiles
	d.ranges = min(ceilDiv(in, lanes), maxShards)
	if hasAssembly[T]() {
		var err error
		if d.asm, err = newDense32(n, in, out, relu, w); err != nil {
			return nil, err
		}
	}
	d.forwardShard = d.runForward
	d.backwardShard = d.runBackward
	return d, nil
}

// Forward computes y [N,O] from x [N,I], weight [I][O] and bias [O]; bias may
// be nil. y must not overlap the operands.
func (d *Dense[T]) Forward(y, x, weight, bias []T) error {
	if err := firstError(
		checkLen("dense", "y", y, d.n*d.out),
		checkLen("dense", "x", x, d.n*d.in),
		checkLen("dense", "weight", weight, d.in*d.out),
		checkOptional("dense", "bias", bias, d.out),
	); err != nil {
		return err
	}
	if d.asm != nil {
		return d.asm.forward(layerArgs[float32]{y: as32(y), x: as32(x), weight: as32(weight), bias: as32(bias)})
	}
	if d.panels == nil {
		d.panels = make([][]T, d.shards)
		for i := range d.panels {
			d.panels[i] = make([]T, min(denseDepth, d.in)*lanes)
		}
	}
	d.args = layerArgs[T]{y: y, x: x, weight: weight, bias: bias}
	d.workers.Run(d.shards, d.forwardShard)
	d.args = layerArgs[T]{}
	if !d.relu {
		return nil
	}
	return Activate(d.workers, ReLU, 0, y, y)
}

func (d *Dense[T]) runForward(shard int) {
	a, panel := &d.args, d.panels[shard]
	o := shard % d.tiles * lanes
	valid := min(lanes, d.out-o)
	first := shard / d.tiles * denseRows
	last := min(first+denseRows, d.n)

	var bias [lanes]T
	if a.bias != nil {
		copy(bias[:valid], a.bias[o:])
	}
	for n := first; n < last; n++ {
		copy(a.y[n*d.out+o:][:valid], bias[:])
	}
	for i := 0; i < d.in; i += denseDepth {
		depth := min(denseDepth, d.in-i)
		for r := range depth {
			copy(panel[r*lanes:][:valid], a.weight[(i+r)*d.out+o:])
		}
		for n := first; n < last; n++ {
			sums := a.y[n*d.out+o:][:valid]
			acc := load(sums)
			gatherDense(&acc, a.x[n*d.in+i:][:depth], panel)
			store(sums, &acc)
		}
	}
}

// Backward computes the gradients from dy [N,O], the gradient with respect to the output y
// [N,O] of the last Forward. Without ReLU they are
//
//	dx = dy·Wᵀ    dweight = xᵀ·dy    dbias[o] = Σ_n dy[n,o]
//
// Each of dx, dweight and dbias may be nil and is then not computed; the others are
// overwritten. y may be nil without ReLU, x if dweight is nil, weight if dx is. Zeros in dy
// make it faster.
func (d *Dense[T]) Backward(dx, dweight, dbias, dy, y, x, weight []T) error {
	err := firstError(
		checkLen("dense", "dy", dy, d.n*d.out),
		checkOptional("dense", "dx", dx, d.n*d.in),
		checkOptional("dense", "dweight", dweight, d.in*d.out),
		checkOptional("dense", "dbias", dbias, d.out),
	)
	if err == nil && d.relu {
		err = checkLen("dense", "y", y, d.n*d.out)
	}
	if err == nil && dweight != nil {
		err = checkLen("dense", "x", x, d.n*d.in)
	}
	if err == nil && dx != nil {
		err = checkLen("dense", "weight", weight, d.in*d.out)
	}
	if err != nil {
		return err
	}
	if d.relu {
		d.masked = grow(d.masked, len(dy))
		if err := ActivateGrad(d.workers, ReLU, 0, d.masked, dy, nil, y); err != nil {
			return err
		}
		dy = d.masked
	}
	if d.asm != nil {
		return d.asm.backward(layerArgs[float32]{dx: as32(dx), dweight: as32(dweight), dbias: as32(dbias),
			dy: as32(dy), x: as32(x), weight: as32(weight)})
	}
	if dbias != nil {
		copy(dbias, dy[:d.out])
		for n := 1; n < d.n; n++ {
			for o, v := range dy[n*d.out:][:d.out] {
				dbias[o] += v
			}
		}
	}
	if dx == nil && dweight == nil {
		return nil
	}
	d.allocBackward()
	d.listGradient(dy)
	d.args = layerArgs[T]{dx: dx, dweight: dweight, x: x, weight: weight}
	d.workers.Run(d.ranges, d.backwardShard)
	d.args = layerArgs[T]{}
	return nil
}

func (d *Dense[T]) allocBackward() {
	if d.scratch != nil {
		return
	}
	d.scratch = make([]denseBackward[T], d.ranges)
	for i := range d.scratch {
		d.scratch[i] = denseBackward[T]{
			weight: make([]T, d.out*lanes),
			input:  make([]T, d.n*lanes),
		}
	}
	newLists := func(rows, cols int) denseLists[T] {
		return denseLists[T]{make([]entry[T], rows*(cols+1)), make([]int, rows), cols + 1}
	}
	d.byRow = newLists(d.n, d.out)
	d.byCol = newLists(d.out, d.n)
}

// listGradient lists the nonzero elements of dy by image and by output.
func (d *Dense[T]) listGradient(dy []T) {
	clear(d.byCol.count)
	for n := range d.n {
		row := dy[n*d.out:][:d.out]
		d.byRow.count[n] = appendNonzero(d.byRow.list[n*d.byRow.room:][:d.byRow.room], 0, row, 0, lanes)
		for o, v := range row {
			d.byCol.list[o*d.byCol.room+d.byCol.count[o]] = entry[T]{uint32(n * lanes), v}
			if v != 0 {
				d.byCol.count[o]++
			}
		}
	}
}

// runBackward computes the columns of dx and the rows of dweight that belong to
// a range of inputs, so that no two shards write to the same sum.
func (d *Dense[T]) runBackward(shard int) {
	a, b := &d.args, &d.scratch[shard]
	lo, hi := shardRange(ceilDiv(d.in, lanes), d.ranges, shard)
	for i := lo * lanes; i < min(hi*lanes, d.in); i += lanes {
		valid := min(lanes, d.in-i)
		if a.dx != nil {
			for l := range valid {
				for o, v := range a.weight[(i+l)*d.out:][:d.out] {
					b.weight[o*lanes+l] = v
				}
			}
			for n := range d.n {
				var acc [lanes]T
				gather(&acc, d.byRow.row(n), b.weight, 0)
				store(a.dx[n*d.in+i:][:valid], &acc)
			}
		}
		if a.dweight != nil {
			for n := range d.n {
				copy(b.input[n*lanes:][:valid], a.x[n*d.in+i:])
			}
			for o := range d.out {
				var acc [lanes]T
				gather(&acc, d.byCol.row(o), b.input, 0)
				for l := range valid {
					a.dweight[(i+l)*d.out+o] = acc[l]
				}
			}
		}
	}
}
