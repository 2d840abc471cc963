package direct

import "inkstone/graph/internal/kernel/simd"

// denseLimit is the share of nonzero gradients above which a dense product is faster than lists.
const denseLimit = 0.8

// denseScratch is the memory of dense products.
type denseScratch struct {
	pixels []float32 // the gradient of all output pixels, if it arrives pooled
	border []float32 // the gradient with a border of zeros
}

// SetGradient sets the gradient g [cells][K] for the calls of InputGradient and
// AddWeightGradient that follow. arg gives, if the grid is pooled, the position of each
// element in its cell. Neither may change until those calls are done.
func (s *Scratch) SetGradient(g []float32, arg []uint8) error {
	c := s.conv
	n := c.grid.H * c.grid.W * c.shape.K
	if err := checkLen("gradient", g, n); err != nil {
		return err
	}
	if c.grid.pooled() {
		if err := checkLen("arg", arg, n); err != nil {
			return err
		}
	}
	s.grad, s.arg = g, arg
	s.input.ready, s.weight.ready = false, false
	return nil
}

// mostlyNonzero reports whether so little of the gradient is zero that a dense product is faster
// than lists. It looks at a sample, because making lists to find out would take too long.
// The answer depends on the gradient alone, not on the number of workers.
func (s *Scratch) mostlyNonzero() bool {
	c := s.conv
	if c.grid.pooled() {
		return false
	}
	const sample = 512
	step := len(s.grad)/sample | 1 // odd, so that the sample is not from a few channels only
	seen, nonzero := 0, 0
	for i := 0; i < len(s.grad); i += step {
		seen++
		if s.grad[i] != 0 {
			nonzero++
		}
	}
	return float64(nonzero) > denseLimit*float64(seen)
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
	if !part.hasDense {
		part.dense = grow(part.dense, p.weightLen())
		clear(part.dense)
		part.hasDense = true
	}
	dy := s.pixelGradient()
	cg, kg := p.C/p.Groups, p.K/p.Groups
	tn := simd.TN{
		Segs: p.outH(), SegA: p.StrideH * p.paddedW() * p.C, SegB: p.outW() * p.K,
		M: c.nn.K, N: kg, K: p.outW(), LDA: p.StrideW * p.C, LDB: p.K, LDC: p.K, Add: true,
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

// flip computes the weights for dense products: for each group the window rotated by 180
// degrees, with the input and output channels of each tap exchanged.
func (c *Conv) flip(w *Packed, weight []float32) error {
	s := &c.shape
	cg, kg, taps := s.C/s.Groups, s.K/s.Groups, s.KH*s.KW
	w.flipped = grow(w.flipped, len(weight))
	for g := range s.Groups {
		for t := range taps {
			from := weight[(taps-1-t)*cg*s.K+g*kg:]
			if err := simd.Transpose(w.flipped[(g*taps+t)*kg*cg:], cg, from, s.K, cg, kg); err != nil {
				return err
			}
		}
	}
	return nil
}

// denseInputGradient computes the input gradient by a dense product: the convolution of the
// output gradient, with a border of zeros, with the flipped windows. If the stride is
// larger than 1, it inserts zeros between the pixels of the output gradient first.
func (s *Scratch) denseInputGradient(dx []float32, w *Packed) error {
	c, d := s.conv, &s.dense
	p := &c.shape
	dy := s.pixelGradient()
	reachH, reachW := p.DilationH*(p.KH-1), p.DilationW*(p.KW-1)
	rowLen := (p.paddedW() + reachW) * p.K
	d.border = grow(d.border, (p.paddedH()+reachH)*rowLen)
	clear(d.border)
	for y := range p.outH() {
		to := d.border[(y*p.StrideH+reachH)*rowLen+reachW*p.K:]
		from := dy[y*p.outW()*p.K:][:p.outW()*p.K]
		if p.StrideW == 1 {
			copy(to, from)
			continue
		}
		for x := range p.outW() {
			copy(to[x*p.StrideW*p.K:][:p.K], from[x*p.K:])
		}
	}
	cg, kg := p.C/p.Groups, p.K/p.Groups
	start := p.PadTop*rowLen + p.PadLeft*p.K
	for g := range p.Groups {
		if err := c.denseInput.Run(dx[g*cg:], d.border[start+g*kg:], w.flipped[g*p.KH*p.KW*kg*cg:]); err != nil {
			return err
		}
	}
	return nil
}
