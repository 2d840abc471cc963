package direct

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd"
)

// winogradBlock is the number of bytes of transformed tiles, before and after the products,
// that are computed at a time. They share a second-level cache with the weights.
const winogradBlock = 320 << 10

// winogradPlan is a 3x3 convolution by Winograd's F(4x4, 3x3), or a 5x5 convolution by F(2x2, 5x5).
// It treats the rows of tiles of
// several images as one sequence, so that the tiles of small images share a product.
type winogradPlan struct {
	shape          Shape
	outH, outW     int // of the output; setInput changes those of the shape
	size           int // outputs of a tile along each axis
	tilesH, tilesW int
	rows           int // rows of tiles in a block, of one image or several
	in             simd.WinogradInput
	out            simd.WinogradOutput
	imageH, imageW int  // size of the image that the tiles read
	copied         bool // the image has another size and must be copied
	cropped        bool // the tiles write more than the output, which must be cropped
}

// freqTraffic is the time to read and write an element of the transformed weight gradient, in
// multiply-adds of its product.
const freqTraffic = 16

// planWinograd returns nil where the algorithm does not apply or saves no multiplications.
func planWinograd(s Shape, lanes int) *winogradPlan {
	if s.KH != s.KW || s.KH != 3 && s.KH != 5 || s.StrideH*s.StrideW*s.DilationH*s.DilationW*s.Groups > 1 ||
		s.C%lanes+s.K%lanes > 0 {
		return nil
	}
	size := 7 - s.KH
	w := &winogradPlan{shape: s, outH: s.outH(), outW: s.outW(), size: size, tilesH: ceilDiv(s.outH(), size), tilesW: ceilDiv(s.outW(), size)}
	if 36*w.tilesH*w.tilesW >= s.KH*s.KW*s.outH()*s.outW() {
		return nil
	}
	w.imageH, w.imageW = size*w.tilesH+6-size, size*w.tilesW+6-size
	w.copied = w.imageH != s.H || w.imageW != s.W
	w.cropped = size*w.tilesH != s.outH() || size*w.tilesW != s.outW()
	w.rows = max(1, winogradBlock/(4*36*w.tilesW*(s.C+s.K)))
	w.in = simd.WinogradInput{Tiles: w.tilesW, Channels: s.C, StepX: size * s.C, RowX: w.imageW * s.C, ColX: s.C, StepV: s.C}
	w.out = simd.WinogradOutput{Size: size, Tiles: w.tilesW, Channels: s.K, StepM: s.K,
		StepY: size * s.K, RowY: size * w.tilesW * s.K, ColY: s.K}
	return w
}

// planWinogradGrad plans the input gradient of a convolution as a convolution of the output
// gradient with the flipped windows, where input and output channels change places and
// each padding p becomes KH-1-p. It returns nil if the algorithm does not apply or a padding
// is larger than that.
func planWinogradGrad(s Shape, lanes int) *winogradPlan {
	full := s.KH - 1
	if max(s.PadTop, s.PadBottom, s.PadLeft, s.PadRight) > full {
		return nil
	}
	s.H, s.W, s.C, s.K = s.outH(), s.outW(), s.K, s.C
	s.PadTop, s.PadBottom, s.PadLeft, s.PadRight = full-s.PadTop, full-s.PadBottom, full-s.PadLeft, full-s.PadRight
	return planWinograd(s, lanes)
}

// setInput makes the plan read images of h by w pixels that have the padding already, so they need
// not be copied.
func (w *winogradPlan) setInput(h, width int) {
	s := &w.shape
	s.H, s.W, s.PadTop, s.PadBottom, s.PadLeft, s.PadRight = h, width, 0, 0, 0, 0
	w.imageH, w.imageW, w.copied = h, width, false
	w.in.RowX = width * s.C
}

// outputLen returns the number of elements of an output image.
func (w *winogradPlan) outputLen() int { return w.outH * w.outW * w.shape.K }

// freqStride returns the distance between the values of two frequencies, of which each has n. It is an odd
// number of cache lines. A transform reads or writes the 36 frequencies in turn, and with a multiple
// of 4 KB, which n often is, all 36 places would share one of the 64 sets of a first-level cache,
// which holds 8 or 12 lines.
func freqStride(n int) int {
	const line = 16 // values in a cache line
	return (ceilDiv(n, line) | 1) * line
}

