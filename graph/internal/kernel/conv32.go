package kernel

import (
	"inkstone/graph/internal/kernel/direct"
	"inkstone/graph/internal/kernel/simd"
)

// conv32 runs a float32 convolution, and the operations that its Fusion adds, on package
// direct. If there is pooling, it keeps the output of the convolution for a few images at a
// time only.
type conv32 struct {
	shape    ConvShape
	fusion   Fusion
	workers  *Workers
	shards   int
	images   int      // computed in one call of the plan
	division division // of a forward pass
	plan     *direct.Conv
	grid     direct.Grid
	pool     simd.MaxPool        // one row of the max-pooling
	norm     *BatchNorm[float32] // of the output, for a ConvNorm, else nil

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
	c.division = newDivision(s, c.grid.H, c.rowUnit(), w)
	c.scratch.fresh = func() *conv32Scratch { return &conv32Scratch{direct: c.plan.NewScratch()} }
	c.errs, c.addErrs = make([]error, max(c.shards, c.division.count())), make([]error, elementShards(s.weightLen()))
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
	c.division.run(c.workers, c.forwardShard)
	c.args = layerArgs[float32]{}
	return firstError(c.errs[:c.division.count()]...)
}

// rowUnit returns the number of rows of the grid that stay together in a division.
func (c *conv32) rowUnit() int {
	unit := 1
	for unit < c.grid.H && unit*c.grid.StepH%c.plan.RowUnit() > 0 {
		unit++
	}
	return unit
}

func (c *conv32) runForward(shard int) error {
	s := c.scratch.get()
	defer c.scratch.put(s)
	lo, hi, from, to := c.division.shard(shard)
	image, known := c.shape.H*c.shape.W*c.shape.C, hi // the worker computes the images up to known
	if c.workers.N() == 1 {
		known = c.shape.N
	}
	if c.norm != nil {
		c.norm.clearPart(shard)
	}
	for n := lo; n < hi; n += c.images {
		end := min(n+c.images, hi)
		s.direct.SetNext(c.args.x[end*image : min(end+c.images, known)*image])
		if err := c.forwardImages(s, n, end, from, to); err != nil {
			return err
		}
		if c.norm != nil {
			c.norm.addStatistics(shard, n, end)
		}
	}
	return nil
}

// forwardImages computes the images first to end, or the rows from up to but not including to of
// one image.
func (c *conv32) forwardImages(s *conv32Scratch, first, end, from, to int) error {
	sh, a, f, g := &c.shape, &c.args, &c.fusion, &c.grid
	image, output, row := sh.H*sh.W*sh.C, sh.OutH()*sh.OutW()*sh.K, g.W*sh.K
	x := a.x[first*image : end*image]
	lo, hi := (first*g.H+from)*row, ((end-1)*g.H+to)*row
	y := a.y[lo:hi]
	if f.Pool == nil {
		if err := c.convolve(s, a.y[first*output:end*output], x, f.ReLU && a.add == nil, direct.Rows{From: from, To: to}); err != nil {
			return err
		}
		if a.add != nil {
			addBlocks(y, f.ReLU, [][]float32{y, a.add[lo:hi]}, 0, len(y))
		}
		return nil
	}
	s.output = grow(s.output, (end-first)*output)
	rows := direct.Rows{From: from * g.StepH, To: (to-1)*g.StepH + g.PH}
	if to == g.H {
		rows.To = sh.OutH()
	}
	if err := c.convolve(s, s.output, x, false, rows); err != nil {
		return err
	}
	for n := first; n < end; n++ {
		if err := c.poolRows(n, from, to, s.output[(n-first)*output:]); err != nil {
			return err
		}
	}
	if !f.ReLU {
		return nil
	}
	// ReLU is monotonic, so it gives the same result after the pooling, on fewer elements.
	return simd.ReLU(y, y)
}

// poolRows computes some rows of the maxima of image n, whose convolution is x, and their positions.
func (c *conv32) poolRows(n, from, to int, x []float32) error {
	for i := from; i < to; i++ {
		at := (n*c.grid.H + i) * c.grid.W * c.shape.K
		if err := c.pool.Run(c.args.y[at:], c.arg[at:], x[i*c.grid.StepH*c.shape.OutW()*c.shape.K:]); err != nil {
			return err
		}
	}
	return nil
}

// convolve computes some rows of the convolution of the images x.
func (c *conv32) convolve(s *conv32Scratch, y, x []float32, relu bool, rows direct.Rows) error {
	if c.plan.HasWinograd() {
		return c.plan.ForwardWinograd(s.direct, y, x, &c.forward, c.args.bias, relu, rows)
	}
	image, output := c.shape.H*c.shape.W*c.shape.C, c.shape.OutH()*c.shape.OutW()*c.shape.K
	for n := 0; n*output < len(y); n++ {
		to, from := y[n*output:][:output], x[n*image:][:image]
		var err error
		if c.plan.HasStrips() {
			err = c.plan.ForwardStrips(s.direct, to, from, &c.forward, c.args.weight, c.args.bias, relu, rows)
		} else {
			err = c.plan.Forward(s.direct, to, from, c.args.weight, c.args.bias, relu, rows)
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
	if err := firstError(c.errs[:c.shards]...); err != nil {
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
	image := sh.H * sh.W * sh.C
	part.Reset()
	lo, hi := shardRange(sh.N, c.shards, shard)
	for n := lo; n < hi; n += c.images {
		count := min(c.images, hi-n)
		if err := c.setGradient(s, part, n, count); err != nil {
			return err
		}
		if a.dx != nil {
			s.direct.SetNext(nil)
			if a.dweight != nil {
				s.direct.SetNext(a.x[n*image:][:count*image])
			}
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

// setGradient passes the gradient with respect to the convolution's output, for some images, to the plan. It
// adds the gradient of the bias to part.
func (c *conv32) setGradient(s *conv32Scratch, part *direct.Partial, first, count int) error {
	a, cells := &c.args, c.grid.H*c.grid.W*c.shape.K
	if c.norm != nil && a.dbias == nil && c.norm.gradsByImage(first+count) {
		if values, image, row := s.direct.PaddedGradient(count); values != nil {
			for i := range count {
				c.norm.gradImage32(values[i*image:], row, first+i)
			}
			return nil
		}
	}
	grad := a.dy[first*cells:][:count*cells]
	if c.norm != nil {
		s.grad = grow(s.grad, count*cells)
		c.norm.gradRows32(s.grad, first*c.norm.image)
		grad = s.grad
	}
	switch {
	case c.fusion.ReLU:
		s.grad = grow(s.grad, count*cells)
		if err := simd.ReLUGradSums(s.grad, part.Bias, grad, a.y[first*cells:][:count*cells]); err != nil {
			return err
		}
		grad = s.grad
	case a.dbias != nil:
		if err := simd.ColumnSums(part.Bias, grad); err != nil {
			return err
		}
	}
	if a.dx == nil && a.dweight == nil {
		return nil
	}
	var arg []uint8
	if c.arg != nil {
		arg = c.arg[first*cells:][:count*cells]
	}
	return s.direct.SetGradient(grad, arg)
}
