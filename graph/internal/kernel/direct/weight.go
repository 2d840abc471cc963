package direct

import "inkstone/graph/internal/kernel/simd"

// imageBlock is how many bytes of a block of the image the weight gradient draws on at
// a time: most of a first-level cache.
const imageBlock = 24 << 10

// weightPlan is how the gradient of the weights is computed from lists.
type weightPlan struct {
	lists   bool
	run     bool // one vector holds a whole kernel row: KW·C values, not one block of channels
	chunks  int
	cols    int // vectors in a row of a packed block
	kernels []rowPatch
	bands   []band
	shifts  *simd.Offsets // of the positions of a cell
	taps    int           // vectors in a window
	width   int           // vectors in a row of a window
}

// band is a stretch of rows of cells whose part of the image stays in cache.
type band struct {
	from, to int
	offsets  *simd.Offsets
}

func (c *Conv) planWeight() error {
	s, g, w := &c.shape, &c.grid, &c.wgrad
	if s.Groups > 1 || s.DilationH*s.DilationW > 1 {
		return nil
	}
	w.rowInVector = s.KW*s.C <= c.lanes
	w.chunks, w.cols, w.width = c.chunks, s.paddedW(), s.KW
	colStep := s.StrideW * c.lanes
	if w.rowInVector {
		w.chunks, w.cols, w.width = 1, s.outW(), 1
		colStep = c.lanes
	}
	var err error
	if w.kernels, err = rowPatches(s.KH, w.width, 1, 1); err != nil || w.kernels == nil {
		return err
	}
	w.taps = s.KH * w.width
	w.lists = w.listsAreFaster(c)
	rowLen := w.cols * c.lanes
	bands := min(g.H, ceilDiv(4*s.paddedH()*rowLen, imageBlock))
	for b := range bands {
		from, to := b*g.H/bands, (b+1)*g.H/bands
		o, err := simd.NewOffsets((to-from)*g.W, func(i int) int {
			return (from+i/g.W)*g.StepH*s.StrideH*rowLen + i%g.W*g.StepW*colStep
		})
		if err != nil {
			return err
		}
		w.bands = append(w.bands, band{from, to, o})
	}
	w.shifts, err = simd.NewOffsets(g.PH*g.PW, func(i int) int {
		return i/g.PW*s.StrideH*rowLen + i%g.PW*colStep
	})
	return err
}

// listsAreFaster estimates whether lists beat a whole product for a typical gradient: half
// of it dead by ReLU, and all but one pixel of a cell by pooling. A list costs two
// cycles for each entry, and at least four with its multiply-adds, one a vector; a
// whole product is less than perfect when few rows of weights share a gradient.
func (w *weightPlan) listsAreFaster(c *Conv) bool {
	s, g := &c.shape, &c.grid
	entry := float64(w.chunks) * (max(float64(w.taps), 4) + 2)
	whole := float64(s.KH*s.KW*s.C) / float64(c.lanes)
	if s.KW*s.C < 6 {
		whole *= 1.6
	}
	if g.pooled() {
		return entry/float64(2*g.PH*g.PW) < whole+1 // one more to spread the gradient out
	}
	return entry/2 < whole
}

// weightScratch holds the gradient by channel and its lists, one for each band.
type weightScratch struct {
	grad           []float32
	shifts, shiftT *simd.Shifts
	lists          []*simd.Lists
	ready          bool
}

// Partial is a part of the gradients of weights and bias: the sum over some images. Parts
// are made by [Conv.NewPartial], cleared, added to, and summed up by [Conv.Reduce].
type Partial struct {
	Bias   []float32
	listed []float32 // [chunk][K][taps][lanes]
	whole  []float32 // [KH·KW·C/Groups][K]
	hasSparse  bool
	hasDense  bool
}

// NewPartial returns an empty part.
func (c *Conv) NewPartial() *Partial { return &Partial{Bias: make([]float32, c.shape.K)} }

// Reset empties a part.
func (p *Partial) Reset() {
	clear(p.Bias)
	p.hasSparse, p.hasDense = false, false
}

// listWeight lists the gradient by channel, unless that is done already.
func (s *Scratch) listWeight() error {
	c := s.conv
	g, w, k := &c.grid, &c.wgrad, c.shape.K
	ws := &s.weight
	if ws.ready {
		return nil
	}
	cells := g.H * g.W
	if ws.lists == nil {
		ws.grad = make([]float32, cells*k)
		if g.pooled() {
			ws.shifts, ws.shiftT = simd.NewShifts(cells*k), simd.NewShifts(cells*k)
		}
		for _, b := range w.bands {
			l, err := simd.NewLists(k, (b.to-b.from)*g.W*k)
			if err != nil {
				return err
			}
			ws.lists = append(ws.lists, l)
		}
	}
	if err := simd.Transpose(ws.grad, cells, s.grad, k, cells, k); err != nil {
		return err
	}
	if g.pooled() {
		if err := firstError(ws.shifts.Set(s.arg, w.shifts), ws.shiftT.Transpose(ws.shifts, cells, k)); err != nil {
			return err
		}
	}
	for i, b := range w.bands {
		first, n := b.from*g.W, (b.to-b.from)*g.W
		if err := ws.lists[i].Set(k, n, ws.grad[first:], cells, b.offsets, ws.shiftT, first); err != nil {
			return err
		}
	}
	ws.ready = true
	return nil
}

