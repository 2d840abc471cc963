package kernel

import (
	"fmt"
	"testing"

	"inkstone/internal/longtest"
)

// A convCase is a convolution and the operations after it.
type convCase struct {
	conv ConvShape
	f    Fusion
}

// fusedCases are operations after a convolution: ReLU, and pooling that overlaps, that leaves gaps, that picks single pixels, or that package direct does not
// support; it does not support depthwise convolutions either.
func fusedCases() []convCase {
	var cases []convCase
	for _, k := range []int{1, 3, 5} {
		for _, q := range []struct{ c, groups int }{{1, 1}, {16, 1}, {17, 1}, {16, 16}} {
			conv := ConvShape{Window: Window{N: 5, H: 12, W: 11, C: q.c, KH: k, KW: k, StrideH: 1, StrideW: 1,
				PadTop: k / 2, DilationH: 1, DilationW: 1}, K: 16, Groups: q.groups}
			images := Window{N: 5, H: conv.OutH(), W: conv.OutW(), C: conv.K, DilationH: 1, DilationW: 1}
			for _, w := range []struct{ size, stride, pad int }{{0, 0, 0}, {2, 2, 0}, {3, 2, 0}, {2, 3, 0}, {1, 2, 0}, {1, 3, 0}, {1, 1, 0}, {2, 2, 1}} {
				for i := range 3 {
					f := Fusion{ReLU: i > 0}
					if w.size > 0 {
						p := images
						p.KH, p.KW, p.StrideH, p.StrideW, p.PadLeft = w.size, w.size, w.stride, w.stride, w.pad
						f.Pool = &p
					}
					// Without ReLU and pooling the gradient has no zeros, and Winograd may compute it.
					f.Winograd = i == 1 || i == 0 && w.size == 0
					cases = append(cases, convCase{conv, f})
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

// convChain computes a convolution and the operations of a Fusion one after the other.
type convChain[T Float] struct {
	conv     *Conv[T]
	pool     *MaxPool[T] // nil without pooling
	relu     bool
	reluLast bool // the order of ReLU and pooling
}

func newConvChain[T Float](t *testing.T, s ConvShape, f Fusion, reluLast bool) *convChain[T] {
	t.Helper()
	c := &convChain[T]{relu: f.ReLU, reluLast: reluLast}
	var err error
	c.conv, err = NewConv[T](s, Fusion{Winograd: f.Winograd}, nil)
	must(t, err)
	if f.Pool != nil {
		c.pool, err = NewMaxPool[T](*f.Pool, nil)
		must(t, err)
	}
	return c
}

func (c *convChain[T]) forward(t *testing.T, x, w, bias []T) []T {
	t.Helper()
	y := poison[T](c.conv.OutputLen())
	must(t, c.conv.Forward(y, x, w, bias))
	if c.relu && !c.reluLast {
		must(t, Activate(nil, ReLU, 0, y, y))
	}
	if c.pool != nil {
		pooled := poison[T](c.pool.Shape().outputLen())
		must(t, c.pool.Forward(pooled, y))
		y = pooled
	}
	if c.relu && c.reluLast {
		must(t, Activate(nil, ReLU, 0, y, y))
	}
	return y
}

func (c *convChain[T]) backward(t *testing.T, dy, y, x, w []T) (dx, dw, db []T) {
	t.Helper()
	if c.relu {
		masked := poison[T](len(dy))
		must(t, ActivateGrad(nil, ReLU, 0, masked, dy, nil, y))
		dy = masked
	}
	if c.pool != nil {
		d := poison[T](c.conv.OutputLen())
		must(t, c.pool.Backward(d, dy))
		dy = d
	}
	dx, dw, db = poison[T](len(x)), poison[T](len(w)), poison[T](c.conv.shape.K)
	must(t, c.conv.Backward(dx, dw, db, dy, nil, x, w))
	return dx, dw, db
}

// A convolution with a Fusion agrees with its chain in float64. In float64 it has the same bits.
func TestFusionIsItsChain(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		for i, q := range fusedCases() {
			tolerance := 1e-4
			if q.f.Winograd { // up to 3e-5 of the root mean square, here some 12
				tolerance = 5e-4
			}
			testFusion[float32](t, i, q.conv, q.f, tolerance, 1e-3)
			testFusion[float64](t, i, q.conv, q.f, 0, 0)
		}
	})
}

func testFusion[T Float](t *testing.T, i int, s ConvShape, f Fusion, tolerance, gradTolerance float64) {
	t.Helper()
	r := newRand(uint64(i))
	name := fmt.Sprintf("%s %+v ", s.testName(), f)
	x, w, bias := sparse[T](r, s.inputLen(), 0.3), normal[T](r, s.weightLen()), normal[T](r, s.K)
	x64, w64 := to[float64](x), to[float64](w)
	chain := newConvChain[float64](t, s, f, i%2 == 0)
	wantY := chain.forward(t, x64, w64, to[float64](bias))
	dy := normal[T](r, len(wantY))
	wantX, wantW, wantB := chain.backward(t, to[float64](dy), wantY, x64, w64)

	fused, err := NewConv[T](s, f, nil)
	must(t, err)
	y := poison[T](fused.OutputLen())
	must(t, fused.Forward(y, x, w, bias))
	mustClose(t, name+"y", y, wantY, tolerance)
	dx, dw, db := poison[T](len(wantX)), poison[T](len(wantW)), poison[T](len(wantB))
	must(t, fused.Backward(dx, dw, db, dy, y, x, w))
	mustClose(t, name+"dx", dx, wantX, gradTolerance)
	mustClose(t, name+"dw", dw, wantW, gradTolerance)
	mustClose(t, name+"db", db, wantB, gradTolerance)

	again := poison[T](len(wantW))
	must(t, fused.Backward(nil, again, nil, dy, y, x, nil))
	mustClose(t, name+"dw alone", again, wantW, gradTolerance)
}

// The output of a convolution with a Fusion has the bits of its chain on every path, for both
// orders of ReLU and pooling.
func TestFusionKeepsBits(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		for i, q := range fusedCases() {
			r := newRand(uint64(i))
			s := q.conv
			x, w, bias := sparse[float32](r, s.inputLen(), 0.3), normal[float32](r, s.weightLen()), normal[float32](r, s.K)
			fused, err := NewConv[float32](s, q.f, nil)
			must(t, err)
			y := poison[float32](fused.OutputLen())
			must(t, fused.Forward(y, x, w, bias))
			for _, reluLast := range []bool{false, true} {
				want := newConvChain[float32](t, s, q.f, reluLast).forward(t, x, w, bias)
				mustClose(t, fmt.Sprintf("%s %+v", s.testName(), q.f), y, want, 0)
			}
		}
	})
}

func TestFusionIgnoresWorkers(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		for i, q := range fusedCases() {
			var want [3][]float32
			for _, n := range workerCounts {
				r := newRand(uint64(i))
				s := q.conv
				fused, err := NewConv[float32](s, q.f, NewWorkers(n))
				must(t, err)
				x, w := normal[float32](r, s.inputLen()), normal[float32](r, s.weightLen())
				out, dx, dw := make([]float32, fused.OutputLen()), make([]float32, len(x)), make([]float32, len(w))
				must(t, fused.Forward(out, x, w, nil))
				must(t, fused.Backward(dx, dw, nil, normal[float32](r, len(out)), out, x, w))
				got := [3][]float32{out, dx, dw}
				if n == 1 {
					want = got
				}
				for i := range got {
					mustSameBits(t, "conv", got[i], want[i])
				}
			}
		}
	})
}

