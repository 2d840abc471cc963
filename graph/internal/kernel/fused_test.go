package kernel

import (
	"fmt"
	"testing"

	"inkstone/graph/internal/kernel/simd"
	"inkstone/internal/longtest"
)

// fusedCases are operations after a convolution: both orders of ReLU and pooling, and pooling
// that overlaps, that leaves gaps, that picks single pixels, or that package direct does not
// support; it does not support depthwise convolutions either.
func fusedCases() (cases []struct {
	conv ConvShape
	f    Fusion
}) {
	for _, k := range []int{1, 3, 5} {
		for _, q := range []struct{ c, groups int }{{1, 1}, {16, 1}, {17, 1}, {16, 16}} {
			conv := ConvShape{Window: Window{N: 5, H: 12, W: 11, C: q.c, KH: k, KW: k, StrideH: 1, StrideW: 1,
				PadTop: k / 2, DilationH: 1, DilationW: 1}, K: 16, Groups: q.groups}
			images := Window{N: 5, H: conv.OutH(), W: conv.OutW(), C: conv.K, DilationH: 1, DilationW: 1}
			for _, w := range []struct{ size, stride, pad int }{{0, 0, 0}, {2, 2, 0}, {3, 2, 0}, {2, 3, 0}, {1, 2, 0}, {1, 3, 0}, {1, 1, 0}, {2, 2, 1}} {
				for order := range 3 {
					f := Fusion{ReLU: order > 0, ReLUAfterPool: order > 1}
					if w.size > 0 {
						p := images
						p.KH, p.KW, p.StrideH, p.StrideW, p.PadLeft = w.size, w.size, w.stride, w.stride, w.pad
						f.Pool = &p
					}
					// Without ReLU and pooling the gradient has no zeros, and Winograd may compute it.
					f.Winograd = order == 1 || order == 0 && w.size == 0
					cases = append(cases, struct {
						conv ConvShape
						f    Fusion
					}{conv, f})
				}
			}
		}
	}
	some := cases[:0]
	for n, i := longtest.Cases(60, len(cases)), 0; i < n; i++ {
		some = append(some, cases[i*len(cases)/n])
	}
	return some
}

// The fused kernel agrees with separate kernels in float64.
func TestFusedConvIsItsChain(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		for i, q := range fusedCases() {
			r := newRand(uint64(i))
			s, f := q.conv, q.f
			name := fmt.Sprintf("%s %+v ", s.testName(), f)
			x, w, bias := sparse[float32](r, s.inputLen(), 0.3), normal[float32](r, s.weightLen()), normal[float32](r, s.K)
			chain, err := NewConv[float64](s, nil)
			must(t, err)
			fused, err := NewFusedConv[float32](s, f, nil)
			must(t, err)

			wantY := make([]float64, s.outputLen())
			must(t, chain.Forward(wantY, to[float64](x), to[float64](w), to[float64](bias)))
			relu := func(x []float64) { must(t, Activate(nil, ReLU, 0, x, x)) }
			if f.ReLU && !f.ReLUAfterPool {
				relu(wantY)
			}
			wantOut := wantY
			var pool *MaxPool[float64]
			if f.Pool != nil {
				wantOut = make([]float64, f.Pool.outputLen())
				pool, err = NewMaxPool[float64](*f.Pool, nil)
				must(t, err)
				must(t, pool.Forward(wantOut, wantY))
			}
			if f.ReLU && f.ReLUAfterPool {
				if f.Pool == nil {
					wantOut = append([]float64(nil), wantOut...)
				}
				relu(wantOut)
			}
			dout := normal[float64](r, len(wantOut))
			masked := append([]float64(nil), dout...)
			if f.ReLU {
				must(t, ActivateGrad(nil, ReLU, 0, masked, masked, nil, wantOut))
			}
			if pool != nil {
				dy := make([]float64, s.outputLen())
				must(t, pool.Backward(dy, masked))
				masked = dy
			}
			wantX, wantW, wantB := make([]float64, s.inputLen()), make([]float64, s.weightLen()), make([]float64, s.K)
			must(t, chain.Backward(wantX, wantW, wantB, masked, to[float64](x), to[float64](w)))

			out, y := poison[float32](fused.OutputLen()), []float32(nil)
			if f.Pool != nil && i%2 == 0 {
				y = poison[float32](s.outputLen())
			}
			tolerance := 1e-4
			if f.Winograd { // up to 3e-5 of the root mean square, here some 12
				tolerance = 5e-4
			}
			must(t, fused.Forward(y, out, x, w, bias))
			mustClose(t, name+"out", out, wantOut, tolerance)
			if y != nil {
				mustClose(t, name+"y", y, wantY, tolerance)
			}
			dx, dw, db := poison[float32](len(wantX)), poison[float32](len(wantW)), poison[float32](len(wantB))
			must(t, fused.Backward(dx, dw, db, to[float32](dout), out, x, w))
			mustClose(t, name+"dx", dx, wantX, 1e-3)
			mustClose(t, name+"dw", dw, wantW, 1e-3)
			mustClose(t, name+"db", db, wantB, 1e-3)

			again := poison[float32](len(wantW))
			must(t, fused.Backward(nil, again, nil, to[float32](dout), out, x, nil))
			mustClose(t, name+"dw alone", again, wantW, 1e-3)
		}
	})
}

