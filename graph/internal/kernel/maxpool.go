package kernel

import "fmt"

// MaxPool takes the maximum of each window, per channel:
//
//	y[n,i,j,c] = max_{u,v} x[n, i·StrideH+u·DilationH-PadTop, j·StrideW+v·DilationW-PadLeft, c]
//
// The padding does not count. Of equal maxima the first in row-major order counts,
// and a NaN counts as larger than any number.
type MaxPool[T Float] struct {
	shape   Window
	workers *Workers
	shards  int
	asm     *maxPool32 // float32 on a processor with assembly, else nil
	argmax  []int32    // per output, the index of its maximum within the image
	ran     bool       // Forward was called
	out, in []T        // operands of the pass in progress

	forwardShard, backwardShard func(shard int)
}

// NewMaxPool returns a max-pooling kernel; [Window.CheckPool] says which
// windows are refused.
func NewMaxPool[T Float](s Window, w *Workers) (*MaxPool[T], error) {
	if err := s.CheckPool(); err != nil {
		return nil, fmt.Errorf("max-pool: %w", err)
	}
	p := &MaxPool[T]{shape: s, workers: w, shards: min(s.N, maxShards)}
	if hasAssembly[T]() {
		p.asm = newMaxPool32(s, p.shards)
	}
	p.forwardShard = p.runForward
	p.backwardShard = p.runBackward
	return p, nil
}

// Shape returns the window that the kernel was made for.
func (p *MaxPool[T]) Shape() Window { return p.shape }

// Forward computes y [N,OutH,OutW,C] from x [N,H,W,C] and remembers where each
// maximum was.
func (p *MaxPool[T]) Forward(y, x []T) error {
	if err := firstError(
		checkLen("max-pool", "y", y, p.shape.outputLen()),
		checkLen("max-pool", "x", x, p.shape.inputLen()),
	); err != nil {
		return err
	}
	if p.argmax == nil && p.asm == nil {
		p.argmax = make([]int32, p.shape.outputLen())
	}
	p.out, p.in = y, x
	p.workers.Run(p.shards, p.forwardShard)
	p.out, p.in = nil, nil
	p.ran = true
	if p.asm != nil {
		return firstError(p.asm.errs...)
	}
	return nil
}

func (p *MaxPool[T]) runForward(shard int) {
	s := &p.shape
	image, output := s.H*s.W*s.C, s.OutH()*s.OutW()*s.C
	lo, hi := shardRange(s.N, p.shards, shard)
	if p.asm != nil {
		p.asm.errs[shard] = nil
		for n := lo; n < hi && p.asm.errs[shard] == nil; n++ {
			p.asm.errs[shard] = p.asm.forward(as32(p.out)[n*output:][:output], as32(p.in)[n*image:][:image], n)
		}
		return
	}
	for n := lo; n < hi; n++ {
		p.poolImage(p.out[n*output:][:output], p.argmax[n*output:][:output], p.in[n*image:][:image])
	}
}

func (p *MaxPool[T]) poolImage(y []T, argmax []int32, x []T) {
	s := &p.shape
	for oy := range s.OutH() {
		for ox := range s.OutW() {
			best, where := y[:s.C], argmax[:s.C]
			y, argmax = y[s.C:], argmax[s.C:]
			first := true
			for ky := range s.KH {
				iy := oy*s.StrideH - s.PadTop + ky*s.DilationH
				if iy < 0 || iy >= s.H {
					continue
				}
				for kx := range s.KW {
					ix := ox*s.StrideW - s.PadLeft + kx*s.DilationW
					if ix < 0 || ix >= s.W {
						continue
					}
					at := (iy*s.W + ix) * s.C
					if first {
						copy(best, x[at:])
						for c := range where {
							where[c] = int32(at + c)
						}
						first = false
						continue
					}
					updateMax(best, where, x[at:][:s.C], at)
				}
			}
		}
	}
}

// updateMax replaces the elements of best that are less than those of x, and sets their
// positions; x begins at index at of the image. A NaN is larger than all numbers and stays.
func updateMax[T Float](best []T, where []int32, x []T, at int) {
	where, x = where[:len(best)], x[:len(best)]
	for c, v := range x {
		b, i := best[c], where[c]
		if v > b || (v != v && b == b) {
			b, i = v, int32(at+c)
		}
		best[c], where[c] = b, i
	}
}

// Backward computes dx from dy: the gradient of each output goes to the input
// that was the maximum in the last Forward, and overlapping windows add up.
func (p *MaxPool[T]) Backward(dx, dy []T) error {
	if err := firstError(
		checkLen("max-pool", "dx", dx, p.shape.inputLen()),
		checkLen("max-pool", "dy", dy, p.shape.outputLen()),
	); err != nil {
		return err
	}
	if !p.ran {
		return fmt.Errorf("max-pool: Backward before Forward, expected a forward pass to find the maxima")
	}
	p.out, p.in = dx, dy
	p.workers.Run(p.shards, p.backwardShard)
	p.out, p.in = nil, nil
	return nil
}

func (p *MaxPool[T]) runBackward(shard int) {
	s := &p.shape
	image, output := s.H*s.W*s.C, s.OutH()*s.OutW()*s.C
	lo, hi := shardRange(s.N, p.shards, shard)
	for n := lo; n < hi; n++ {
		dx, dy := p.out[n*image:][:image], p.in[n*output:][:output]
		if p.asm != nil {
			p.asm.backward(as32(dx), as32(dy), n)
			continue
		}
		clear(dx)
		for i, at := range p.argmax[n*output:][:output] {
			dx[at] += dy[i]
		}
	}
}
