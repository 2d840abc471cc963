package direct

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd"
)

// winogradBlock is how many bytes of transformed tiles, before and after the products, are
// worked on at a time: they share a second-level cache with the weights.
const winogradBlock = 320 << 10

// winogradPlan is a 3x3 convolution by Winograd's F(4x4, 3x3).
type winogradPlan struct {
	tilesH, tilesW int
	rows           int // rows of tiles in a block
	in             simd.WinogradInput
	out            simd.WinogradOutput
	imageH, imageW int  // what the tiles read
	copied         bool // the image must be copied to have that size
	cropped        bool // the tiles write more than the output
}

// planWinograd leaves c.wino nil where the algorithm does not apply.
func (c *Conv) planWinograd() {
	s := &c.shape
	if s.KH != 3 || s.KW != 3 || s.StrideH*s.StrideW*s.DilationH*s.DilationW*s.Groups > 1 ||
		s.C%c.lanes+s.K%c.lanes > 0 {
		return
	}
	w := &winogradPlan{tilesH: ceilDiv(s.outH(), 4), tilesW: ceilDiv(s.outW(), 4)}
	w.imageH, w.imageW = 4*w.tilesH+2, 4*w.tilesW+2
	w.copied = w.imageH != s.H || w.imageW != s.W
	w.cropped = 4*w.tilesH != s.outH() || 4*w.tilesW != s.outW()
	w.rows = min(w.tilesH, max(1, winogradBlock/(4*36*w.tilesW*(s.C+s.K))))
	tiles := w.rows * w.tilesW
	w.in = simd.WinogradInput{Tiles: w.tilesW, Channels: s.C, StepX: 4 * s.C, RowX: w.imageW * s.C, ColX: s.C,
		StepV: s.C, FreqV: tiles * s.C}
	w.out = simd.WinogradOutput{Tiles: w.tilesW, Channels: s.K, StepM: s.K, FreqM: tiles * s.K,
		StepY: 4 * s.K, RowY: 4 * w.tilesW * s.K, ColY: s.K}
	c.wino = w
}

// HasWinograd tells whether [Conv.ForwardWinograd] can compute the shape: a 3x3 window with
// stride 1, whose channels fill whole vectors on both sides.
func (c *Conv) HasWinograd() bool { return c.wino != nil }

// PackWinograd fills in the weights of a pass of [Conv.ForwardWinograd].
func (c *Conv) PackWinograd(u *Packed, weight []float32) error {
	s := &c.shape
	if err := checkLen("weight", weight, s.weightLen()); err != nil {
		return err
	}
	n := s.C * s.K
	u.data = grow(u.data, 36*n+simd.WinogradScratch)
	return simd.WinogradWeights(u.data, n, weight, n, n, u.data[36*n:])
}

// winogradScratch is what one goroutine works in.
type winogradScratch struct {
	image, v, m, y []float32
	tmp, noBias    []float32
	in             simd.WinogradInput
	out            simd.WinogradOutput
	nn             simd.NN
}

// ForwardWinograd is [Conv.Forward] by Winograd's algorithm, from the weights that
// [Conv.PackWinograd] prepared: less than half the time, at about six times the rounding error.
func (c *Conv) ForwardWinograd(s *Scratch, y, x []float32, u *Packed, bias []float32, relu bool) error {
	p, w := &c.shape, c.wino
	if w == nil {
		return fmt.Errorf("direct: no Winograd form of a %dx%d window of %d to %d channels", p.KH, p.KW, p.C, p.K)
	}
	if err := firstError(c.mine(s), checkLen("y", y, p.outputLen()), checkLen("x", x, p.imageLen()),
		checkLen("packed weights", u.data, 36*p.C*p.K+simd.WinogradScratch)); err != nil {
		return err
	}
	ws := &s.wino
	if bias == nil {
		ws.noBias = grow(ws.noBias, p.K)
		bias = ws.noBias
	}
	tiles := w.rows * w.tilesW
	ws.v, ws.m = grow(ws.v, 36*tiles*p.C), grow(ws.m, 36*tiles*p.K)
	ws.tmp = grow(ws.tmp, simd.WinogradScratch)
	ws.in, ws.out = w.in, w.out
	ws.out.ReLU = relu
	x = s.tileImage(x)
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
		if err := ws.nn.Run(ws.m, ws.v, u.data); err != nil {
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

// tileImage returns the image in the size that the tiles read, with zeros around it.
func (s *Scratch) tileImage(x []float32) []float32 {
	p, w, ws := &s.conv.shape, s.conv.wino, &s.wino
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
