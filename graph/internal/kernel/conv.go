package kernel

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd"
)

// ConvShape is the geometry of a convolution with K output channels. The
// channels are divided into Groups; output channel k reads only the input
// channels of group k/(K/Groups).
type ConvShape struct {
	Window
	K, Groups int
}

// Check returns an error, naming the field and its values, if the window is
// not valid or Groups does not divide both C and K.
func (s ConvShape) Check() error {
	if err := s.Window.Check(); err != nil {
		return err
	}
	if s.K < 1 {
		return fmt.Errorf("output channels: K is %d, expected at least 1", s.K)
	}
	if s.Groups < 1 {
		return fmt.Errorf("groups: Groups is %d, expected at least 1", s.Groups)
	}
	if s.C%s.Groups != 0 {
		return fmt.Errorf("input channels: C is %d, expected a multiple of Groups %d", s.C, s.Groups)
	}
	if s.K%s.Groups != 0 {
		return fmt.Errorf("output channels: K is %d, expected a multiple of Groups %d", s.K, s.Groups)
	}
	if !fits(maxImage, s.KH, s.KW, s.C, s.K) || !fits(maxImage, s.OutH(), s.OutW(), s.K) ||
		!fits(maxElements, s.N, s.OutH(), s.OutW(), s.K) {
		return fmt.Errorf("kernel [%d %d %d %d] is too large", s.KH, s.KW, s.C, s.K)
	}
	return nil
}

// FLOPs returns the floating-point operations of the forward pass over the
// whole batch, two for each multiply-add. Products with the padding count; the
// bias does not.
func (s ConvShape) FLOPs() int64 {
	return 2 * int64(s.N) * int64(s.OutH()) * int64(s.OutW()) * int64(s.K) *
		int64(s.KH) * int64(s.KW) * int64(s.C/max(s.Groups, 1))
}

func (s ConvShape) weightLen() int { return s.KH * s.KW * (s.C / s.Groups) * s.K }
func (s ConvShape) outputLen() int { return s.N * s.OutH() * s.OutW() * s.K }

// Conv computes a two-dimensional convolution (a cross-correlation, as in all
// of deep learning) of NHWC images:
//
//	y[n,i,j,k] = b[k] + Σ_{u,v,c} x[n, i·StrideH+u·DilationH-PadTop, j·StrideW+v·DilationW-PadLeft, c] · w[u,v,c,k]
//
// where c runs over the channels of k's group and x is 0 in the padding.
//
// If each group is one input channel with few outputs, type depthwise computes it for
// both element types. Otherwise type conv32 computes it for float32 on package direct if
// there is assembly.
//
// The portable algorithm needs no im2col. It lists the nonzero elements of the input
// (backward: of the output gradient) as entries, and multiplies each list by a packed
// panel of eight columns of the other operand. See gather.
type Conv[T Float] struct {
	shape   ConvShape
	workers *Workers
	shards  int

	// A run is a sequence of taps of one kernel row whose channels are contiguous
	// both in the image and in the weights: the whole row if there is one group
	// and no dilation, else one tap.
	runsPerRow, runLen int

	asm       *conv32       // float32 on a processor with assembly, else nil
	depthwise *depthwise[T] // for a depthwise shape, else nil

	forward  []convForward[T]
	backward []convBackward[T]
	panels   []T // weights packed for the pass in progress
	args     convArgs[T]

	forwardShard, backwardShard func(shard int)
}

// convArgs are the operands of the pass in progress.
type convArgs[T Float] struct {
	y, x, weight, bias []T
	dx, dweight, dbias []T
	dy                 []T
}

// NewConv returns a convolution kernel for the shape.
func NewConv[T Float](s ConvShape, w *Workers) (*Conv[T], error) {
	if err := firstError(s.Check(), simd.Err()); err != nil {
		return nil, fmt.Errorf("conv: %w", err)
	}
	c := &Conv[T]{shape: s, workers: w, shards: min(s.N, maxShards)}
	c.runsPerRow, c.runLen = s.KW, s.C/s.Groups
	if s.Groups == 1 && s.DilationW == 1 {
		c.runsPerRow, c.runLen = 1, s.KW*s.C
	}
	if s.depthwise() {
		c.depthwise = newDepthwise[T](s, w)
		return c, nil
	}
	if hasAssembly[T]() {
		var err error
		if c.asm, err = newConv32(s, Fusion{}, w); err != nil {
			return nil, err
		}
	}
	// Stored once, because creating a method value at each call would allocate.
	c.forwardShard = c.runForward
	c.backwardShard = c.runBackward
	return c, nil
}

// Shape returns the shape that the kernel was made for.
func (c *Conv[T]) Shape() ConvShape { return c.shape }

// convForward is the scratch memory of one shard's forward pass: the nonzero
// elements of one image, row by row and pixel by pixel. Those of row iy, pixel ix
// (counted in the padded row) and group g are list[start[i]:start[i+1]] with
// i = (iy·paddedW + ix)·Groups + g. Pixels in the padding have none.
type convForward[T Float] struct {
	list  []entry[T]
	start []int32
}