func TestFusedConvIgnoresWorkers(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		for i, q := range fusedCases() {
			var want [3][]float32
			for _, n := range workerCounts {
				r := newRand(uint64(i))
				s := q.conv
				fused, err := NewFusedConv[float32](s, q.f, NewWorkers(n))
				must(t, err)
				x, w := normal[float32](r, s.inputLen()), normal[float32](r, s.weightLen())
				out, dx, dw := make([]float32, fused.OutputLen()), make([]float32, len(x)), make([]float32, len(w))
				must(t, fused.Forward(nil, out, x, w, nil))
				must(t, fused.Backward(dx, dw, nil, normal[float32](r, len(out)), out, x, w))
				got := [3][]float32{out, dx, dw}
				if n == 1 {
					want = got
				}
				for i := range got {
					mustSameBits(t, "fused conv", got[i], want[i])
				}
			}
		}
	})
}

func TestFusedConvRefuses(t *testing.T) {
	conv := ConvShape{Window: square(8, 2, 3, 1), K: 4, Groups: 1}
	conv.N = 2
	pool := square(6, 4, 2, 2)
	pool.N = 2
	wrong := pool
	wrong.C = 3
	_, err := NewFusedConv[float32](conv, Fusion{Pool: &wrong}, nil)
	mustFail(t, err, "fused conv", "[2 6 6 3]", "expected [2 6 6 4]")
	onEachPath(t, func(t *testing.T) {
		c, err := NewFusedConv[float32](conv, Fusion{ReLU: true, Pool: &pool}, nil)
		must(t, err)
		f := func(n int) []float32 { return make([]float32, n) }
		x, w, out := f(256), f(72), f(72)
		mustFail(t, c.Backward(f(256), nil, nil, out, out, x, w), "before Forward")
		must(t, c.Forward(nil, out, x, w, nil))
		mustFail(t, c.Forward(f(1), out, x, w, nil), "y has 1", "expected 288")
		mustFail(t, c.Forward(nil, f(71), x, w, nil), "out has 71", "expected 72")
		mustFail(t, c.Backward(f(3), nil, nil, out, out, x, w), "dx has 3", "expected 256")
		mustFail(t, c.Backward(f(256), nil, nil, out, nil, x, w), "out has 0", "expected 72")
		mustFail(t, c.Backward(nil, f(72), nil, out, out, nil, w), "x has 0", "expected 256")
	})
}

