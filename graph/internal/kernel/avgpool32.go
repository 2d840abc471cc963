package kernel

import (
	"slices"

	"inkstone/graph/internal/kernel/simd"
)

// avgPool32 is an [AvgPool] of float32 on package simd. Each pixel of the result of a pass is
// a sum of pixels of the operand: of the inputs in the window of an output, or of the
// outputs whose windows contain an input. The kernel computes all pixels whose sums have
// the same pattern together, which is all but those at the borders. It adds in the order
// of the portable loops.
type avgPool32 struct {
	forward, backward tapPlan
	ones, zeros       []float32 // weights and bias of the sums
	scale             float32
}

func newAvgPool32(s Window) *avgPool32 {
	rowsForward, rowsBackward := axisSums(s.H, s.OutH(), s.KH, s.StrideH, s.DilationH, s.PadTop)
	colsForward, colsBackward := axisSums(s.W, s.OutW(), s.KW, s.StrideW, s.DilationW, s.PadLeft)
	p := &avgPool32{
		forward:  newTapPlan(rowsForward, colsForward, s.OutW(), s.W, s.C),
		backward: newTapPlan(rowsBackward, colsBackward, s.W, s.OutW(), s.C),
		zeros:    make([]float32, s.C), scale: 1 / float32(s.KH*s.KW),
	}
	p.ones = make([]float32, max(p.forward.maxTaps, p.backward.maxTaps)*s.C)
	for i := range p.ones {
		p.ones[i] = 1
	}
	return p
}

// run computes one image of a pass. The calls cannot fail, because the lengths have been checked.
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
	blocks  []tapBlock
	maxTaps int  // pixels in the largest sum
	gaps    bool // some pixels are empty sums
}

// tapBlock is a grid of pixels whose sums have the same pattern, the first at y, with the
// first pixel of its sum at x.
type tapBlock struct {
	taps simd.Taps
	y, x int
}

// newTapPlan returns the plan for given sums along the rows and along the columns. widthY and
// widthX are the pixels in a row of the result and of the operand.
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
			g.maxTaps = max(g.maxTaps, len(b.taps.Off))
			g.blocks = append(g.blocks, b)
		}
	}
	return g
}

// tapRun is a sequence of count positions along an axis of the result: first, first+step and so
// on. The first is the sum of the positions from of the operand. Each of the others is the
// sum of those of the position before it, shifted by move.
type tapRun struct {
	first, step, count int
	from               []int
	move               int
}

// axisSums returns the sums along one axis: forward for each output the inputs in its window,
// backward for each input the outputs whose windows contain it.
func axisSums(in, out, size, stride, dilation, pad int) (forward, backward []tapRun) {
	inputs, outputs := make([][]int, out), make([][]int, in)
	for o := range out {
		for k := range size {
			if i := o*stride - pad + k*dilation; i >= 0 && i < in {
				inputs[o] = append(inputs[o], i)
				outputs[i] = append(outputs[i], o)
			}
		}
	}
	return findRuns(inputs, 1, stride), findRuns(outputs, stride, 1)
}

// findRuns returns the sequences of positions, step apart, whose patterns are shifted by move.
func findRuns(from [][]int, step, move int) (rs []tapRun) {
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