// Forward computes y [N,OutH,OutW,K] from x [N,H,W,C], weight
// [KH][KW][C/Groups][K] and bias [K]; bias may be nil. y must not overlap the
// operands.
func (c *Conv[T]) Forward(y, x, weight, bias []T) error {
	s := &c.shape
	if err := firstError(
		checkLen("conv", "y", y, s.outputLen()),
		checkLen("conv", "x", x, s.inputLen()),
		checkLen("conv", "weight", weight, s.weightLen()),
		checkOptional("conv", "bias", bias, s.K),
	); err != nil {
		return err
	}
	if c.asm != nil {
		return c.asm.forward(fusedArgs[float32]{out: as32(y), x: as32(x), weight: as32(weight), bias: as32(bias)})
	}
	if c.depthwise != nil {
		return c.depthwise.forward(convArgs[T]{y: y, x: x, weight: weight, bias: bias})
	}
	if c.forward == nil {
		c.forward = make([]convForward[T], c.shards)
		pixels := s.H * (s.W + s.PadLeft + s.PadRight)
		for i := range c.forward {
			c.forward[i] = convForward[T]{
				list:  make([]entry[T], s.H*s.W*s.C+1),
				start: make([]int32, pixels*s.Groups+1),
			}
		}
	}
	c.packForward(weight)
	c.args = convArgs[T]{y: y, x: x, bias: bias}
	c.workers.Run(c.shards, c.forwardShard)
	c.args = convArgs[T]{}
	return nil
}

// packForward packs the weights into panels of eight output channels,
// [group][tile][KH·KW·C/Groups][8]. The last tile of a group is padded with
// zeros.
func (c *Conv[T]) packForward(weight []T) {
	s := &c.shape
	taps, kg := s.KH*s.KW*(s.C/s.Groups), s.K/s.Groups
	tiles := ceilDiv(kg, lanes)
	c.panels = grow(c.panels, s.Groups*tiles*taps*lanes)
	p := c.panels
	for g := range s.Groups {
		for t := range tiles {
			first := g*kg + t*lanes
			valid := min(lanes, kg-t*lanes)
			for r := range taps {
				n := copy(p[:lanes], weight[r*s.K+first:][:valid])
				clear(p[n:lanes])
				p = p[lanes:]
			}
		}
	}
}

func (c *Conv[T]) runForward(shard int) {
	s := &c.shape
	image, output := s.H*s.W*s.C, s.OutH()*s.OutW()*s.K
	lo, hi := shardRange(s.N, c.shards, shard)
	for n := lo; n < hi; n++ {
		c.listImage(&c.forward[shard], c.args.x[n*image:][:image])
		c.forwardImage(&c.forward[shard], c.args.y[n*output:][:output])
	}
}

// listImage lists the nonzero elements of an image. The offset of an entry is the
// offset of the row of the panel that it multiplies if the window begins at pixel
// 0 of the padded row.
func (c *Conv[T]) listImage(f *convForward[T], x []T) {
	s := &c.shape
	cg := s.C / s.Groups
	n, i := 0, 0
	for range s.H {
		for ix := range s.W + s.PadLeft + s.PadRight {
			inside := ix >= s.PadLeft && ix < s.PadLeft+s.W
			for g := range s.Groups {
				f.start[i] = int32(n)
				i++
				if inside {
					n = appendNonzero(f.list, n, x[:cg], (ix*s.C+g*cg)*lanes, lanes)
					x = x[cg:]
				}
			}
		}
	}
	f.start[i] = int32(n)
}

// forwardImage computes one image. It finishes eight output channels of one row
// before the next eight, so that their panel stays in the first-level cache.
func (c *Conv[T]) forwardImage(f *convForward[T], y []T) {
	s := &c.shape
	paddedW := s.W + s.PadLeft + s.PadRight
	cg, kg := s.C/s.Groups, s.K/s.Groups
	panel := s.KH * s.KW * cg * lanes
	pixelsPerRun := s.KW / c.runsPerRow
	outW := s.OutW()
	for oy := range s.OutH() {
		at := 0
		for k0 := 0; k0 < s.K; {
			g := k0 / kg
			valid := min(lanes, (g+1)*kg-k0)
			m := c.panels[at:][:panel]
			at += panel
			var bias [lanes]T
			if c.args.bias != nil {
				copy(bias[:valid], c.args.bias[k0:])
			}
			for ox := range outW {
				acc := bias
				for ky := range s.KH {
					iy := oy*s.StrideH - s.PadTop + ky*s.DilationH
					if iy < 0 || iy >= s.H {
						continue
					}
					for run := range c.runsPerRow {
						ix := ox*s.StrideW + run*s.DilationW
						i := (iy*paddedW+ix)*s.Groups + g
						// With one group the pixels of a run are consecutive in start.
						list := f.list[f.start[i]:f.start[i+pixelsPerRun]]
						row := (ky*s.KW + run) * cg
						gather(&acc, list, m, (row-ix*s.C-g*cg)*lanes)
					}
				}
				store(y[(oy*outW+ox)*s.K+k0:][:valid], &acc)
			}
			k0 += valid
		}
	}
}

// grow returns a slice of n elements: p if it is large enough, else a new one.
func grow[T any](p []T, n int) []T {
	if cap(p) < n {
		return make([]T, n)
	}
	return p[:n]
}
