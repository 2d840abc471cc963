package direct

import "inkstone/graph/internal/kernel/simd"

// weightBlock is the number of bytes of packed weights that the input gradient uses at a time.
// It may exceed a first-level cache, because one patch uses only a few of them. Smaller
// blocks mean shorter lists, and each list loads and stores its patch.
const weightBlock = 96 << 10

// inputPlan is the plan of the input gradient from lists.
type inputPlan struct {
	kernels []rowPatch // kernels for p by q positions
	single  []rowPatch // kernels for one position, used for the last cell of a row of odd length
	p, q    int        // positions that a kernel handles at a time
	groups  []position // the groups of p by q positions that make up a cell
	kblock  int        // output channels in a list
	offsets *simd.Offsets
}

// position is the first pixel of a group of p by q positions, which has its own lists.
type position struct{ row, col int }

func (c *Conv) planInput() error {
	s, g, in := &c.shape, &c.grid, &c.input
	if s.Groups > 1 || s.DilationH*s.DilationW > 1 {
		return nil
	}
	var err error
	if in.single, err = rowPatches(c.lanes, s.KH, s.KW, 1, 1); err != nil || in.single == nil {
		return err
	}
	c.lists = true
	in.kernels, in.p, in.q = in.single, 1, 1
	// Several positions of a cell, or two neighboring cells, share a patch.
	for _, candidate := range []position{{2, 2}, {1, 2}} {
		fits := g.PH%candidate.row == 0 && g.PW == candidate.col
		if !g.pooled() {
			fits = candidate.row == 1 && g.W > 1
		}
		if !fits || s.StrideH*s.StrideW > 1 {
			continue
		}
		k, err := rowPatches(c.lanes, s.KH, s.KW, candidate.row, candidate.col)
		if err != nil {
			return err
		}
		if coversWindow(k) {
			in.kernels, in.p, in.q = k, candidate.row, candidate.col
			break
		}
	}
	stepP, stepQ := in.p, in.q
	if !g.pooled() {
		stepQ = 1
	}
	for row := 0; row < g.PH; row += stepP {
		for col := 0; col < g.PW; col += stepQ {
			in.groups = append(in.groups, position{row, col})
		}
	}
	window := s.KH * s.KW * c.lanes
	in.kblock = ceilDiv(s.K, ceilDiv(4*window*s.K, weightBlock))
	in.offsets, err = simd.NewOffsets(in.kblock, func(k int) int { return k * window })
	return err
}

// inputScratch holds the lists by pixel: one for each block of output channels and group of positions.
type inputScratch struct {
	lists    []*simd.Lists
	gradient []float32 // of the padded image
}

// Packed holds the weights in the orders in which [Conv.InputGradient], [Conv.ForwardWinograd] or
// [Conv.ForwardStrips] reads them. One value serves one of the three.
type Packed struct {
	data    []float32 // for lists: for each block of input channels, each output channel's window of vectors
	flipped []float32 // for dense products, see flip; empty if there are none
	wide    []float32 // for strips, for the input gradient phase after phase
	freq    []float32 // transformed for Winograd's algorithm; empty if it must not be used

	pack      packArgs // of the transform in progress
	tmp       []float32
	errs      []error // by share
	packShare func(share int)
}

// packArgs are the operands of a transform of weights.
type packArgs struct {
	plan   *winogradPlan
	weight []float32
	shares int
}

// alwaysLists reports whether the input gradient uses lists for every gradient: a pooled
// gradient has few nonzero elements.
func (c *Conv) alwaysLists() bool { return c.lists && c.grid.pooled() }

// listsLen returns the length of the weights for lists.
func (c *Conv) listsLen() int { return c.chunks * c.shape.K * c.shape.KH * c.shape.KW * c.lanes }

// Pack packs the weights for [Conv.InputGradient].
func (c *Conv) Pack(w *Packed, weight []float32, run Runner) error {
	s := &c.shape
	if err := checkLen("weight", weight, s.weightLen()); err != nil {
		return err
	}
	w.flipped, w.freq = w.flipped[:0], w.freq[:0]
	if !c.alwaysLists() {
		if err := c.flip(w, weight); err != nil {
			return err
		}
		if c.winogradGrad != nil {
			if err := w.packWinograd(c.winogradGrad, w.flipped, run); err != nil {
				return err
			}
		}
	}
	if !c.lists {
		return nil
	}
	taps := s.KH * s.KW
	w.data = grow(w.data, c.listsLen())
	for chunk := range c.chunks {
		width := min(c.lanes, s.C-chunk*c.lanes)
		for t := range taps {
			to := w.data[(chunk*s.K*taps+t)*c.lanes:]
			from := weight[(t*s.C+chunk*c.lanes)*s.K:]
			if err := simd.Transpose(to, taps*c.lanes, from, s.K, width, s.K); err != nil {
				return err
			}
		}
	}
	return nil
}

