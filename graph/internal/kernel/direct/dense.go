package direct

import "inkstone/graph/internal/kernel/simd"

// denseLimit is the share of live gradients above which a whole product is faster than lists.
const denseLimit = 0.8

// denseScratch is what whole products need.
type denseScratch struct {
	spread []float32 // the gradient of all output pixels, when it arrives pooled
	border []float32 // the gradient with a border of zeros
}

// SetGradient announces the gradient of the next calls: g [cells][K], and for each
// element of a pooled grid the position in its cell. Both must stay as they are until
// those calls are done.
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

// mostlyNonzero tells whether so much of the gradient is not zero that a whole product is
// faster than lists, judging by a sample: a list costs too much to be made for nothing. The
// answer depends on the gradient alone, and so does not change with the workers.
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

// pixels returns the gradient of every output pixel.
func (s *Scratch) pixelGradient() []float32 {
	c, d := s.conv, &s.dense
	p, g := &c.shape, &c.grid
	if !g.pooled() {
		return s.grad
	}
	d.spread = grow(d.spread, p.outputLen())
	clear(d.spread)
	for i, v := range s.grad {
		cell, k, pos := i/p.K, i%p.K, int(s.arg[i])
		y := cell/g.W*g.StepH + pos/g.PW
		x := cell%g.W*g.StepW + pos%g.PW
		if at := (y*p.outW()+x)*p.K + k; at < len(d.spread) {
			d.spread[at] += v
		}
	}
	return d.spread
}

// denseWeightGradient adds the gradient of the weights for one padded image by whole products,
// one for each stretch of taps that is contiguous in the image.
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

// turn fills in the weights for whole products: of each group, each window turned round
// and its taps transposed.
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

// denseInputGradient computes the input gradient by a whole product: with stride 1 it is the
// convolution of the gradient, bordered by zeros, with the windows turned round. A
// greater stride spreads the gradient out first.
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
