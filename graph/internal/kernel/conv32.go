package kernel

import (
	"inkstone/graph/internal/kernel/direct"
	"inkstone/graph/internal/kernel/simd"
)

// conv32 runs a float32 convolution, and the operations that its Fusion adds, on package
// direct. If there is pooling, it keeps the output of the convolution for a few images at a
// time only.
type conv32 struct {
	shape   ConvShape
	fusion  Fusion
	workers *Workers
	shards  int
	images  int // computed in one call of the plan
	plan    *direct.Conv
	grid    direct.Grid
	pool    simd.MaxPool        // one row of the max-pooling
	norm    *BatchNorm[float32] // of the output, for a ConvNorm, else nil

	arg     []uint8       // position of each maximum in its window in the last forward pass
	packed  direct.Packed // weights for the input gradient
	forward direct.Packed // weights for the forward pass by Winograd's algorithm or in strips
	parts   []*direct.Partial
	scratch freeList[*conv32Scratch]
	errs    []error // by shard
	args    layerArgs[float32]

	run                         direct.Runner
	forwardShard, backwardShard func(shard int)
	addShard                    func(share int) // adds parts
	addErrs                     []error         // by share of addShard
}

// conv32Scratch is the memory that a worker needs for the images of one call.
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
	options := direct.Options{Winograd: f.Winograd, Images: ceilDiv(s.N, c.shards)}
	if c.plan, err = direct.New(shape, c.grid, options); err != nil {
		return nil, err
	}
	c.images = c.plan.Images()
	c.scratch.fresh = func() *conv32Scratch { return &conv32Scratch{direct: c.plan.NewScratch()} }
	c.errs, c.addErrs = make([]error, c.shards), make([]error, elementShards(s.weightLen()))
	c.run = w.Run
	c.addShard = func(share int) { c.addErrs[share] = c.plan.AddParts(c.parts, share, len(c.addErrs)) }
	c.forwardShard = func(shard int) { c.errs[shard] = c.runForward(shard) }
	c.backwardShard = func(shard int) { c.errs[shard] = c.runBackward(shard) }
	return c, nil
}

// Forward computes args.y.
func (c *conv32) Forward(args layerArgs[float32]) error {
	if err := c.pack(args.weight); err != nil {
		return err
	}
	return c.forwardPacked(args)
}

// pack prepares weights for forwardPacked.
func (c *conv32) pack(weight []float32) error {
	switch {
	case c.plan.HasWinograd():
		return c.plan.PackWinograd(&c.forward, weight, c.run)
	case c.plan.HasStrips():
		return c.plan.PackStrips(&c.forward, weight)
	}
	return nil
}

// forwardPacked is Forward with the weights of the last call of pack.
func (c *conv32) forwardPacked(args layerArgs[float32]) error {
	c.args = args
	c.workers.Run(c.shards, c.forwardShard)
	c.args = layerArgs[float32]{}
	return firstError(c.errs...)
}

func (c *conv32) runForward(shard int) error {
	s := c.scratch.get()
	defer c.scratch.put(s)
	lo, hi := shardRange(c.shape.N, c.shards, shard)
	if c.norm != nil {
		c.norm.clearPart(shard)
	}
	for n := lo; n < hi; n += c.images {
		end := min(n+c.images, hi)
		if err := c.forwardImages(s, n, end); err != nil {
			return err
		}
		if c.norm != nil {
			c.norm.addStatistics(shard, n, end)
		}
	}
	return nil
}

