package kernel

import (
	"inkstone/graph/internal/kernel/direct"
	"inkstone/graph/internal/kernel/simd"
)

// conv32 runs a float32 convolution, and the operations that its Fusion adds, on package
// direct. If there is pooling, it keeps the output of the convolution for one image at a
// time only, unless the caller passes y.
type conv32 struct {
	shape   ConvShape
	fusion  Fusion
	workers *Workers
	shards  int
	plan    *direct.Conv
	grid    direct.Grid
	pool    simd.MaxPool // one row of the max-pooling

	arg     []uint8       // position of each maximum in its window in the last forward pass
	packed  direct.Packed // weights for the input gradient
	freq    direct.Packed // transformed weights for the forward pass by Winograd's algorithm
	parts   []*direct.Partial
	scratch freeList[*conv32Scratch]
	errs    []error // by shard
	args    fusedArgs[float32]

	forwardShard, backwardShard func(shard int)
}

// conv32Scratch is the memory that a worker needs for one image.
type conv32Scratch struct {
	direct *direct.Scratch
	output []float32 // of the convolution
	grad   []float32 // gradient before ReLU
}

// newConv32 returns nil if package direct is not faster than the portable loops, or if it
// cannot compute the pooling.
func newConv32(s ConvShape, f Fusion, w *Workers) (*conv32, error) {
	shape := direct.Shape{
		H: s.H, W: s.W, C: s.C, K: s.K, Groups: s.Groups, KH: s.KH, KW: s.KW, StrideH: s.StrideH, StrideW: s.StrideW,
		PadTop: s.PadTop, PadBottom: s.PadBottom, PadLeft: s.PadLeft, PadRight: s.PadRight,
		DilationH: s.DilationH, DilationW: s.DilationW,
	}
	if s.depthwise() || !direct.Supports(shape) {
		return nil, nil
	}
	c := &conv32{shape: s, fusion: f, workers: w, shards: min(s.N, maxShards), grid: shape.Pixels()}
	if p := f.Pool; p != nil {
		if p.PadTop+p.PadBottom+p.PadLeft+p.PadRight > 0 || p.DilationH*p.DilationW > 1 || p.KH*p.KW > 256 {
			return nil, nil
		}
		c.grid = direct.Grid{H: p.OutH(), W: p.OutW(), StepH: p.StrideH, StepW: p.StrideW, PH: p.KH, PW: p.KW}
		c.pool = simd.MaxPool{Pixels: p.OutW(), Channels: s.K, Step: p.StrideW * s.K, PH: p.KH, PW: p.KW, RowX: p.W * s.K, ColX: s.K}
		c.arg = make([]uint8, p.outputLen())
	}
	var err error
	if c.plan, err = direct.New(shape, c.grid); err != nil {
		return nil, err
	}
	c.scratch.fresh = func() *conv32Scratch { return &conv32Scratch{direct: c.plan.NewScratch()} }
	c.errs = make([]error, c.shards)
	c.forwardShard = func(shard int) { c.errs[shard] = c.runForward(shard) }
	c.backwardShard = func(shard int) { c.errs[shard] = c.runBackward(shard) }
	return c, nil
}

// forward computes args.out, and args.y if it is not nil.
func (c *conv32) forward(args fusedArgs[float32]) error {
	if c.winograd() {
		if err := c.plan.PackWinograd(&c.freq, args.weight); err != nil {
			return err
		}
	}
	c.args = args
	c.workers.Run(c.shards, c.forwardShard)
	c.args = fusedArgs[float32]{}
	return firstError(c.errs...)
}