// weightStride returns the distance between two frequencies of the transformed weights.
func (w *winogradPlan) weightStride() int { return freqStride(w.shape.C * w.shape.K) }

// weightLen returns the length of the transformed weights.
func (w *winogradPlan) weightLen() int { return 36 * w.weightStride() }

// pack transforms one of several shares of the weights [KH][KW][C][K] to u. tmp is scratch memory.
func (w *winogradPlan) pack(u, weight, tmp []float32, share, shares int) error {
	n, lanes := w.shape.C*w.shape.K, simd.Lanes()
	lo, hi := n/lanes*share/shares*lanes, n/lanes*(share+1)/shares*lanes
	if lo == hi {
		return nil
	}
	return simd.WinogradWeights(w.shape.KH, u[lo:], w.weightStride(), weight[lo:], n, hi-lo, tmp)
}

// images returns the number of images in x, whose length must be a multiple of an image's.
func (w *winogradPlan) images(name string, x []float32) (int, error) {
	n := w.shape.imageLen()
	if len(x) == 0 || len(x)%n > 0 {
		return 0, fmt.Errorf("direct: %s has %d elements, expected a multiple of %d", name, len(x), n)
	}
	return len(x) / n, nil
}

// HasWinograd reports whether the plan allows Winograd's algorithm and [Conv.ForwardWinograd] can
// compute the shape: a 3x3 or 5x5 window with stride 1, whose input and output channels are
// multiples of the vector width, and enough outputs.
func (c *Conv) HasWinograd() bool { return c.winograd != nil }

// group returns the number of images whose tiles fill a block, and 1 if an image needs more.
func (w *winogradPlan) group() int { return max(1, w.rows/w.tilesH) }

// Images returns the number of images, of those that a goroutine has to compute, that a call of
// [Conv.ForwardWinograd] or a backward pass should compute: with Winograd's algorithm as many
// as fill a block of tiles, else one.
func (c *Conv) Images() int {
	n := 1
	for _, w := range []*winogradPlan{c.winograd, c.winogradGrad} {
		if w != nil {
			n = max(n, w.group())
		}
	}
	return n
}

// suitsWeights reports whether the algorithm is faster than a direct product for the weight
// gradient, if a goroutine computes the given number of images.
func (w *winogradPlan) suitsWeights(images int) bool {
	n := min(images, w.group())
	return w.size == 4 && 36*(n*w.tilesH*w.tilesW+freqTraffic) < 9*n*w.outH*w.outW
}

// A Runner calls f for the shares 0 to shares-1 of some work and returns when all are done.
type Runner func(shares int, f func(share int))

// PackWinograd packs the weights for [Conv.ForwardWinograd].
func (c *Conv) PackWinograd(u *Packed, weight []float32, run Runner) error {
	if err := firstError(c.hasWinograd(), checkLen("weight", weight, c.shape.weightLen())); err != nil {
		return err
	}
	return u.packWinograd(c.winograd, weight, run)
}

// packShare is the number of weights that are transformed in a share of the work.
const packShare = 1 << 11

// packWinograd transforms weights [KH][KW][C][K] to u.freq.
func (u *Packed) packWinograd(w *winogradPlan, weight []float32, run Runner) error {
	u.freq = grow(u.freq, w.weightLen())
	shares := ceilDiv(w.shape.C*w.shape.K, packShare)
	u.pack = packArgs{w, weight, shares}
	u.errs, u.tmp = grow(u.errs, shares), grow(u.tmp, shares*simd.WinogradScratch)
	if u.packShare == nil { // stored once, because a closure for each call would allocate
		u.packShare = func(share int) {
			p := &u.pack
			u.errs[share] = p.plan.pack(u.freq, p.weight, u.tmp[share*simd.WinogradScratch:], share, p.shares)
		}
	}
	run(shares, u.packShare)
	u.pack = packArgs{}
	return firstError(u.errs...)
}

// hasWinograd returns an error unless [Conv.ForwardWinograd] can compute the shape.
func (c *Conv) hasWinograd() error {
	if c.winograd != nil {
		return nil
	}
	p := &c.shape
	return fmt.Errorf("direct: no Winograd form of a %dx%d window of %d to %d channels", p.KH, p.KW, p.C, p.K)
}

