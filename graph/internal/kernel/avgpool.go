package kernel

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd"
)

// AvgPool takes the mean of each window, per channel:
//
//	y[n,i,j,c] = 1/(KH·KW) · Σ_{u,v} x[n, i·StrideH+u·DilationH-PadTop, j·StrideW+v·DilationW-PadLeft, c]
//
// The padding counts as zeros, PyTorch's count_include_pad=True.
type AvgPool[T Float] struct {
	shape   Window
	workers *Workers
	shards  int
	asm     *avgPool32 // float32 on a processor with assembly, else nil
	out, in []T        // operands of the pass in progress

	forwardShard, backwardShard func(shard int)
}

// NewAvgPool returns an average-pooling kernel; [Window.CheckPool] says which
// windows are refused.
func NewAvgPool[T Float](s Window, w *Workers) (*AvgPool[T], error) {
	if err := s.CheckPool(); err != nil {
		return nil, fmt.Errorf("average-pool: %w", err)
	}
	p := &AvgPool[T]{shape: s, workers: w, shards: min(s.N, maxShards)}
	if hasAssembly[T]() {
		p.asm = newAvgPool32(s)
	}
	p.forwardShard = p.runForward
	p.backwardShard = p.runBackward
	return p, nil
}

// Shape returns the window that the kernel was made for.
func (p *AvgPool[T]) Shape() Window { return p.shape }

// Forward computes y [N,OutH,OutW,C] from x [N,H,W,C].
func (p *AvgPool[T]) Forward(y, x []T) error {
	return p.run(y, x, "y", "x", p.shape.outputLen(), p.shape.inputLen(), p.forwardShard)
}

// Backward computes dx from dy: each output spreads its gradient evenly over
// the window.
func (p *AvgPool[T]) Backward(dx, dy []T) error {
	return p.run(dx, dy, "dx", "dy", p.shape.inputLen(), p.shape.outputLen(), p.backwardShard)
}

func (p *AvgPool[T]) run(out, in []T, outName, inName string, outLen, inLen int, f func(int)) error {
	if err := firstError(
		checkLen("average-pool", outName, out, outLen),
		checkLen("average-pool", inName, in, inLen),
	); err != nil {
		return err
	}
	p.out, p.in = out, in
	p.workers.Run(p.shards, f)
	p.out, p.in = nil, nil
	return nil
}

func (p *AvgPool[T]) runForward(shard int) {
	s := &p.shape
	image, output := s.H*s.W*s.C, s.OutH()*s.OutW()*s.C
	lo, hi := shardRange(s.N, p.shards, shard)
	scale := 1 / T(s.KH*s.KW)
	for n := lo; n < hi; n++ {
		y, x := p.out[n*output:][:output], p.in[n*image:][:image]
		if p.asm != nil {
			p.asm.run(&p.asm.forward, as32(y), as32(x))
			continue
		}
		clear(y)
		p.eachTap(func(out, in int) { addTo(y[out:][:s.C], x[in:][:s.C]) })
		for i := range y {
			y[i] *= scale
		}
	}
}

func (p *AvgPool[T]) runBackward(shard int) {
	s := &p.shape
	image, output := s.H*s.W*s.C, s.OutH()*s.OutW()*s.C
	lo, hi := shardRange(s.N, p.shards, shard)
	scale := 1 / T(s.KH*s.KW)
	for n := lo; n < hi; n++ {
		dx, dy := p.out[n*image:][:image], p.in[n*output:][:output]
		if p.asm != nil {
			p.asm.run(&p.asm.backward, as32(dx), as32(dy))
			continue
		}
		clear(dx)
		p.eachTap(func(out, in int) { addTo(dx[in:][:s.C], dy[out:][:s.C]) })
		for i := range dx {
			dx[i] *= scale
		}
	}
}

