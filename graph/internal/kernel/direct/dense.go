package direct

import "inkstone/graph/internal/kernel/simd"

// denseScratch is the memory of dense products.
type denseScratch struct {
	pixels []float32 // the gradient of all output pixels, if it arrives pooled
	border []float32 // the gradient with columns of zeros on both sides, which are never written
	nn     simd.NN   // of the band in progress
}

// pixelGradient returns the gradient of every output pixel.
func (s *Scratch) pixelGradient() []float32 {
	c, d := s.conv, &s.dense
	p, g := &c.shape, &c.grid
	if !g.pooled() {
		return s.grad
	}
	d.pixels = grow(d.pixels, p.outputLen())
	clear(d.pixels)
	for i, v := range s.grad {
		cell, k, pos := i/p.K, i%p.K, int(s.arg[i])
		y := cell/g.W*g.StepH + pos/g.PW
		x := cell%g.W*g.StepW + pos%g.PW
		if at := (y*p.outW()+x)*p.K + k; at < len(d.pixels) {
			d.pixels[at] += v
		}
	}
	return d.pixels
}

// denseWeightGradient adds the weight gradient for one padded image x to part by dense products,
// one for each sequence of taps that is contiguous in the image.
func (s *Scratch) denseWeightGradient(part *Partial, x []float32) error {
	c := s.conv
	p := &c.shape
	part.useDense(p.weightLen())
	dy := s.pixelGradient()
	cg, kg := p.C/p.Groups, p.K/p.Groups
	tn := simd.TN{
		Segs: p.outH(), SegA: p.StrideH * p.paddedW() * p.C, SegB: p.outW() * p.K,
		M: c.nn.K, N: kg, K: p.outW(), LDA: p.StrideW * p.C, LDB: p.K, LDC: p.K, Add: true,
	}
	if p.Groups == 1 && len(c.nn.Off) == p.KH { // a sequence for each kernel row, all equally far apart
		tn.Rows, tn.RowA = p.KH, p.DilationH*p.paddedW()*p.C
		return tn.Run(part.dense, x, dy)
	}
	for g := range p.Groups {
		for i, off := range c.nn.Off {
			if err := tn.Run(part.dense[i*c.nn.K*p.K+g*kg:], x[off+g*cg:], dy[g*kg:]); err != nil {
				return err
			}
		}
	}
	return nil
}