// winogradScratch is the memory of one goroutine for one plan.
type winogradScratch struct {
	image, v, m, y []float32
	tmp, noBias    []float32
	next           []float32 // memory that is read after the pass
	in             simd.WinogradInput
	out            simd.WinogradOutput
	grad           simd.WinogradGrad
	nn             simd.NN
	tn             simd.TN
}

// ForwardWinograd is [Conv.Forward] by Winograd's algorithm, for all rows of one image or several
// that lie one after the other in x and y, or for some rows of one image, with the weights of
// [Conv.PackWinograd]. It takes half the time or less and has four to six times the rounding error.
// It computes whole tiles, so rows.From must be a multiple of [Conv.RowUnit], and so is the end of
// what it computes, which may lie beyond rows.To.
func (c *Conv) ForwardWinograd(s *Scratch, y, x []float32, u *Packed, bias []float32, relu bool, rows Rows) error {
	if err := firstError(c.hasWinograd(), c.checkScratch(s)); err != nil {
		return err
	}
	if bias != nil && len(bias) != c.shape.K {
		return checkLen("bias", bias, c.shape.K)
	}
	s.winograd.next = s.next
	return c.winograd.run(&s.winograd, y, x, u.freq, bias, relu, rows)
}

// run computes the output images y, or some rows of one, of the images x with the transformed
// weights u.
func (w *winogradPlan) run(ws *winogradScratch, y, x, u, bias []float32, relu bool, part Rows) error {
	n, err := w.images("x", x)
	part, partErr := part.of(w.outH)
	if err := firstError(err, partErr, checkLen("y", y, n*w.outputLen()), checkLen("transformed weights", u, w.weightLen())); err != nil {
		return err
	}
	p := &w.shape
	if bias == nil {
		ws.noBias = grow(ws.noBias, p.K)
		bias = ws.noBias
	}
	ws.tmp = grow(ws.tmp, simd.WinogradScratch)
	ws.out = w.out
	ws.out.ReLU = relu
	first, end := part.From/w.size, (n-1)*w.tilesH+ceilDiv(part.To, w.size) // in rows of tiles
	if part.From%w.size > 0 || n > 1 && end-first < n*w.tilesH {
		return fmt.Errorf("direct: rows %d to %d of %d images, expected all, or whole tiles of %d rows of one", part.From, part.To, n, w.size)
	}
	blocks := ceilDiv(end-first, w.rows)
	for i := 0; first < end; i, first = i+1, first+w.rows {
		rows := min(w.rows, end-first)
		tiles := rows * w.tilesW
		if err := w.transformImages(ws, x, first, rows); err != nil {
			return err
		}
		freqV, freqM := freqStride(tiles*p.C), freqStride(tiles*p.K)
		ws.m = grow(ws.m, 36*freqM)
		ws.nn = simd.NN{Rows: 36, RowA: freqV, RowB: w.weightStride(), RowC: freqM,
			M: tiles, N: p.K, K: p.C, LDA: p.C, LDB: p.K, LDC: p.K,
			Next: [2][]float32{y[w.outputRow(first):w.outputRow(first+rows)], portion(ws.next, i, blocks)}}
		if err := ws.nn.Run(ws.m, ws.v, u); err != nil {
			return err
		}
		ws.out.FreqM = freqM
		for i := range rows {
			if err := w.storeRow(ws, y, first+i, ws.m[i*w.tilesW*p.K:], bias); err != nil {
				return err
			}
		}
	}
	return nil
}

// outputRow returns the offset in the output images of the first row that a row of tiles computes.
func (w *winogradPlan) outputRow(at int) int {
	p := &w.shape
	return at/w.tilesH*w.outputLen() + at%w.tilesH*w.size*w.outW*p.K
}

