package kernel

import (
	"slices"

	"inkstone/graph/internal/kernel/simd"
)

// avgPool32 is an [AvgPool] of float32 on package simd. Both passes sum pixels of one
// image into each pixel of another: the window of an output, or the outputs whose windows
// hold an input. Pixels that sum in the same pattern, all but those at the borders, are
// computed together, and in the order of the portable loops.
type avgPool32 struct {
	forward, backward tapPlan
	ones, zeros       []float32 // weights and bias of the sums
	scale             float32
}

func newAvgPool32(s Window) *avgPool32 {
	tallForward, tallBackward := axis(s.H, s.OutH(), s.KH, s.StrideH, s.DilationH, s.PadTop)
	wideForward, wideBackward := axis(s.W, s.OutW(), s.KW, s.StrideW, s.DilationW, s.PadLeft)
	p := &avgPool32{
		forward:  newTapPlan(tallForward, wideForward, s.OutW(), s.W, s.C),
		backward: newTapPlan(tallBackward, wideBackward, s.W, s.OutW(), s.C),
		zeros:    make([]float32, s.C), scale: 1 / float32(s.KH*s.KW),
	}
	p.ones = make([]float32, max(p.forward.most, p.backward.most)*s.C)
	for i := range p.ones {
		p.ones[i] = 1
	}
	return p
}

// run computes one image of a pass. Its errors cannot happen, for the lengths have been checked.
func (p *avgPool32) run(g *tapPlan, y, x []float32) {
	if g.gaps {
		clear(y)
	}
	for i := range g.blocks {
		b := &g.blocks[i]
		_ = b.taps.Sums(y[b.y:], x[b.x:], p.ones, p.zeros)
	}
	_ = simd.Scale(y, y, p.scale)
}

// tapPlan is the plan of a pass over one image.
type tapPlan struct {
	blocks []tapBlock
	most   int  // pixels in a sum
	gaps   bool // some pixels are sums of nothing
}

// tapBlock is a grid of pixels whose sums have the same pattern, the first at y, with the
// first pixel of its sum at x.
type tapBlock struct {
	taps simd.Taps
	y, x int
}

// newTapPlan plans sums over rows times sums over columns; widthY and widthX are the pixels
// in a row of the results and of the operands.
func newTapPlan(rows, cols []tapRun, widthY, widthX, channels int) tapPlan {
	var g tapPlan
	for _, r := range rows {
		for _, c := range cols {
			if len(r.from)*len(c.from) == 0 {
				g.gaps = true
				continue
			}
			b := tapBlock{
				taps: simd.Taps{
					Rows: r.count, Pixels: c.count, Channels: channels,
					RowY: r.step * widthY * channels, StepY: c.step * channels,
					RowX: r.move * widthX * channels, StepX: c.move * channels,
				},
				y: (r.first*widthY + c.first) * channels,
				x: (r.from[0]*widthX + c.from[0]) * channels,
			}
			for _, i := range r.from {
				for _, j := range c.from {
					b.taps.Off = append(b.taps.Off, (i*widthX+j)*channels-b.x)
				}
			}
			g.most = max(g.most, len(b.taps.Off))
			g.blocks = append(g.blocks, b)
		}
	}
	return g
}

// tapRun is a sequence of positions along one axis, first, first+step and so on, that sum over
// the same pattern of positions of another axis: from for the first, and for each further
// one move beyond those of the one before.
type tapRun struct {
	first, step, count int
	from               []int
	move               int
}

// axis returns the sums along one axis of a window: of outputs over inputs, and of inputs
// over the outputs that hold them.
func axis(in, out, size, stride, dilation, pad int) (forward, backward []tapRun) {
	inputs, outputs := make([][]int, out), make([][]int, in)
	for o := range out {
		for k := range size {
			if i := o*stride - pad + k*dilation; i >= 0 && i < in {
				inputs[o] = append(inputs[o], i)
				outputs[i] = append(outputs[i], o)
			}
		}
	}
	return runs(inputs, 1, stride), runs(outputs, stride, 1)
}

// runs finds the sequences of positions, step apart, whose patterns move on by move.
func runs(from [][]int, step, move int) (rs []tapRun) {
	taken := make([]bool, len(from))
	for first, pattern := range from {
		if taken[first] {
			continue
		}
		r := tapRun{first: first, step: step, from: pattern, move: move}
		for at := first; at < len(from); at += step {
			if !slices.EqualFunc(from[at], pattern, func(a, b int) bool { return a == b+r.count*move }) {
				break
			}
			taken[at] = true
			r.count++
		}
		rs = append(rs, r)
	}
	return rs
}