func TestFusedKernelsDoNotAllocate(t *testing.T) {
	conv := ConvShape{Window: square(12, 4, 3, 1), K: 8, Groups: 1}
	pool := square(10, 8, 2, 2)
	c, err := NewFusedConv[float32](conv, Fusion{ReLU: true, Pool: &pool}, nil)
	must(t, err)
	r := newRand(3)
	x, w, out := normal[float32](r, conv.inputLen()), normal[float32](r, conv.weightLen()), make([]float32, c.OutputLen())
	dx, dw, db, dout := make([]float32, len(x)), make([]float32, len(w)), make([]float32, 8), normal[float32](r, len(out))
	mustNotAllocate(t, "Forward", func() error { return c.Forward(nil, out, x, w, nil) })
	mustNotAllocate(t, "Backward", func() error { return c.Backward(dx, dw, db, dout, out, x, w) })

	conv.C, conv.K = 16, 32
	c, err = NewFusedConv[float32](conv, Fusion{Winograd: true}, nil)
	must(t, err)
	x, w, out = normal[float32](r, conv.inputLen()), normal[float32](r, conv.weightLen()), make([]float32, c.OutputLen())
	dx, dw, dout = make([]float32, len(x)), make([]float32, len(w)), normal[float32](r, len(out))
	mustNotAllocate(t, "Winograd Forward", func() error { return c.Forward(nil, out, x, w, nil) })
	mustNotAllocate(t, "Winograd Backward", func() error { return c.Backward(dx, dw, nil, dout, out, x, w) })

	d, err := NewDenseReLU[float32](5, 70, 9, nil)
	must(t, err)
	x, w, out = normal[float32](r, 350), normal[float32](r, 630), make([]float32, 45)
	dx, dw, db, dout = make([]float32, 350), make([]float32, 630), make([]float32, 9), normal[float32](r, 45)
	mustNotAllocate(t, "Forward", func() error { return d.Forward(out, x, w, nil) })
	mustNotAllocate(t, "Backward", func() error { return d.Backward(dx, dw, db, dout, out, x, w) })
}

func TestDenseReLUIsItsChain(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		for i, q := range [][3]int{{1, 1, 1}, {5, 70, 9}, {100, 33, 130}, {7, 300, 64}, {20, 200, 24}, {64, 1000, 40}} {
			r := newRand(uint64(i))
			n, in, out := q[0], q[1], q[2]
			x, w, b, dy := normal[float32](r, n*in), normal[float32](r, in*out), normal[float32](r, out), normal[float32](r, n*out)
			chain, err := NewDense[float64](n, in, out, nil)
			must(t, err)
			wantY := make([]float64, n*out)
			must(t, chain.Forward(wantY, to[float64](x), to[float64](w), to[float64](b)))
			must(t, Activate(nil, ReLU, 0, wantY, wantY))
			masked := to[float64](dy)
			must(t, ActivateGrad(nil, ReLU, 0, masked, masked, nil, wantY))
			wantX, wantW, wantB := make([]float64, n*in), make([]float64, in*out), make([]float64, out)
			must(t, chain.Backward(wantX, wantW, wantB, masked, to[float64](x), to[float64](w)))

			fused, err := NewDenseReLU[float32](n, in, out, nil)
			must(t, err)
			y, dx, dw, db := poison[float32](n*out), poison[float32](n*in), poison[float32](in*out), poison[float32](out)
			must(t, fused.Forward(y, x, w, b))
			mustClose(t, "y", y, wantY, 1e-4)
			must(t, fused.Backward(dx, dw, db, dy, y, x, w))
			mustClose(t, "dx", dx, wantX, 1e-4)
			mustClose(t, "dw", dw, wantW, 1e-4)
			mustClose(t, "db", db, wantB, 1e-4)
		}
	})
}

// onEachPath runs a test on each path of package simd that this processor has.
func onEachPath(t *testing.T, f func(t *testing.T)) {
	before := simd.Path()
	defer simd.SetPath(before)
	for _, name := range simd.Paths() {
		must(t, simd.SetPath(name))
		t.Run(name, f)
	}
}
