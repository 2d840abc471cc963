package kernel

import (
	"math"
	"testing"
)

// eachPoolTap calls f with the indices of every output and every real pixel of
// its window.
func eachPoolTap(s Window, f func(y, x int)) {
	for n := range s.N {
		for oy := range s.OutH() {
			for ox := range s.OutW() {
				for ky := range s.KH {
					for kx := range s.KW {
						iy := oy*s.StrideH + ky*s.DilationH - s.PadTop
						ix := ox*s.StrideW + kx*s.DilationW - s.PadLeft
						if iy < 0 || iy >= s.H || ix < 0 || ix >= s.W {
							continue
						}
						for c := range s.C {
							f(((n*s.OutH()+oy)*s.OutW()+ox)*s.C+c, ((n*s.H+iy)*s.W+ix)*s.C+c)
						}
					}
				}
			}
		}
	}
}

func naiveMaxPool(s Window, x, dy []float64) (y, dx []float64) {
	y, dx = make([]float64, s.outputLen()), make([]float64, s.inputLen())
	where := make([]int, len(y))
	for i := range y {
		y[i] = math.Inf(-1)
	}
	eachPoolTap(s, func(yi, xi int) {
		if x[xi] > y[yi] {
			y[yi], where[yi] = x[xi], xi
		}
	})
	for i, at := range where {
		dx[at] += dy[i]
	}
	return y, dx
}

func naiveAvgPool(s Window, x, dy []float64) (y, dx []float64) {
	y, dx = make([]float64, s.outputLen()), make([]float64, s.inputLen())
	area := float64(s.KH * s.KW)
	eachPoolTap(s, func(yi, xi int) {
		y[yi] += x[xi] / area
		dx[xi] += dy[yi] / area
	})
	return y, dx
}

// pool has the methods that the two pooling kernels share.
type pool[T Float] interface {
	Forward(y, x []T) error
	Backward(dx, dy []T) error
	Shape() Window
}

func newMaxPool[T Float](t *testing.T, s Window, workers int) pool[T] {
	t.Helper()
	p, err := NewMaxPool[T](s, NewWorkers(workers))
	must(t, err)
	return p
}

func newAvgPool[T Float](t *testing.T, s Window, workers int) pool[T] {
	t.Helper()
	p, err := NewAvgPool[T](s, NewWorkers(workers))
	must(t, err)
	return p
}

func testPool[T Float](t *testing.T, s Window, tol float64,
	create func(*testing.T, Window, int) pool[T],
	naive func(s Window, x, dy []float64) (y, dx []float64)) {
	t.Helper()
	r := newRand(8)
	x, dy := normal[T](r, s.inputLen()), normal[T](r, s.outputLen())
	wantY, wantX := naive(s, to[float64](x), to[float64](dy))
	var firstY, firstX []T
	for _, n := range workerCounts {
		p := create(t, s, n)
		if p.Shape() != s {
			t.Errorf("Shape() = %+v, want %+v", p.Shape(), s)
		}
		y, dx := poison[T](len(dy)), poison[T](len(x))
		must(t, p.Forward(y, x))
		must(t, p.Backward(dx, dy))
		mustClose(t, "y", y, wantY, tol)
		mustClose(t, "dx", dx, wantX, tol)
		if n == 1 {
			firstY, firstX = y, dx
		}
		mustSameBits(t, "y", y, firstY)
		mustSameBits(t, "dx", dx, firstX)
	}
}

func TestPoolMatchesNaive(t *testing.T) {
	for _, s := range windows {
		t.Run(s.testName(), func(t *testing.T) {
			must(t, s.CheckPool())
			testPool[float64](t, s, 1e-14, newMaxPool[float64], naiveMaxPool)
			testPool[float32](t, s, 1e-6, newMaxPool[float32], naiveMaxPool)
			testPool[float64](t, s, 1e-14, newAvgPool[float64], naiveAvgPool)
			testPool[float32](t, s, 1e-6, newAvgPool[float32], naiveAvgPool)
		})
	}
}

func TestPoolGradient(t *testing.T) {
	s := Window{N: 2, H: 5, W: 6, C: 3, KH: 3, KW: 2, StrideH: 2, StrideW: 1, PadTop: 1, PadRight: 1, DilationH: 1, DilationW: 2}
	r := newRand(9)
	x, dy := normal[float64](r, s.inputLen()), normal[float64](r, s.outputLen())
	for name, p := range map[string]pool[float64]{"max": newMaxPool[float64](t, s, 1), "avg": newAvgPool[float64](t, s, 1)} {
		y, dx := poison[float64](len(dy)), poison[float64](len(x))
		must(t, p.Forward(y, x))
		must(t, p.Backward(dx, dy))
		mustMatchGradient(t, name+" dx", dx, x, func() float64 {
			must(t, p.Forward(y, x))
			return dot(y, dy)
		})
	}
}

// row2 is a 1x4 image of one channel with a window of two and a padding of one.
var row2 = Window{N: 1, H: 1, W: 4, C: 1, KH: 1, KW: 2, StrideH: 1, StrideW: 2, PadLeft: 1, PadRight: 1, DilationH: 1, DilationW: 1}

