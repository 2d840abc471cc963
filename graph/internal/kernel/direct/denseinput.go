package direct

import "inkstone/graph/internal/kernel/simd"

// denseInput is the plan of the input gradient by dense products. An input pixel of row p and
// column q is read, in the padded image, only by the taps u and v with u·DilationH equal to
// p+PadTop modulo StrideH, and v likewise. So the pixels fall into StrideH times StrideW
// phases, and each phase is a convolution of the output gradient with its taps.
type denseInput struct {
	phases     []phase
	left, cols int  // columns of zeros before the output gradient, columns with those on both sides
	gaps       bool // no tap reads some of the pixels
	bands      int  // of all phases
}

// A phase is a set of input pixels that the same taps read.
type phase struct {
	col   int   // of the first pixel
	taps  []int // numbers u·KW+v of the taps, in the order of the rows of matrix B
	bands []inputBand
}

// An inputBand is a range of rows of a phase. The taps of rows near the border that read no output
// pixel are left out of their product.
type inputBand struct {
	row  int // of the first pixel
	skip int // taps of the phase before the first one of the band
	nn   simd.NN

	strips *strips // or nil; all bands of a phase have strips of the same width
}

func (c *Conv) planDenseInput() {
	s, d := &c.shape, &c.dense
	tall := alignments(s.H, s.outH(), s.PadTop, s.KH, s.StrideH, s.DilationH)
	wide := alignments(s.W, s.outW(), s.PadLeft, s.KW, s.StrideW, s.DilationW)
	d.left, d.cols = border(wide, s.outW())
	for _, y := range tall {
		for _, x := range wide {
			p := phase{col: x.first}
			for _, u := range y.taps {
				for _, v := range x.taps {
					p.taps = append(p.taps, u*s.KW+v)
				}
			}
			covered := 0
			if len(p.taps) > 0 && x.pixels > 0 {
				for first := 0; first < y.pixels; {
					from, to := y.valid(first, s.outH())
					last := first + 1
					for ; last < y.pixels; last++ {
						if a, b := y.valid(last, s.outH()); a != from || b != to {
							break
						}
					}
					if from < to {
						p.bands = append(p.bands, c.inputBand(y, x, first, last, from, to))
						d.bands++
						covered += last - first
					}
					first = last
				}
			}
			if covered < y.pixels {
				d.gaps = true
			}
			d.phases = append(d.phases, p)
		}
	}
}

// inputBand plans the rows first to last of a phase, whose taps are those of y from number from to
// number to and those of x.
func (c *Conv) inputBand(y, x alignment, first, last, from, to int) inputBand {
	s := &c.shape
	cg, kg, rowLen := s.C/s.Groups, s.K/s.Groups, c.dense.cols*s.K
	b := inputBand{row: y.first + first*s.StrideH, skip: from * len(x.taps), nn: simd.NN{
		Rows: last - first, M: x.pixels, N: cg, K: kg, RowA: rowLen, RowC: s.StrideH * s.W * s.C,
		LDA: s.K, LDB: cg, LDC: s.StrideW * s.C,
	}}
	// The taps of a row that read neighboring pixels of one group are one segment.
	joined := s.Groups == 1 && (x.step == 1 || len(x.taps) == 1)
	if joined {
		b.nn.K = len(x.taps) * kg
	}
	for i := from; i < to; i++ {
		for j := range x.taps {
			if j == 0 || !joined {
				b.nn.Off = append(b.nn.Off, (y.start+first+y.step*i)*rowLen+(x.start+c.dense.left+x.step*j)*s.K)
			}
		}
	}
	b.strips = newStrips(b.nn)
	return b
}

// An alignment is a phase along one axis.
type alignment struct {
	first, pixels int   // the first input pixel and the number of pixels
	taps          []int // in the order of the output pixels that they belong to
	start         int   // the output pixel of the first tap for the first input pixel; may be negative
	step          int   // output pixels from tap to tap
}

// valid returns the range of taps that read one of the out output pixels for input pixel i.
func (l *alignment) valid(i, out int) (from, to int) {
	for to = len(l.taps); to > from && l.start+i+l.step*(to-1) >= out; to-- {
	}
	for from < to && l.start+i+l.step*from < 0 {
		from++
	}
	return from, to
}