// blockLen is the size of a packed block of the image.
func (c *Conv) blockLen() int { return c.shape.paddedH() * c.wgrad.cols * c.lanes }

// AddWeightGradient adds to a part the gradient of the weights for one image x, from
// the gradient that [Scratch.SetGradient] was given.
func (c *Conv) AddWeightGradient(p *Partial, s *Scratch, x []float32) error {
	sh, w := &c.shape, &c.wgrad
	if err := firstError(c.checkScratch(s), checkLen("x", x, sh.imageLen())); err != nil {
		return err
	}
	x = s.pad(x)
	if !w.lists || s.mostlyNonzero() {
		return s.denseWeightGradient(p, x)
	}
	if err := s.listWeight(); err != nil {
		return err
	}
	n := w.chunks * sh.K * w.taps * c.lanes
	if !p.hasSparse {
		p.sparse = grow(p.sparse, n)
		clear(p.sparse)
		p.hasSparse = true
	}
	rowLen := w.cols * c.lanes
	if err := s.packBlocks(x); err != nil {
		return err
	}
	for chunk := range w.chunks {
		block := s.block[chunk*c.blockLen():]
		for i := range w.bands {
			for _, k := range w.kernels {
				to := p.sparse[(chunk*sh.K*w.taps+k.from*w.width)*c.lanes:]
				if err := k.Run(to, w.width*c.lanes, w.taps*c.lanes, block[k.from*rowLen:], rowLen, s.weight.lists[i], 0, sh.K); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// packBlocks copies the padded image x into vectors: one for each block of channels and
// pixel, or in run form one for each output column. A few rows of all blocks are done
// before the next, so that the image is read once and in order.
func (s *Scratch) packBlocks(x []float32) error {
	c := s.conv
	p, w := &c.shape, &c.wgrad
	s.block = grow(s.block, w.chunks*c.blockLen())
	rowLen := w.cols * c.lanes
	for row := 0; row < p.paddedH(); row += packRows {
		for chunk := range w.chunks {
			pack := simd.VectorCopy{Rows: min(packRows, p.paddedH()-row), N: w.cols, Count: min(c.lanes, p.C-chunk*c.lanes),
				RowRun: p.paddedW() * p.C, StepRun: p.C, RowVector: rowLen, StepVector: c.lanes}
			if w.rowInVector {
				pack.Count, pack.StepRun = p.KW*p.C, p.StrideW*p.C
			}
			err := pack.Pack(s.block[chunk*c.blockLen()+row*rowLen:], x[row*p.paddedW()*p.C+chunk*c.lanes:])
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Reduce sums up parts in their order. dweight [KH][KW][C/Groups][K] and dbias [K] may
// be nil, and are overwritten. The parts are used up.
func (c *Conv) Reduce(dweight, dbias []float32, parts []*Partial) error {
	if dbias != nil {
		clear(dbias)
		for _, p := range parts {
			if err := simd.Add(dbias, dbias, p.Bias); err != nil {
				return err
			}
		}
	}
	if dweight == nil {
		return nil
	}
	var listed, whole []float32
	for _, p := range parts {
		var err error
		if p.hasSparse {
			listed, err = addPart(listed, p.sparse)
		}
		if p.hasDense && err == nil {
			whole, err = addPart(whole, p.dense)
		}
		if err != nil {
			return err
		}
	}
	if listed == nil && whole == nil {
		clear(dweight)
		return nil
	}
	if listed != nil {
		if err := c.addListed(dweight, listed); err != nil {
			return err
		}
	}
	if whole == nil {
		return nil
	}
	if listed == nil {
		copy(dweight, whole)
		return nil
	}
	return simd.Add(dweight, dweight, whole)
}

// addUp adds a part to the first of them.
func addPart(sum, part []float32) ([]float32, error) {
	if sum == nil {
		return part, nil
	}
	return sum, simd.Add(sum, sum, part)
}

// addListed turns the sum over lists into the order of the weights.
func (c *Conv) addListed(dweight, listed []float32) error {
	s, w := &c.shape, &c.wgrad
	perTap, width := s.C, 0
	if w.rowInVector {
		perTap = s.KW * s.C
	}
	for chunk := range w.chunks {
		width = min(c.lanes, perTap-chunk*c.lanes)
		for t := range w.taps {
			from := listed[(chunk*s.K*w.taps+t)*c.lanes:]
			to := dweight[(t*perTap+chunk*c.lanes)*s.K:]
			if err := simd.Transpose(to, s.K, from, w.taps*c.lanes, s.K, width); err != nil {
				return err
			}
		}
	}
	return nil
}