func TestMaxPoolByHand(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name     string
		x, y, dx []float64 // for dy = 1, 2, 3
	}{
		{"negative beats padding", []float64{-1, -2, -3, -4}, []float64{-1, -2, -4}, []float64{1, 2, 0, 3}},
		{"first of equals", []float64{0, 5, 5, 0}, []float64{0, 5, 0}, []float64{1, 2, 0, 3}},
		{"NaN after a number", []float64{0, 5, nan, 0}, []float64{0, nan, 0}, []float64{1, 0, 2, 3}},
		{"NaN before a number", []float64{0, nan, 5, 0}, []float64{0, nan, 0}, []float64{1, 2, 0, 3}},
	} {
		p := newMaxPool[float64](t, row2, 1)
		y, dx := make([]float64, 3), make([]float64, 4)
		must(t, p.Forward(y, c.x))
		must(t, p.Backward(dx, []float64{1, 2, 3}))
		for i := range y {
			if y[i] != c.y[i] && !(math.IsNaN(y[i]) && math.IsNaN(c.y[i])) {
				t.Errorf("%s: y = %v, want %v", c.name, y, c.y)
			}
		}
		mustClose(t, c.name+": dx", dx, c.dx, 0)
	}
}

func TestAvgPoolByHand(t *testing.T) {
	p := newAvgPool[float64](t, row2, 1)
	y, dx := make([]float64, 3), make([]float64, 4)
	must(t, p.Forward(y, []float64{1, 2, 4, 8}))
	must(t, p.Backward(dx, []float64{1, 2, 3}))
	mustClose(t, "y", y, []float64{0.5, 3, 4}, 0) // the padding counts as a zero
	mustClose(t, "dx", dx, []float64{0.5, 1, 1, 1.5}, 0)
}

// Average pooling in assembly is bit-identical to the portable loops.
func TestAvgPoolKeepsBits(t *testing.T) {
	for _, s := range append(windows, square(28, 6, 2, 2), square(11, 17, 3, 2), square(12, 3, 2, 3)) {
		t.Run(s.testName(), func(t *testing.T) {
			p := newAvgPool[float32](t, s, 1).(*AvgPool[float32])
			if p.asm == nil {
				t.Skip("this path is the portable one")
			}
			r := newRand(26)
			x, dy := normal[float32](r, s.inputLen()), normal[float32](r, s.outputLen())
			y, dx := poison[float32](len(dy)), poison[float32](len(x))
			must(t, p.Forward(y, x))
			must(t, p.Backward(dx, dy))
			p.asm = nil
			wantY, wantX := poison[float32](len(dy)), poison[float32](len(x))
			must(t, p.Forward(wantY, x))
			must(t, p.Backward(wantX, dy))
			mustSameBits(t, "y", y, wantY)
			mustSameBits(t, "dx", dx, wantX)
		})
	}
}

func TestPoolErrors(t *testing.T) {
	bad := plain
	bad.PadLeft = 2
	_, err := NewMaxPool[float32](bad, nil)
	mustFail(t, err, "max-pool: PadLeft is 2")
	_, err = NewAvgPool[float32](bad, nil)
	mustFail(t, err, "average-pool: PadLeft is 2")

	x, y := make([]float32, plain.inputLen()), make([]float32, plain.outputLen())
	max32, avg32 := newMaxPool[float32](t, plain, 1), newAvgPool[float32](t, plain, 1)
	mustFail(t, max32.Backward(x, y), "Backward before Forward")
	for _, p := range []pool[float32]{max32, avg32} {
		mustFail(t, p.Forward(y[1:], x), "y has")
		mustFail(t, p.Forward(y, x[1:]), "x has")
		mustFail(t, p.Backward(x[1:], y), "dx has")
		mustFail(t, p.Backward(x, y[1:]), "dy has")
	}
}

func TestPoolDoesNotAllocate(t *testing.T) {
	x, y := make([]float32, plain.inputLen()), make([]float32, plain.outputLen())
	for name, p := range map[string]pool[float32]{"max": newMaxPool[float32](t, plain, 1), "avg": newAvgPool[float32](t, plain, 1)} {
		mustNotAllocate(t, name+" Forward", func() error { return p.Forward(y, x) })
		mustNotAllocate(t, name+" Backward", func() error { return p.Backward(x, y) })
	}
}

func TestGlobalAvgPool(t *testing.T) {
	const n, h, w, c = 19, 3, 5, 4
	r := newRand(10)
	x, dy := normal[float64](r, n*h*w*c), normal[float64](r, n*c)
	want, wantX := make([]float64, n*c), make([]float64, len(x))
	for i, v := range x {
		o := i/(h*w*c)*c + i%c
		want[o] += v / (h * w)
		wantX[i] = dy[o] / (h * w)
	}
	for _, workers := range workerCounts {
		p, err := NewGlobalAvgPool[float64](n, h, w, c, NewWorkers(workers))
		must(t, err)
		y, dx := poison[float64](n*c), poison[float64](len(x))
		must(t, p.Forward(y, x))
		must(t, p.Backward(dx, dy))
		mustClose(t, "y", y, want, 1e-14)
		mustClose(t, "dx", dx, wantX, 1e-14)
		if workers == 1 {
			mustMatchGradient(t, "dx", dx, x, func() float64 {
				must(t, p.Forward(y, x))
				return dot(y, dy)
			})
			mustNotAllocate(t, "Forward", func() error { return p.Forward(y, x) })
			mustNotAllocate(t, "Backward", func() error { return p.Backward(dx, dy) })
			mustFail(t, p.Forward(y[1:], x), "y has 75 elements, expected 76")
			mustFail(t, p.Forward(y, x[1:]), "x has")
			mustFail(t, p.Backward(dx[1:], dy), "dx has")
			mustFail(t, p.Backward(dx, dy[1:]), "dy has")
		}
	}
	_, err := NewGlobalAvgPool[float32](1, 0, 2, 3, nil)
	mustFail(t, err, "global average-pool", "[1 0 2 3]")
}
