package direct

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd"
)

// winogradBlock is the number of bytes of transformed tiles, before and after the products,
// that are computed at a time. They share a second-level cache with the weights.
const winogradBlock = 320 << 10

// winogradPlan is a 3x3 convolution by Winograd's F(4x4, 3x3).
type winogradPlan struct {
	shape          Shape
	tilesH, tilesW int
	rows           int // rows of tiles in a block
	in             simd.WinogradInput
	out            simd.WinogradOutput
	imageH, imageW int  // size of the image that the tiles read
	copied         bool // the image has another size and must be copied
	cropped        bool // the tiles write more than the output, which must be cropped
}

// planWinograd returns nil where the algorithm does not apply.
func planWinograd(s Shape, lanes int) *winogradPlan {
	if s.KH != 3 || s.KW != 3 || s.StrideH*s.StrideW*s.DilationH*s.DilationW*s.Groups > 1 ||
		s.C%lanes+s.K%lanes > 0 {
		return nil
	}
	w := &winogradPlan{shape: s, tilesH: ceilDiv(s.outH(), 4), tilesW: ceilDiv(s.outW(), 4)}
	w.imageH, w.imageW = 4*w.tilesH+2, 4*w.tilesW+2
	w.copied = w.imageH != s.H || w.imageW != s.W
	w.cropped = 4*w.tilesH != s.outH() || 4*w.tilesW != s.outW()
	w.rows = min(w.tilesH, max(1, winogradBlock/(4*36*w.tilesW*(s.C+s.K))))
	tiles := w.rows * w.tilesW
	w.in = simd.WinogradInput{Tiles: w.tilesW, Channels: s.C, StepX: 4 * s.C, RowX: w.imageW * s.C, ColX: s.C,
		StepV: s.C, FreqV: tiles * s.C}
	w.out = simd.WinogradOutput{Tiles: w.tilesW, Channels: s.K, StepM: s.K, FreqM: tiles * s.K,
		StepY: 4 * s.K, RowY: 4 * w.tilesW * s.K, ColY: s.K}
	return w
}

// planWinogradGrad plans the input gradient of a convolution as a convolution of the output
// gradient with the flipped windows, where input and output channels change places and
// each padding p becomes 2-p. It returns nil if the algorithm does not apply or a padding
// is larger than 2.
func planWinogradGrad(s Shape, lanes int) *winogradPlan {
	if max(s.PadTop, s.PadBottom, s.PadLeft, s.PadRight) > 2 {
		return nil
	}
	s.H, s.W, s.C, s.K = s.outH(), s.outW(), s.K, s.C
	s.PadTop, s.PadBottom, s.PadLeft, s.PadRight = 2-s.PadTop, 2-s.PadBottom, 2-s.PadLeft, 2-s.PadRight
	return planWinograd(s, lanes)
}

// weightLen returns the length of the transformed weights and the scratch memory of the transform.
func (w *winogradPlan) weightLen() int { return 36*w.shape.C*w.shape.K + simd.WinogradScratch }

// pack transforms weights [3][3][C][K] to u and returns u, which grows if it is too short.
func (w *winogradPlan) pack(u, weight []float32) ([]float32, error) {
	n := w.shape.C * w.shape.K
	u = grow(u, w.weightLen())
	return u, simd.WinogradWeights(u, n, weight, n, n, u[36*n:])
}

// HasWinograd reports whether [Conv.ForwardWinograd] can compute the shape: a 3x3 window with
// stride 1, whose input and output channels are multiples of the vector width.
func (c *Conv) HasWinograd() bool { return c.winograd != nil }

// PackWinograd packs the weights for [Conv.ForwardWinograd].
func (c *Conv) PackWinograd(u *Packed, weight []float32) error {
	if err := firstError(c.hasWinograd(), checkLen("weight", weight, c.shape.weightLen())); err != nil {
		return err
	}
	var err error
	u.freq, err = c.winograd.pack(u.freq, weight)
	return err
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
	in             simd.WinogradInput
	out            simd.WinogradOutput
	nn             simd.NN
}

// ForwardWinograd is [Conv.Forward] by Winograd's algorithm, with the weights of
// [Conv.PackWinograd]. It takes half the time or less and has four to six times the
// rounding error.
func (c *Conv) ForwardWinograd(s *Scratch, y, x []float32, u *Packed, bias []float32, relu bool) error {
	p := &c.shape
	if err := firstError(c.hasWinograd(), c.checkScratch(s), checkLen("y", y, p.outputLen()), checkLen("x", x, p.imageLen())); err != nil {
		return err
	}
	if bias != nil && len(bias) != p.K {
		return checkLen("bias", bias, p.K)
	}
	return c.winograd.run(&s.winograd, y, x, u.freq, bias, relu)
}

// winogradInput computes the input gradient by Winograd's algorithm.
func (s *Scratch) winogradInput(dx []float32, w *Packed) error {
	return s.conv.winogradGrad.run(&s.winogradGrad, dx, s.pixelGradient(), w.freq, nil, false)
}

// run computes the output image y of x with the transformed weights u.
func (w *winogradPlan) run(ws *winogradScratch, y, x, u, bias []float32, relu bool) error {
	if err := checkLen("transformed weights", u, w.weightLen()); err != nil {
		return err
	}
	p := &w.shape
	if bias == nil {
		ws.noBias = grow(ws.noBias, p.K)
		bias = ws.noBias
	}
	tiles := w.rows * w.tilesW
	ws.v, ws.m = grow(ws.v, 36*tiles*p.C), grow(ws.m, 36*tiles*p.K)
	ws.tmp = grow(ws.tmp, simd.WinogradScratch)
	ws.in, ws.out = w.in, w.out
	ws.out.ReLU = relu
	x = w.tileImage(ws, x)
	to := y
	if w.cropped {
		ws.y = grow(ws.y, 16*w.tilesH*w.tilesW*p.K)
		to = ws.y
	}
	for first := 0; first < w.tilesH; first += w.rows {
		rows := min(w.rows, w.tilesH-first)
		for i := range rows {
			if err := ws.in.Run(ws.v[i*w.tilesW*p.C:], x[(first+i)*4*w.imageW*p.C:], ws.tmp); err != nil {
				return err
			}
		}
		ws.nn = simd.NN{Rows: 36, RowA: tiles * p.C, RowB: p.C * p.K, RowC: tiles * p.K,
			M: rows * w.tilesW, N: p.K, K: p.C, LDA: p.C, LDB: p.K, LDC: p.K}
		if err := ws.nn.Run(ws.m, ws.v, u); err != nil {
			return err
		}
		for i := range rows {
			if err := ws.out.Run(to[(first+i)*16*w.tilesW*p.K:], ws.m[i*w.tilesW*p.K:], bias, ws.tmp); err != nil {
				return err
			}
		}
	}
	if w.cropped {
		line := p.outW() * p.K
		for i := range p.outH() {
			copy(y[i*line:][:line], to[i*4*w.tilesW*p.K:])
		}
	}
	return nil
}

// tileImage returns the image in the size that the tiles read, padded with zeros.
func (w *winogradPlan) tileImage(ws *winogradScratch, x []float32) []float32 {
	p := &w.shape
	if !w.copied {
		return x
	}
	row := w.imageW * p.C
	if ws.image == nil {
		ws.image = make([]float32, w.imageH*row)
	}
	for i := range p.H {
		copy(ws.image[(i+p.PadTop)*row+p.PadLeft*p.C:][:p.W*p.C], x[i*p.W*p.C:])
	}
	return ws.image
}