// eachTap calls f for each output pixel and each image pixel in its window,
// with the offsets of their first channels within one image.
func (p *AvgPool[T]) eachTap(f func(out, in int)) {
	s := &p.shape
	outH, outW := s.OutH(), s.OutW()
	for oy := range outH {
		for ox := range outW {
			for ky := range s.KH {
				iy := oy*s.StrideH - s.PadTop + ky*s.DilationH
				if iy < 0 || iy >= s.H {
					continue
				}
				for kx := range s.KW {
					ix := ox*s.StrideW - s.PadLeft + kx*s.DilationW
					if ix >= 0 && ix < s.W {
						f((oy*outW+ox)*s.C, (iy*s.W+ix)*s.C)
					}
				}
			}
		}
	}
}

// addTo adds x to y, which has the same length.
func addTo[T Float](y, x []T) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += v
	}
}

// GlobalAvgPool takes the mean of each channel over the whole image,
// [N,H,W,C] to [N,C].
type GlobalAvgPool[T Float] struct {
	n, h, w, c int
	workers    *Workers
	shards     int
	out, in    []T // operands of the pass in progress

	forwardShard, backwardShard func(shard int)
}

// NewGlobalAvgPool returns a kernel for n images of h×w pixels with c channels.
func NewGlobalAvgPool[T Float](n, h, w, c int, ws *Workers) (*GlobalAvgPool[T], error) {
	if !fits(maxImage, h, w, c) || !fits(maxElements, n, h, w, c) {
		return nil, fmt.Errorf("global average-pool: images [%d %d %d %d], expected sizes of at least 1 and at most %d elements an image", n, h, w, c, maxImage)
	}
	p := &GlobalAvgPool[T]{n: n, h: h, w: w, c: c, workers: ws, shards: min(n, maxShards)}
	p.forwardShard = p.runForward
	p.backwardShard = p.runBackward
	return p, nil
}

// Forward computes y [N,C] from x [N,H,W,C].
func (p *GlobalAvgPool[T]) Forward(y, x []T) error {
	if err := firstError(
		checkLen("global average-pool", "y", y, p.n*p.c),
		checkLen("global average-pool", "x", x, p.n*p.h*p.w*p.c),
	); err != nil {
		return err
	}
	p.out, p.in = y, x
	p.workers.Run(p.shards, p.forwardShard)
	p.out, p.in = nil, nil
	return nil
}

// Backward computes dx [N,H,W,C] from dy [N,C].
func (p *GlobalAvgPool[T]) Backward(dx, dy []T) error {
	if err := firstError(
		checkLen("global average-pool", "dx", dx, p.n*p.h*p.w*p.c),
		checkLen("global average-pool", "dy", dy, p.n*p.c),
	); err != nil {
		return err
	}
	p.out, p.in = dx, dy
	p.workers.Run(p.shards, p.backwardShard)
	p.out, p.in = nil, nil
	return nil
}

func (p *GlobalAvgPool[T]) runForward(shard int) {
	lo, hi := shardRange(p.n, p.shards, shard)
	pixels := p.h * p.w
	scale := 1 / T(pixels)
	for n := lo; n < hi; n++ {
		y := p.out[n*p.c:][:p.c]
		clear(y)
		if x := p.in[n*pixels*p.c:][:pixels*p.c]; hasAssembly[T]() {
			_ = simd.ColumnSums(as32(y), as32(x)) // cannot fail: the lengths fit
		} else {
			for ; len(x) > 0; x = x[p.c:] {
				addTo(y, x[:p.c])
			}
		}
		for c := range y {
			y[c] *= scale
		}
	}
}

func (p *GlobalAvgPool[T]) runBackward(shard int) {
	lo, hi := shardRange(p.n, p.shards, shard)
	pixels := p.h * p.w
	scale := 1 / T(pixels)
	for n := lo; n < hi; n++ {
		dx, dy := p.out[n*pixels*p.c:][:pixels*p.c], p.in[n*p.c:][:p.c]
		for c, v := range dy {
			dx[c] = v * scale
		}
		for i := p.c; i < len(dx); i += p.c {
			copy(dx[i:], dx[:p.c])
		}
	}
}
