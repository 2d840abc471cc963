package kernel

import "inkstone/graph/internal/kernel/simd"

// maxPool32 runs a float32 max-pooling without padding on package simd.
type maxPool32 struct {
	shape Window
	row   simd.MaxPool
	arg   []uint8 // position of the maximum in its window, for each output
	shift []int   // distance of each position from the first
	errs  []error // by shard
}

// newMaxPool32 returns nil for windows that the assembly cannot pool.
func newMaxPool32(s Window, shards int) *maxPool32 {
	if s.PadTop+s.PadBottom+s.PadLeft+s.PadRight > 0 || s.DilationH*s.DilationW > 1 || s.KH*s.KW > 256 {
		return nil
	}
	p := &maxPool32{shape: s, arg: make([]uint8, s.outputLen()), errs: make([]error, shards)}
	p.row = simd.MaxPool{Pixels: s.OutW(), Channels: s.C, Step: s.StrideW * s.C, PH: s.KH, PW: s.KW, RowX: s.W * s.C, ColX: s.C}
	for i := range s.KH {
		for j := range s.KW {
			p.shift = append(p.shift, (i*s.W+j)*s.C)
		}
	}
	return p
}

// forward pools image n.
func (p *maxPool32) forward(y, x []float32, n int) error {
	s := &p.shape
	line := s.OutW() * s.C
	arg := p.arg[n*len(y):][:len(y)]
	for i := range s.OutH() {
		if err := p.row.Run(y[i*line:][:line], arg[i*line:][:line], x[i*s.StrideH*s.W*s.C:]); err != nil {
			return err
		}
	}
	return nil
}

// backward computes the input gradient of image n.
func (p *maxPool32) backward(dx, dy []float32, n int) {
	s := &p.shape
	clear(dx)
	arg := p.arg[n*len(dy):][:len(dy)]
	for i := range s.OutH() {
		for j := range s.OutW() {
			to := dx[(i*s.StrideH*s.W+j*s.StrideW)*s.C:]
			for c, g := range dy[:s.C] {
				to[p.shift[arg[c]]+c] += g
			}
			dy, arg = dy[s.C:], arg[s.C:]
		}
	}
}