// alignments returns the phases of an axis of n input and out output pixels.
func alignments(n, out, pad, taps, stride, dilation int) []alignment {
	var list []alignment
	for a := range stride {
		j := ceilDiv(max(pad-a, 0), stride)
		l := alignment{first: j*stride + a - pad}
		l.pixels = max(0, ceilDiv(n-l.first, stride))
		for u := taps - 1; u >= 0; u-- {
			if (u*dilation)%stride != a {
				continue
			}
			at := j - (u*dilation-a)/stride
			if len(l.taps) == 0 {
				l.start = at
			} else {
				l.step = (at - l.start) / len(l.taps)
			}
			l.taps = append(l.taps, u)
		}
		list = append(list, l)
	}
	return list
}

// border returns the number of output pixels to add before the first one, and the number of
// pixels with those added at either end, for the given phases of an axis of out output pixels.
func border(list []alignment, out int) (before, total int) {
	end := out
	for _, l := range list {
		if len(l.taps) == 0 || l.pixels == 0 {
			continue
		}
		before = max(before, -l.start)
		end = max(end, l.start+l.step*(len(l.taps)-1)+l.pixels)
	}
	return before, before + end
}

// flip computes the weights for dense products: for each group the taps of the phases, with the
// input and output channels of each tap exchanged.
func (c *Conv) flip(w *Packed, weight []float32) error {
	s := &c.shape
	cg, kg := s.C/s.Groups, s.K/s.Groups
	w.flipped = grow(w.flipped, len(weight))
	to, wide := w.flipped, 0
	for g := range s.Groups {
		for i := range c.dense.phases {
			for _, t := range c.dense.phases[i].taps {
				if err := simd.Transpose(to, cg, weight[t*cg*s.K+g*kg:], s.K, cg, kg); err != nil {
					return err
				}
				to = to[kg*cg:]
			}
			wide += c.dense.phases[i].wideLen(kg * cg)
		}
	}
	w.wide = grow(w.wide, wide)
	from, to := w.flipped, w.wide
	for i := range c.dense.phases {
		ph := &c.dense.phases[i]
		n, wide := len(ph.taps)*kg*cg, ph.wideLen(kg*cg)
		if wide > 0 {
			ph.bands[0].strips.widen(to[:wide], from[:n])
		}
		from, to = from[n:], to[wide:]
	}
	return nil
}

// wideLen returns the length of the weights of the phase for strips, 0 if it has none. A tap has n weights.
func (p *phase) wideLen(n int) int {
	if len(p.bands) == 0 || p.bands[0].strips == nil {
		return 0
	}
	return p.bands[0].strips.wideLen(len(p.taps) * n)
}

// denseInputGradient computes the input gradient of the image in progress by dense products, which bring next
// into the cache.
func (s *Scratch) denseInputGradient(dx []float32, w *Packed, next []float32) error {
	c, d := s.conv, &s.conv.dense
	p := &c.shape
	dy := s.pixelGradient()
	rowLen, line := d.cols*p.K, p.outW()*p.K
	grad := dy
	if rowLen > line {
		if s.dense.border == nil {
			s.dense.border = make([]float32, p.outH()*rowLen)
		}
		grad = s.dense.border
		for y := range p.outH() {
			copy(grad[y*rowLen+d.left*p.K:][:line], dy[y*line:])
		}
	}
	if d.gaps {
		clear(dx)
	}
	cg, kg := p.C/p.Groups, p.K/p.Groups
	weight, wide, done := w.flipped, w.wide, 0
	for g := range p.Groups {
		for i := range d.phases {
			ph := &d.phases[i]
			for j := range ph.bands {
				b := &ph.bands[j]
				to, taps := dx[(b.row*p.W+ph.col)*p.C+g*cg:], weight[b.skip*kg*cg:]
				var err error
				if b.strips != nil {
					err = b.strips.run(to, grad[g*kg:], wide[b.strips.wideLen(b.skip*kg*cg):], taps)
				} else {
					s.dense.nn = b.nn
					s.dense.nn.Next[0] = portion(next, done, p.Groups*d.bands)
					err = s.dense.nn.Run(to, grad[g*kg:], taps)
				}
				done++
				if err != nil {
					return err
				}
			}
			weight, wide = weight[len(ph.taps)*kg*cg:], wide[ph.wideLen(kg*cg):]
		}
	}
	return nil
}