// transformImages transforms some rows of tiles of the images x to ws.v.
func (w *winogradPlan) transformImages(ws *winogradScratch, x []float32, first, rows int) error {
	p := &w.shape
	ws.in = w.in
	ws.in.FreqV = freqStride(rows * w.tilesW * p.C)
	ws.v = grow(ws.v, 36*ws.in.FreqV)
	var image []float32
	for i := range rows {
		n, row := (first+i)/w.tilesH, (first+i)%w.tilesH
		if i == 0 || row == 0 {
			image = w.tileImage(ws, x[n*p.imageLen():][:p.imageLen()], row, min(row+rows-i, w.tilesH))
		}
		if err := ws.in.Run(ws.v[i*w.tilesW*p.C:], image[row*w.size*w.imageW*p.C:], ws.tmp); err != nil {
			return err
		}
	}
	return nil
}

// storeRow transforms the products m of a row of tiles and stores them in the images y.
func (w *winogradPlan) storeRow(ws *winogradScratch, y []float32, at int, m, bias []float32) error {
	p := &w.shape
	row, line := at%w.tilesH, w.outW*p.K
	y = y[w.outputRow(at):]
	if !w.cropped {
		return ws.out.Run(y, m, bias, ws.tmp)
	}
	padded := w.size * w.tilesW * p.K
	ws.y = grow(ws.y, w.size*padded)
	if err := ws.out.Run(ws.y, m, bias, ws.tmp); err != nil {
		return err
	}
	for i := range min(w.size, w.outH-w.size*row) {
		copy(y[i*line:][:line], ws.y[i*padded:])
	}
	return nil
}

// tileImage returns the image in the size that the tiles read, padded with zeros. It is set where the
// rows of tiles from first up to but not including end read it.
func (w *winogradPlan) tileImage(ws *winogradScratch, x []float32, first, end int) []float32 {
	p := &w.shape
	if !w.copied {
		return x
	}
	row := w.imageW * p.C
	if ws.image == nil {
		ws.image = make([]float32, w.imageH*row)
	}
	top, bottom := first*w.size, (end-1)*w.size+6
	for i := max(top-p.PadTop, 0); i < min(bottom-p.PadTop, p.H); i++ {
		copy(ws.image[(i+p.PadTop)*row+p.PadLeft*p.C:][:p.W*p.C], x[i*p.W*p.C:])
	}
	return ws.image
}

// addWeightGradient adds to u, or with fresh writes to u, the transformed weight gradient for
// the images x and the padded gradients dy of their outputs.
func (w *winogradPlan) addWeightGradient(ws *winogradScratch, u, x, dy []float32, padded *paddedGradient, fresh bool) error {
	n, err := w.images("x", x)
	if err := firstError(err, checkLen("gradient", dy, n*padded.imageLen()), checkLen("transformed gradient", u, w.weightLen())); err != nil {
		return err
	}
	p := &w.shape
	ws.tmp = grow(ws.tmp, simd.WinogradScratch)
	total := n * w.tilesH
	for first := 0; first < total; first += w.rows {
		rows := min(w.rows, total-first)
		tiles := rows * w.tilesW
		if err := w.transformImages(ws, x, first, rows); err != nil {
			return err
		}
		freqV, freqM := freqStride(tiles*p.C), freqStride(tiles*p.K)
		ws.m = grow(ws.m, 36*freqM)
		ws.grad = simd.WinogradGrad{Tiles: w.tilesW, Channels: p.K, StepY: 4 * p.K, RowY: padded.rowLen(), ColY: p.K,
			StepM: p.K, FreqM: freqM}
		for i := range rows {
			from := dy[padded.at((first+i)/w.tilesH, 4*((first+i)%w.tilesH)):]
			if err := ws.grad.Run(ws.m[i*w.tilesW*p.K:], from, ws.tmp); err != nil {
				return err
			}
		}
		ws.tn = simd.TN{M: p.C, N: p.K, K: tiles, LDA: p.C, LDB: p.K, LDC: p.K, Add: !fresh || first > 0}
		for f := range 36 {
			if err := ws.tn.Run(u[f*w.weightStride():], ws.v[f*freqV:], ws.m[f*freqM:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// weightGradient computes dweight [3][3][C][K] from the transformed gradient u.
func (w *winogradPlan) weightGradient(ws *winogradScratch, dweight, u []float32) error {
	n := w.shape.C * w.shape.K
	return simd.WinogradWeightGrad(dweight, n, u, w.weightStride(), n, ws.tmp)
}