func TestFusionRefuses(t *testing.T) {
	conv := ConvShape{Window: square(8, 2, 3, 1), K: 4, Groups: 1}
	conv.N = 2
	pool := square(6, 4, 2, 2)
	pool.N = 2
	wrong := pool
	wrong.C = 3
	_, err := NewConv[float32](conv, Fusion{Pool: &wrong}, nil)
	mustFail(t, err, "conv", "[2 6 6 3]", "expected [2 6 6 4]")
	onEachPath(t, func(t *testing.T) {
		c, err := NewConv[float32](conv, Fusion{ReLU: true, Pool: &pool}, nil)
		must(t, err)
		f := func(n int) []float32 { return make([]float32, n) }
		x, w, out := f(256), f(72), f(72)
		mustFail(t, c.Backward(f(256), nil, nil, out, out, x, w), "before Forward")
		must(t, c.Forward(out, x, w, nil))
		mustFail(t, c.Forward(f(71), x, w, nil), "y has 71", "expected 72")
		mustFail(t, c.Backward(f(3), nil, nil, out, out, x, w), "dx has 3", "expected 256")
		mustFail(t, c.Backward(f(256), nil, nil, out, nil, x, w), "y has 0", "expected 72")
		mustFail(t, c.Backward(nil, f(72), nil, out, out, nil, w), "x has 0", "expected 256")
	})
}

