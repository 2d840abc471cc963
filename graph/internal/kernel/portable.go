package kernel

// portableConv runs a convolution of any shape and type in portable Go. It needs no im2col.
// It lists the nonzero elements of the input (backward: of the output gradient) as entries,
// and multiplies each list by a packed panel of eight columns of the other operand. See gather.
type portableConv[T Float] struct {
	shape   ConvShape
	workers *Workers
	shards  int

	// A run is a sequence of taps of one kernel row whose channels are contiguous
	// both in the image and in the weights: the whole row if there is one group
	// and no dilation, else one tap.
	runsPerRow, runLen int

	division division
	forward  []convForward[T]
	backward []convBackward[T]
	panels   []T // weights packed for the pass in progress
	args     layerArgs[T]

	forwardShard, backwardShard func(shard int)
}

func newPortableConv[T Float](s ConvShape, w *Workers) *portableConv[T] {
	c := &portableConv[T]{shape: s, workers: w, shards: min(s.N, maxShards), division: newDivision(s, s.OutH(), 1, w)}
	c.runsPerRow, c.runLen = s.KW, s.C/s.Groups
	if s.Groups == 1 && s.DilationW == 1 {
		c.runsPerRow, c.runLen = 1, s.KW*s.C
	}
	// Stored once, because creating a method value at each call would allocate.
	c.forwardShard = c.runForward
	c.backwardShard = c.runBackward
	return c
}

// convForward is the scratch memory of one shard's forward pass: the nonzero
// elements of one image, row by row and pixel by pixel. Those of row iy, pixel ix
// (counted in the padded row) and group g are list[start[i]:start[i+1]] with
// i = (iy·paddedW + ix)·Groups + g. Pixels in the padding have none.
type convForward[T Float] struct {
	list  []entry[T]
	start []int32
}

func (c *portableConv[T]) Forward(args layerArgs[T]) error {
	s := &c.shape
	if c.forward == nil {
		c.forward = make([]convForward[T], c.division.count())
		pixels := s.H * (s.W + s.PadLeft + s.PadRight)
		for i := range c.forward {
			c.forward[i] = convForward[T]{
				list:  make([]entry[T], s.H*s.W*s.C+1),
				start: make([]int32, pixels*s.Groups+1),
			}
		}
	}
	c.packForward(args.weight)
	c.args = args
	c.division.run(c.workers, c.forwardShard)
	c.args = layerArgs[T]{}
	return nil
}

// packForward packs the weights into panels of eight output channels,
// [group][tile][KH·KW·C/Groups][8]. The last tile of a group is padded with
// zeros.
func (c *portableConv[T]) packForward(weight []T) {
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

func (c *portableConv[T]) runForward(shard int) {
	s := &c.shape
	image, output := s.H*s.W*s.C, s.OutH()*s.OutW()*s.K
	lo, hi, from, to := c.division.shard(shard)
	for n := lo; n < hi; n++ {
		c.listImage(&c.forward[shard], c.args.x[n*image:][:image])
		c.forwardRows(&c.forward[shard], c.args.y[n*output:][:output], from, to)
	}
}

// listImage lists the nonzero elements of an image. The offset of an entry is the
// offset of the row of the panel that it multiplies if the window begins at pixel
// 0 of the padded row.
func (c *portableConv[T]) listImage(f *convForward[T], x []T) {
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

// forwardRows computes some rows of one image. It finishes eight output channels of one row
// before the next eight, so that their panel stays in the first-level cache.
func (c *portableConv[T]) forwardRows(f *convForward[T], y []T, from, to int) {
	s := &c.shape
	paddedW := s.W + s.PadLeft + s.PadRight
	cg, kg := s.C/s.Groups, s.K/s.Groups
	panel := s.KH * s.KW * cg * lanes
	pixelsPerRun := s.KW / c.runsPerRow
	outW := s.OutW()
	for oy := from; oy < to; oy++ {
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