// forwardImages computes the images first to end.
func (c *conv32) forwardImages(s *conv32Scratch, first, end int) error {
	sh, a, f := &c.shape, &c.args, &c.fusion
	image, output := sh.H*sh.W*sh.C, sh.OutH()*sh.OutW()*sh.K
	pooled := c.grid.H * c.grid.W * sh.K
	x := a.x[first*image : end*image]
	if f.Pool == nil {
		y := a.y[first*output : end*output]
		if err := c.convolve(s, y, x, f.ReLU && a.add == nil); err != nil {
			return err
		}
		if a.add != nil {
			addBlocks(y, f.ReLU, [][]float32{y, a.add[first*output : end*output]}, 0, len(y))
		}
		return nil
	}
	s.output = grow(s.output, (end-first)*output)
	if err := c.convolve(s, s.output, x, false); err != nil {
		return err
	}
	y := a.y[first*pooled : end*pooled]
	if err := c.poolImages(y, c.arg[first*pooled:end*pooled], s.output); err != nil || !f.ReLU {
		return err
	}
	// ReLU is monotonic, so it gives the same result after the pooling, on fewer elements.
	return simd.ReLU(y, y)
}

// poolImages computes the maxima y of the images x, and their positions arg.
func (c *conv32) poolImages(y []float32, arg []uint8, x []float32) error {
	line, row := c.grid.W*c.shape.K, c.shape.OutW()*c.shape.K
	for n := 0; n*c.grid.H*line < len(y); n++ {
		for i := range c.grid.H {
			at := (n*c.grid.H + i) * line
			if err := c.pool.Run(y[at:], arg[at:], x[(n*c.shape.OutH()+i*c.grid.StepH)*row:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// convolve computes the convolution of the images x.
func (c *conv32) convolve(s *conv32Scratch, y, x []float32, relu bool) error {
	if c.plan.HasWinograd() {
		return c.plan.ForwardWinograd(s.direct, y, x, &c.forward, c.args.bias, relu)
	}
	image, output := c.shape.H*c.shape.W*c.shape.C, c.shape.OutH()*c.shape.OutW()*c.shape.K
	for n := 0; n*output < len(y); n++ {
		to, from := y[n*output:][:output], x[n*image:][:image]
		var err error
		if c.plan.HasStrips() {
			err = c.plan.ForwardStrips(s.direct, to, from, &c.forward, c.args.weight, c.args.bias, relu)
		} else {
			err = c.plan.Forward(s.direct, to, from, c.args.weight, c.args.bias, relu)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Backward computes the gradients of args that are not nil.
func (c *conv32) Backward(args layerArgs[float32]) error {
	if args.dx != nil {
		if err := c.plan.Pack(&c.packed, args.weight, c.run); err != nil {
			return err
		}
	}
	for len(c.parts) < c.shards {
		c.parts = append(c.parts, c.plan.NewPartial())
	}
	c.args = args
	c.workers.Run(c.shards, c.backwardShard)
	c.args = layerArgs[float32]{}
	if err := firstError(c.errs...); err != nil {
		return err
	}
	if args.dweight != nil {
		c.workers.Run(len(c.addErrs), c.addShard)
		if err := firstError(c.addErrs...); err != nil {
			return err
		}
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
	for n := lo; n < hi; n += c.images {
		count := min(c.images, hi-n)
		grad := a.dy[n*cells:][:count*cells]
		var arg []uint8
		if c.arg != nil {
			arg = c.arg[n*cells:][:count*cells]
		}
		if c.norm != nil {
			s.grad = grow(s.grad, count*cells)
			c.norm.gradRows32(s.grad, n*c.norm.image)
			grad = s.grad
		}
		switch {
		case c.fusion.ReLU:
			s.grad = grow(s.grad, count*cells)
			if err := simd.ReLUGradSums(s.grad, part.Bias, grad, a.y[n*cells:][:count*cells]); err != nil {
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
			if err := c.plan.InputGradient(a.dx[n*image:][:count*image], s.direct, &c.packed); err != nil {
				return err
			}
		}
		if a.dweight != nil {
			if err := c.plan.AddWeightGradient(part, s.direct, a.x[n*image:][:count*image]); err != nil {
				return err
			}
		}
	}
	return c.plan.FinishWeightGradient(part, s.direct)
}