func TestFusedKernelsDoNotAllocate(t *testing.T) {
	conv := ConvShape{Window: square(12, 4, 3, 1), K: 8, Groups: 1}
	pool := square(10, 8, 2, 2)
	c, err := NewConv[float32](conv, Fusion{ReLU: true, Pool: &pool}, nil)
	must(t, err)
	r := newRand(3)
	x, w, out := normal[float32](r, conv.inputLen()), normal[float32](r, conv.weightLen()), make([]float32, c.OutputLen())
	dx, dw, db, dout := make([]float32, len(x)), make([]float32, len(w)), make([]float32, 8), normal[float32](r, len(out))
	mustNotAllocate(t, "Forward", func() error { return c.Forward(out, x, w, nil) })
	mustNotAllocate(t, "Backward", func() error { return c.Backward(dx, dw, db, dout, out, x, w) })

	conv.C, conv.K = 16, 32
	c, err = NewConv[float32](conv, Fusion{Winograd: true}, nil)
	must(t, err)
	x, w, out = normal[float32](r, conv.inputLen()), normal[float32](r, conv.weightLen()), make([]float32, c.OutputLen())
	dx, dw, dout = make([]float32, len(x)), make([]float32, len(w)), normal[float32](r, len(out))
	mustNotAllocate(t, "Winograd Forward", func() error { return c.Forward(out, x, w, nil) })
	mustNotAllocate(t, "Winograd Backward", func() error { return c.Backward(dx, dw, nil, dout, out, x, w) })

	d, err := NewDense[float32](5, 70, 9, true, nil)
	must(t, err)
	x, w, out = normal[float32](r, 350), normal[float32](r, 630), make([]float32, 45)
	dx, dw, db, dout = make([]float32, 350), make([]float32, 630), make([]float32, 9), normal[float32](r, 45)
	mustNotAllocate(t, "Forward", func() error { return d.Forward(out, x, w, nil) })
	mustNotAllocate(t, "Backward", func() error { return d.Backward(dx, dw, db, dout, out, x, w) })
}

// A convolution runs on the assembly before a pooling with padding too, which package direct does not support.
func TestPaddedPoolingKeepsAssembly(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := ConvShape{Window: Window{N: 2, H: 9, W: 9, C: 16, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadTop: 1, PadBottom: 1, PadLeft: 1, PadRight: 1,
			DilationH: 1, DilationW: 1}, K: 16, Groups: 1}
		pool := Window{N: 2, H: 9, W: 9, C: 16, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadTop: 1, PadLeft: 1, DilationH: 1, DilationW: 1}
		c, err := NewConv[float32](s, Fusion{ReLU: true, Pool: &pool}, nil)
		must(t, err)
		if _, portable := c.algorithm.(*portableConv[float32]); portable == hasAssembly[float32]() {
			t.Errorf("the algorithm is a %T", c.algorithm)
		}
	})
}
