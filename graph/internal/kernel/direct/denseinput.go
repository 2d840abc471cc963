package direct

import "inkstone/graph/internal/kernel/simd"

// denseInput is the plan of the input gradient by dense products. An input pixel of row p and
// column q is read, in the padded image, only by the taps u and v with u·DilationH equal to
// p+PadTop modulo StrideH, and v likewise. So the pixels fall into StrideH times StrideW
// phases, and each phase is a convolution of the output gradient with its taps.
type denseInput struct {
	phases     []phase
	top, left  int  // rows and columns of zeros before the output gradient
	rows, cols int  // of the output gradient with its border
	gaps       bool // no tap reads some of the pixels
}

// A phase is a set of input pixels that the same taps read.
type phase struct {
	row, col int   // the first pixel
	taps     []int // numbers u·KW+v of the taps, in the order of the rows of nn's matrix B
	nn       simd.NN
}

func (c *Conv) planDenseInput() {
	s, d := &c.shape, &c.dense
	tall := alignments(s.H, s.outH(), s.PadTop, s.KH, s.StrideH, s.DilationH)
	wide := alignments(s.W, s.outW(), s.PadLeft, s.KW, s.StrideW, s.DilationW)
	d.top, d.rows = border(tall, s.outH())
	d.left, d.cols = border(wide, s.outW())
	cg, kg, rowLen := s.C/s.Groups, s.K/s.Groups, d.cols*s.K
	for _, y := range tall {
		for _, x := range wide {
			p := phase{row: y.first, col: x.first, nn: simd.NN{
				Rows: y.pixels, M: x.pixels, N: cg, K: kg, RowA: rowLen, RowC: s.StrideH * s.W * s.C,
				LDA: s.K, LDB: cg, LDC: s.StrideW * s.C,
			}}
			// The taps of a row that read neighboring pixels of one group are one segment.
			joined := s.Groups == 1 && (x.step == 1 || len(x.taps) == 1)
			if joined {
				p.nn.K = len(x.taps) * kg
			}
			for i, u := range y.taps {
				for j, v := range x.taps {
					p.taps = append(p.taps, u*s.KW+v)
					if j == 0 || !joined {
						p.nn.Off = append(p.nn.Off, (y.start+d.top+y.step*i)*rowLen+(x.start+d.left+x.step*j)*s.K)
					}
				}
			}
			if len(p.taps) == 0 {
				d.gaps = true
			}
			d.phases = append(d.phases, p)
		}
	}
}

// An alignment is a phase along one axis.
type alignment struct {
	first, pixels int   // the first input pixel and the number of pixels
	taps          []int // in the order of the output pixels that they belong to
	start         int   // the output pixel of the first tap for the first input pixel; may be negative
	step          int   // output pixels from tap to tap
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
	to := w.flipped
	for g := range s.Groups {
		for i := range c.dense.phases {
			for _, t := range c.dense.phases[i].taps {
				if err := simd.Transpose(to, cg, weight[t*cg*s.K+g*kg:], s.K, cg, kg); err != nil {
					return err
				}
				to = to[kg*cg:]
			}
		}
	}
	return nil
}

// denseInputGradient computes the input gradient of the image in progress by dense products.
func (s *Scratch) denseInputGradient(dx []float32, w *Packed) error {
	c, d := s.conv, &s.conv.dense
	p := &c.shape
	dy := s.pixelGradient()
	rowLen, line := d.cols*p.K, p.outW()*p.K
	if s.dense.border == nil {
		s.dense.border = make([]float32, d.rows*rowLen)
	}
	for y := range p.outH() {
		copy(s.dense.border[(y+d.top)*rowLen+d.left*p.K:][:line], dy[y*line:])
	}
	if d.gaps {
		clear(dx)
	}
	cg, kg := p.C/p.Groups, p.K/p.Groups
	weight := w.flipped
	for g := range p.Groups {
		for i := range d.phases {
			ph := &d.phases[i]
			b := weight
			weight = weight[len(ph.taps)*kg*cg:]
			if len(ph.taps) == 0 || ph.nn.Rows == 0 || ph.nn.M == 0 {
				continue
			}
			if err := ph.nn.Run(dx[(ph.row*p.W+ph.col)*p.C+g*cg:], s.dense.border[g*kg:], b); err != nil {
				return err
			}
		}
	}
	return nil
}