// listInput lists the gradient of the image in progress by pixel.
func (s *Scratch) listInput() error {
	c := s.conv
	in, g, k := &c.input, &c.grid, c.shape.K
	cells := g.H * g.W
	positions := in.p * in.q
	if !g.pooled() {
		positions = 1
	}
	blocks := ceilDiv(k, in.kblock)
	if s.input.lists == nil {
		for range blocks * len(in.groups) {
			l, err := simd.NewLists(cells*positions, cells*in.kblock)
			if err != nil {
				return err
			}
			s.input.lists = append(s.input.lists, l)
		}
	}
	for b := range blocks {
		first := b * in.kblock
		n := min(in.kblock, k-first)
		for i, at := range in.groups {
			l := s.input.lists[b*len(in.groups)+i]
			var err error
			if g.pooled() {
				err = l.SetAt(cells, n, s.grad[first:], s.arg[first:], k, in.offsets, at.row*g.PW+at.col, positions)
			} else {
				err = l.Set(cells, n, s.grad[first:], k, in.offsets, nil, 0)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// InputGradient computes dx [images][H,W,C] from the gradient of [Scratch.SetGradient] and the
// weights of [Conv.Pack].
func (c *Conv) InputGradient(dx []float32, s *Scratch, w *Packed) error {
	n, g := c.shape.imageLen(), &s.gradient
	if err := firstError(c.checkScratch(s), checkLen("dx", dx, g.images*n), c.checkPacked(w)); err != nil {
		return err
	}
	dense := !c.lists || !c.alwaysLists() && g.dense
	if dense && len(w.freq) > 0 {
		s.winogradGrad.next = s.next
		return c.winogradGrad.run(&s.winogradGrad, dx, s.paddedGradient(), w.freq, nil, false, Rows{})
	}
	for i := range g.images {
		s.selectImage(i)
		to := dx[i*n:][:n]
		var err error
		if dense {
			err = s.denseInputGradient(to, w, portion(s.next, i, g.images))
		} else {
			err = s.sparseInputGradient(to, w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sparseInputGradient computes the input gradient of the image in progress from lists.
func (s *Scratch) sparseInputGradient(dx []float32, w *Packed) error {
	if err := s.listInput(); err != nil {
		return err
	}
	if s.conv.shape.C%s.conv.lanes == 0 {
		return s.scatterPixels(dx, w)
	}
	return s.scatterBlocks(dx, w)
}

// scatterPixels computes dx where a pixel is whole vectors: in place, or in a padded image.
func (s *Scratch) scatterPixels(dx []float32, w *Packed) error {
	c := s.conv
	p := &c.shape
	rowLen, to := p.paddedW()*p.C, dx
	if p.padded() {
		s.input.gradient = grow(s.input.gradient, p.paddedH()*rowLen)
		to = s.input.gradient
	}
	clear(to)
	for chunk := range c.chunks {
		if err := s.scatter(to[chunk*c.lanes:], rowLen, p.C, w, chunk); err != nil {
			return err
		}
	}
	if p.padded() {
		for row := range p.H {
			copy(dx[row*p.W*p.C:][:p.W*p.C], to[(row+p.PadTop)*rowLen+p.PadLeft*p.C:])
		}
	}
	return nil
}

// scatterBlocks computes dx by blocks of channels of the padded image.
func (s *Scratch) scatterBlocks(dx []float32, w *Packed) error {
	c := s.conv
	p := &c.shape
	rowLen := p.paddedW() * c.lanes
	blockLen := p.paddedH() * rowLen
	s.input.gradient = grow(s.input.gradient, c.chunks*blockLen)
	clear(s.input.gradient)
	for chunk := range c.chunks {
		if err := s.scatter(s.input.gradient[chunk*blockLen:], rowLen, c.lanes, w, chunk); err != nil {
			return err
		}
	}
	for row := 0; row < p.H; row += packRows {
		for chunk := range c.chunks {
			unpack := simd.VectorCopy{Lanes: c.lanes, Rows: min(packRows, p.H-row), N: p.W, Count: min(c.lanes, p.C-chunk*c.lanes),
				RowRun: p.W * p.C, StepRun: p.C, RowVector: rowLen, StepVector: c.lanes}
			err := unpack.Unpack(dx[row*p.W*p.C+chunk*c.lanes:],
				s.input.gradient[chunk*blockLen+(row+p.PadTop)*rowLen+p.PadLeft*c.lanes:])
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// checkPacked returns an error unless w holds the weights that [Conv.InputGradient] reads.
func (c *Conv) checkPacked(w *Packed) error {
	if c.lists {
		if err := checkLen("packed weights", w.data, c.listsLen()); err != nil {
			return err
		}
	}
	if c.alwaysLists() {
		return nil
	}
	return checkLen("packed weights", w.flipped, c.shape.weightLen())
}

// packRows is the number of rows of an image that are copied for one block of channels
// before the same rows are copied for the next block.
const packRows = 4

// scatter adds the scaled windows of weights for all entries of the lists to a block of channels of
// the input gradient. Its rows are rowLen apart, its pixels col.
func (s *Scratch) scatter(block []float32, rowLen, col int, packed *Packed, chunk int) error {
	c := s.conv
	p, g, in := &c.shape, &c.grid, &c.input
	window := p.KH * p.KW * c.lanes
	weight := packed.data[chunk*p.K*window:]
	for i, l := range s.input.lists {
		at := in.groups[i%len(in.groups)]
		w := weight[i/len(in.groups)*in.kblock*window:]
		// Without pooling the positions of a kernel are neighboring cells.
		perPatch, cells := in.p*in.q, 1
		if !g.pooled() {
			cells = in.q
		}
		step := g.StepW * p.StrideW * col * cells
		n := g.W / cells
		for row := range g.H {
			first := row * g.W * perPatch / cells
			y := (row*g.StepH + at.row) * p.StrideH
			x := at.col * p.StrideW * col
			for _, k := range in.kernels {
				if err := k.Run(block[(y+k.from)*rowLen+x:], rowLen, col, step, w[k.from*p.KW*c.lanes:], p.KW*c.lanes, l, first, n); err != nil {
					return err
				}
			}
			if n*cells == g.W {
				continue
			}
			for _, k := range in.single {
				if err := k.Run(block[(y+k.from)*rowLen+n*step:], rowLen, col, step, w[k.from*p.KW*c.lanes:], p.KW*c.lanes, l, first+n*cells, 1); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
