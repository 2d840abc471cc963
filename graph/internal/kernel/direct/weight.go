package direct

import "inkstone/graph/internal/kernel/simd"

// imageBlock is the number of bytes of a block of the image that the weight gradient uses at
// a time: most of a first-level cache.
const imageBlock = 24 << 10

// weightPlan is the plan of the weight gradient from lists.
type weightPlan struct {
	lists       bool // lists are faster than a dense product
	rowInVector bool // a vector holds a kernel row, KW·C values, instead of a block of channels
	inPlace     bool // the channels of a pixel are whole vectors, so the image need not be packed
	chunks      int  // blocks of vectors: of input channels, or one if rowInVector or inPlace
	cols        int  // vectors in a row of a packed block, or of the image if inPlace
	kernels     []rowPatch
	bands       []band
	shifts      *simd.Offsets // offsets of the positions in a cell
	taps        int           // vectors in a window
	width       int           // vectors in a row of a window
}

// band is a range of rows of cells whose part of the image stays in the cache.
type band struct {
	from, to int
	offsets  *simd.Offsets
}

func (c *Conv) planWeight() error {
	s, g, w := &c.shape, &c.grid, &c.weight
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
	if !w.rowInVector && s.C%c.lanes == 0 {
		if w.kernels, err = rowPatches(c.lanes, s.KH, s.KW*c.chunks, 1, 1); err != nil {
			return err
		}
	}
	if w.inPlace = w.kernels != nil; w.inPlace {
		w.chunks, w.cols, w.width = 1, w.cols*c.chunks, w.width*c.chunks
		colStep = s.StrideW * s.C
	} else if w.kernels, err = rowPatches(c.lanes, s.KH, w.width, 1, 1); err != nil || w.kernels == nil {
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

// listsAreFaster estimates whether lists are faster than a dense product for a typical
// gradient: half of it is zero after ReLU, and all but one pixel of each cell after pooling.
// An entry of a list takes two cycles, and one more for the multiply-add of each vector or two half
// ones, but at least four for these. A dense product is slower than its peak if few rows of weights
// use a gradient.
func (w *weightPlan) listsAreFaster(c *Conv) bool {
	s, g := &c.shape, &c.grid
	lanes := float64(simd.Lanes())
	entry := float64(w.chunks) * (max(float64(w.taps*c.lanes)/lanes, 4) + 2)
	dense := float64(s.KH*s.KW*s.C) / lanes
	if s.KW*s.C < 6 {
		dense *= 1.6
	}
	if g.pooled() {
		return entry/float64(2*g.PH*g.PW) < dense+1 // one more for pixelGradient
	}
	return entry/2 < dense
}

// weightScratch holds the gradient by channel and its lists, one for each band.
type weightScratch struct {
	grad           []float32
	shifts, shiftT *simd.Shifts
	lists          []*simd.Lists
	freq           []float32 // the transformed gradient of Winograd's algorithm
}

// Partial is the sum of the gradients of weights and bias over some images. [Conv.AddParts] and
// [Conv.Reduce] add several of them.
type Partial struct {
	Bias                []float32
	sparse              []float32 // sum from lists, [chunk][K][taps][lanes]
	dense               []float32 // sum from dense products, [KH·KW·C/Groups][K]
	hasSparse, hasDense bool      // sparse and dense are in use
	hasFreq             bool      // the transformed gradient of the scratch memory is in use
}

// NewPartial returns a sum of no images.
func (c *Conv) NewPartial() *Partial { return &Partial{Bias: make([]float32, c.shape.K)} }

// Reset sets p to a sum of no images.
func (p *Partial) Reset() {
	clear(p.Bias)
	p.hasSparse, p.hasDense, p.hasFreq = false, false, false
}

// useDense clears the sum from dense products if it is not in use yet.
func (p *Partial) useDense(n int) {
	if !p.hasDense {
		p.dense = grow(p.dense, n)
		clear(p.dense)
		p.hasDense = true
	}
}

// listWeight lists the gradient of the image in progress by channel.
func (s *Scratch) listWeight() error {
	c := s.conv
	g, w, k := &c.grid, &c.weight, c.shape.K
	ws := &s.weight
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
	return nil
}

// blockLen is the size of a packed block of the image.
func (c *Conv) blockLen() int { return c.shape.paddedH() * c.weight.cols * c.lanes }

// AddWeightGradient adds to p the weight gradient for the images x [images][H,W,C], from the
// gradient of [Scratch.SetGradient]. After the last images of p, [Conv.FinishWeightGradient]
// must be called with the same scratch memory.
func (c *Conv) AddWeightGradient(p *Partial, s *Scratch, x []float32) error {
	n, g := c.shape.imageLen(), &s.gradient
	if err := firstError(c.checkScratch(s), checkLen("x", x, g.images*n)); err != nil {
		return err
	}
	dense := !c.weight.lists || g.dense
	if dense && c.winogradWeight {
		return s.winogradWeightGradient(p, x)
	}
	for i := range g.images {
		s.selectImage(i)
		from := x[i*n:][:n]
		var err error
		if dense {
			err = s.denseWeightGradient(p, s.pad(from))
		} else {
			err = s.sparseWeightGradient(p, s.pad(from))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// winogradWeightGradient adds to the transformed gradient of the scratch memory.
func (s *Scratch) winogradWeightGradient(p *Partial, x []float32) error {
	w, ws := s.conv.winograd, &s.weight
	ws.freq = grow(ws.freq, w.weightLen())
	fresh := !p.hasFreq
	p.hasFreq = true
	return w.addWeightGradient(&s.winograd, ws.freq, x, s.paddedGradient(), &s.conv.padded, fresh)
}

// FinishWeightGradient completes the sum p after the last call of [Conv.AddWeightGradient].
func (c *Conv) FinishWeightGradient(p *Partial, s *Scratch) error {
	if !p.hasFreq {
		return nil
	}
	p.hasFreq = false
	p.dense = grow(p.dense, c.shape.weightLen())
	p.hasDense = true
	return c.winograd.weightGradient(&s.winograd, p.dense, s.weight.freq)
}

// sparseWeightGradient adds the weight gradient for one padded image x to p from lists.
func (s *Scratch) sparseWeightGradient(p *Partial, x []float32) error {
	c := s.conv
	sh, w := &c.shape, &c.weight
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
	blocks := x
	if !w.inPlace {
		if err := s.packBlocks(x); err != nil {
			return err
		}
		blocks = s.block
	}
	for chunk := range w.chunks {
		block := blocks[chunk*c.blockLen():]
		for i := range w.bands {
			for _, k := range w.kernels {
				to := p.sparse[(chunk*sh.K*w.taps+k.from*w.width)*c.lanes:]
				if err := k.Run(to, w.width*c.lanes, c.lanes, w.taps*c.lanes, block[k.from*rowLen:], rowLen, s.weight.lists[i], 0, sh.K); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// packBlocks copies the padded image x to vectors: one for each block of channels and pixel,
// or one for each output column if rowInVector is set. It copies a few rows for all blocks
// before the next rows, so it reads the image once and in order.
func (s *Scratch) packBlocks(x []float32) error {
	c := s.conv
	p, w := &c.shape, &c.weight
	s.block = grow(s.block, w.chunks*c.blockLen())
	rowLen := w.cols * c.lanes
	for row := 0; row < p.paddedH(); row += packRows {
		for chunk := range w.chunks {
			pack := simd.VectorCopy{Lanes: c.lanes, Rows: min(packRows, p.paddedH()-row), N: w.cols, Count: min(c.lanes, p.C-chunk*c.lanes),
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

// AddParts adds the weight gradients of parts in their order to the first of them, in one of several
// shares of their elements. [Conv.Reduce] needs all shares.
func (c *Conv) AddParts(parts []*Partial, share, shares int) error {
	var sparse, dense []float32
	for _, p := range parts {
		var err error
		if p.hasSparse {
			sparse, err = addPart(sparse, shareOf(p.sparse, share, shares))
		}
		if p.hasDense && err == nil {
			dense, err = addPart(dense, shareOf(p.dense, share, shares))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shareOf returns one of several shares of s.
func shareOf[T any](s []T, share, shares int) []T {
	return s[len(s)*share/shares : len(s)*(share+1)/shares]
}

// Reduce overwrites dweight [KH][KW][C/Groups][K] and dbias [K], each of which may be nil, with the
// sum of parts. If dweight is not nil, [Conv.AddParts] must have added the shares of all parts, which
// must be Reset before they are used again.
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
	var sparse, dense []float32
	for _, p := range parts {
		if p.hasSparse && sparse == nil {
			sparse = p.sparse
		}
		if p.hasDense && dense == nil {
			dense = p.dense
		}
	}
	if sparse == nil && dense == nil {
		clear(dweight)
		return nil
	}
	if sparse != nil {
		if err := c.storeSparse(dweight, sparse); err != nil {
			return err
		}
	}
	if dense == nil {
		return nil
	}
	if sparse == nil {
		copy(dweight, dense)
		return nil
	}
	return simd.Add(dweight, dweight, dense)
}

// addPart adds part to sum and returns the sum. The first part becomes the sum.
func addPart(sum, part []float32) ([]float32, error) {
	if sum == nil {
		return part, nil
	}
	return sum, simd.Add(sum, sum, part)
}

// storeSparse writes the sum from lists to dweight in the order of the weights.
func (c *Conv) storeSparse(dweight, sparse []float32) error {
	s, w := &c.shape, &c.weight
	perTap, width := s.C, 0
	switch {
	case w.rowInVector:
		perTap = s.KW * s.C
	case w.inPlace:
		perTap = c.lanes
	}
	for chunk := range w.chunks {
		width = min(c.lanes, perTap-chunk*c.lanes)
		for t := range w.taps {
			from := sparse[(chunk*s.K*w.taps+t)*c.lanes:]
			to := dweight[(t*perTap+chunk*c.lanes)*s.K:]
			if err := simd.Transpose(to, s.K, from, w.taps*c.lanes, s.K, width); err != nil {
				return err
			}
		}
	}
	return nil
}
