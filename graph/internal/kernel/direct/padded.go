package direct

// paddedGradient is the layout of the images of the gradient that Winograd's algorithm reads, with zeros
// around the values. The input gradient reads the zeros as padding, and the weight gradient where
// its tiles reach beyond the output.
type paddedGradient struct {
	h, w, k   int // pixels with the zeros, channels
	top, left int // zeros before the values
}

// planPadded sets the layout if one of the gradients has a plan for Winograd's algorithm.
func (c *Conv) planPadded() {
	p := &c.padded
	p.k = c.shape.K
	if w := c.winogradGrad; w != nil {
		p.h, p.w, p.top, p.left = w.imageH, w.imageW, w.shape.PadTop, w.shape.PadLeft
	}
	if w := c.winograd; c.winogradWeight {
		p.h, p.w = max(p.h, p.top+w.size*w.tilesH), max(p.w, p.left+w.size*w.tilesW)
	}
	if w := c.winogradGrad; w != nil {
		w.setInput(p.h, p.w)
	}
}

// imageLen returns the number of elements of an image.
func (p *paddedGradient) imageLen() int { return p.h * p.rowLen() }

// rowLen returns the number of elements from row to row.
func (p *paddedGradient) rowLen() int { return p.w * p.k }

// at returns the offset of the first pixel of a row of the values of an image.
func (p *paddedGradient) at(image, row int) int {
	return image*p.imageLen() + (p.top+row)*p.rowLen() + p.left*p.k
}

// PaddedGradient is [Scratch.SetGradient] for a gradient that the caller then writes to the memory that
// PaddedGradient returns, which saves a copy: row i of image n, [OutW][K], to values[n*image+i*row:].
// The caller must write all rows and nothing between them. Nothing checks whether most values are
// zero, where lists would be faster. values is nil, and no gradient is set, unless the plan uses
// Winograd's algorithm for both the input gradient and the weight gradient.
func (s *Scratch) PaddedGradient(images int) (values []float32, image, row int) {
	c := s.conv
	if c.winogradGrad == nil || !c.winogradWeight || c.grid.pooled() {
		return nil, 0, 0
	}
	s.gradient = gradient{images: images, dense: true, padded: true}
	return s.growPadded()[c.padded.at(0, 0):], c.padded.imageLen(), c.padded.rowLen()
}

// growPadded returns memory for the padded gradient of the images in progress. The zeros around the
// values are never written.
func (s *Scratch) growPadded() []float32 {
	s.padded = grow(s.padded, s.gradient.images*s.conv.padded.imageLen())
	return s.padded
}

// paddedGradient returns the padded gradient of the images in progress.
func (s *Scratch) paddedGradient() []float32 {
	c, g := s.conv, &s.gradient
	if g.padded {
		return s.padded
	}
	g.padded = true
	to := s.growPadded()
	line := c.shape.outW() * c.shape.K
	for i := range g.images {
		s.selectImage(i)
		from := s.pixelGradient()
		for row := range c.shape.outH() {
			copy(to[c.padded.at(i, row):][:line], from[row*line:])
		}
	}
	return to
}