func (c *conv32) runForward(shard int) error {
	s := c.scratch.get()
	defer c.scratch.put(s)
	sh, a, f := &c.shape, &c.args, &c.fusion
	image, output := sh.H*sh.W*sh.C, sh.OutH()*sh.OutW()*sh.K
	pooled := c.grid.H * c.grid.W * sh.K
	lo, hi := shardRange(sh.N, c.shards, shard)
	for n := lo; n < hi; n++ {
		x := a.x[n*image:][:image]
		if f.Pool == nil {
			if err := c.convolve(s, a.out[n*output:][:output], x, f.ReLU); err != nil {
				return err
			}
			continue
		}
		s.output = grow(s.output, output)
		y := s.output
		if a.y != nil {
			y = a.y[n*output:][:output]
		}
		// ReLU is monotonic, so it gives the same result after the pooling, on fewer elements.
		reluFirst := f.ReLU && a.y != nil && !f.ReLUAfterPool
		if err := c.convolve(s, y, x, reluFirst); err != nil {
			return err
		}
		out, arg := a.out[n*pooled:][:pooled], c.arg[n*pooled:][:pooled]
		line := c.grid.W * sh.K
		for i := range c.grid.H {
			if err := c.pool.Run(out[i*line:], arg[i*line:], y[i*c.grid.StepH*sh.OutW()*sh.K:]); err != nil {
				return err
			}
		}
		if f.ReLU && !reluFirst {
			if err := simd.ReLU(out, out); err != nil {
				return err
			}
		}
	}
	return nil
}

// winograd reports whether the forward pass uses Winograd's algorithm.
func (c *conv32) winograd() bool { return c.fusion.Winograd && c.plan.HasWinograd() }

// convolve computes the convolution of one image.
func (c *conv32) convolve(s *conv32Scratch, y, x []float32, relu bool) error {
	if c.winograd() {
		return c.plan.ForwardWinograd(s.direct, y, x, &c.freq, c.args.bias, relu)
	}
	return c.plan.Forward(s.direct, y, x, c.args.weight, c.args.bias, relu)
}

// backward computes the gradients of args that are not nil.
func (c *conv32) backward(args fusedArgs[float32]) error {
	if args.dx != nil {
		if err := c.plan.Pack(&c.packed, args.weight, c.fusion.Winograd); err != nil {
			return err
		}
	}
	for len(c.parts) < c.shards {
		c.parts = append(c.parts, c.plan.NewPartial())
	}
	c.args = args
	c.workers.Run(c.shards, c.backwardShard)
	c.args = fusedArgs[float32]{}
	if err := firstError(c.errs...); err != nil {
		return err
	}
	return c.plan.Reduce(args.dweight, args.dbias, c.parts)
}

func (c *conv32) runBackward(shard int) error {
	s := c.scratch.get()
	defer c.scratch.put(s)
	sh, a, part := &c.shape, &c.args, c.parts[shard]
	image, cells := sh.H*sh.W*sh.C, c.grid.H*c.grid.W*sh.K
	part.Reset()
	lo, hi := shardRange(sh.N, c.shards, shard)
	for n := lo; n < hi; n++ {
		grad := a.dout[n*cells:][:cells]
		var arg []uint8
		if c.arg != nil {
			arg = c.arg[n*cells:][:cells]
		}
		switch {
		case c.fusion.ReLU:
			s.grad = grow(s.grad, cells)
			if err := simd.ReLUGradSums(s.grad, part.Bias, grad, a.out[n*cells:][:cells]); err != nil {
				return err
			}
			grad = s.grad
		case a.dbias != nil:
			if err := simd.ColumnSums(part.Bias, grad); err != nil {
				return err
			}
		}
		if a.dx == nil && a.dweight == nil {
			continue
		}
		if err := s.direct.SetGradient(grad, arg); err != nil {
			return err
		}
		if a.dx != nil {
			if err := c.plan.InputGradient(a.dx[n*image:][:image], s.direct, &c.packed); err != nil {
				return err
			}
		}
		if a.dweight != nil {
			if err := c.plan.AddWeightGradient(part, s.direct, a.x[n*image:][:image]); err != nil {
				return err
			}
		}
	}
	return nil
}
