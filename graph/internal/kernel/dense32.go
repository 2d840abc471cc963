package kernel

import (
	"inkstone/graph/internal/kernel/simd"
)

const (
	// dense32Outputs is the number of outputs in one shard of a forward pass.
	dense32Outputs = 64
	// dense32Inputs is the maximum number of inputs whose weights are transposed at a time.
	dense32Inputs = 64
	// dense32Rows is the maximum number of rows in one shard of a forward pass.
	dense32Rows = 96
	// dense32Serial is the number of multiply-adds below which one worker computes a forward pass,
	// and dense32Short that below which its shards are for [Workers.RunShort]. The weights of a few
	// rows come from memory, which takes longer than the multiply-adds.
	dense32Serial = 1 << 18
	dense32Short  = 1 << 22
)

// dense32 runs a float32 fully connected layer on the tiles of package simd.
type dense32 struct {
	n, in, out int
	workers    *Workers
	columns    int // shards of the forward pass next to each other
	shards     int
	ranges     int            // shards of the backward pass, over blocks of inputs
	sparse     *sparseDense32 // nil for small layers
	listed     bool           // the gradient in progress is listed
	relu       bool           // apply ReLU to the output; the backward pass gets the gradient before ReLU

	scratch freeList[*dense32Scratch]
	errs    []error
	args    layerArgs[float32]

	forwardShard, backwardShard func(shard int)
}

// dense32Scratch is the memory that a worker needs for a block of inputs.
type dense32Scratch struct {
	weight []float32 // [out][inputs], transposed
	x      []float32 // [n][inputs]
	grad   []float32 // [out][inputs], of the weights
	nn     simd.NN
	tn     simd.TN
}

func newDense32(n, in, out int, relu bool, w *Workers) (*dense32, error) {
	d := &dense32{n: n, in: in, out: out, relu: relu, workers: w}
	d.columns = ceilDiv(out, dense32Outputs)
	d.shards = d.columns * ceilDiv(n, dense32Rows)
	d.ranges = min(ceilDiv(in, dense32Inputs), maxShards)
	d.errs = make([]error, max(d.shards, d.ranges))
	d.scratch.fresh = func() *dense32Scratch { return &dense32Scratch{} }
	d.forwardShard = func(shard int) { d.errs[shard] = d.runForward(shard) }
	d.backwardShard = func(shard int) { d.errs[shard] = d.runBackward(shard) }
	var err error
	d.sparse, err = newSparseDense32(n, out)
	return d, err
}

func (d *dense32) forward(args layerArgs[float32]) error {
	d.args = args
	switch work := d.n * d.in * d.out; {
	case work < dense32Serial:
		runSerial(d.shards, d.forwardShard)
	case work < dense32Short:
		d.workers.RunShort(d.shards, d.forwardShard)
	default:
		d.workers.Run(d.shards, d.forwardShard)
	}
	d.args = layerArgs[float32]{}
	return firstError(d.errs[:d.shards]...)
}

func (d *dense32) runForward(shard int) error {
	s := d.scratch.get()
	defer d.scratch.put(s)
	a := &d.args
	o, rows := shard%d.columns*dense32Outputs, shard/d.columns
	lo, hi := shardRange(d.n, d.shards/d.columns, rows)
	width := min(dense32Outputs, d.out-o)
	s.nn = simd.NN{M: hi - lo, N: width, K: d.in, LDA: d.in, LDB: d.out, LDC: d.out, ReLU: d.relu}
	if a.bias != nil {
		s.nn.Bias = a.bias[o:][:width]
	}
	err := s.nn.Run(a.y[lo*d.out+o:], a.x[lo*d.in:], a.weight[o:])
	s.nn.Bias = nil
	return err
}

func (d *dense32) backward(args layerArgs[float32]) error {
	if args.dbias != nil {
		clear(args.dbias)
		if err := simd.ColumnSums(args.dbias, args.dy); err != nil {
			return err
		}
	}
	if args.dx == nil && args.dweight == nil {
		return nil
	}
	d.listed = false
	if d.sparse != nil {
		var err error
		if d.listed, err = d.sparse.listGradient(args.dy); err != nil {
			return err
		}
	}
	d.args = args
	d.workers.Run(d.ranges, d.backwardShard)
	d.args = layerArgs[float32]{}
	return firstError(d.errs[:d.ranges]...)
}

// runBackward computes the columns of dx and the rows of dweight that belong to a range
// of inputs, so that no two shards write to the same sum.
func (d *dense32) runBackward(shard int) error {
	s := d.scratch.get()
	defer d.scratch.put(s)
	lo, hi := shardRange(ceilDiv(d.in, dense32Inputs), d.ranges, shard)
	end := min(hi*dense32Inputs, d.in)
	for i := lo * dense32Inputs; i < end; {
		width, listed := min(dense32Inputs, end-i), false
		if d.listed && end-i >= d.sparse.block {
			width, listed = d.sparse.block, true
		}
		if err := d.backwardBlock(s, i, width, listed); err != nil {
			return err
		}
		i += width
	}
	return nil
}

// backwardBlock does the same for a block of inputs. It first copies the block's weights and
// its columns of x to contiguous memory: their rows are often a multiple of 4 KB apart and
// would evict each other from the cache.
func (d *dense32) backwardBlock(s *dense32Scratch, i, width int, listed bool) error {
	a := &d.args
	if a.dx != nil {
		s.weight = grow(s.weight, d.out*dense32Inputs)
		if err := simd.Transpose(s.weight, width, a.weight[i*d.out:], d.out, width, d.out); err != nil {
			return err
		}
		var err error
		if listed {
			err = d.sparse.inputGradient(a.dx[i:], d.in, s.weight)
		} else {
			s.nn = simd.NN{M: d.n, N: width, K: d.out, LDA: d.out, LDB: width, LDC: d.in}
			err = s.nn.Run(a.dx[i:], a.dy, s.weight)
		}
		if err != nil {
			return err
		}
	}
	if a.dweight == nil {
		return nil
	}
	s.x = grow(s.x, d.n*dense32Inputs)
	for n := range d.n {
		copy(s.x[n*width:][:width], a.x[n*d.in+i:])
	}
	if listed {
		s.grad = grow(s.grad, d.out*dense32Inputs)
		return d.sparse.weightGradient(a.dweight[i*d.out:], s.x, s.grad[:d.out*width])
	}
	s.tn = simd.TN{M: width, N: d.out, K: d.n, LDA: width, LDB: d.out, LDC: d.out}
	return s.tn.Run(a.dweight[i*d.out:], s.x, a.dy)
}
