package kernel

import (
	"math"
	"testing"
)

func TestSoftmaxByHand(t *testing.T) {
	// e, e², e³ over their sum; a shift by 1000 would overflow a naive exp.
	want := []float64{0.09003057317038046, 0.24472847105479767, 0.6652409557748219}
	y := make([]float64, 6)
	must(t, Softmax(nil, y, []float64{1, 2, 3, 1001, 1002, 1003}, 3))
	mustClose(t, "softmax", y, append(want, want...), 1e-15)
}

func TestSoftmaxMatchesNaive(t *testing.T) {
	const rows, cols = 5000, 7
	r := newRand(15)
	x, dy := normal[float32](r, rows*cols), normal[float32](r, rows*cols)
	want := make([]float64, len(x))
	for at := 0; at < len(x); at += cols {
		sum := 0.0
		for _, v := range x[at:][:cols] {
			sum += math.Exp(float64(v))
		}
		for j, v := range x[at:][:cols] {
			want[at+j] = math.Exp(float64(v)) / sum
		}
	}
	var first, firstGrad []float32
	for _, n := range workerCounts {
		y, dx := poison[float32](len(x)), poison[float32](len(x))
		must(t, Softmax(NewWorkers(n), y, x, cols))
		must(t, SoftmaxGrad(NewWorkers(n), dx, dy, y, cols))
		mustClose(t, "y", y, want, 1e-6)
		if n == 1 {
			first, firstGrad = y, dx
		}
		mustSameBits(t, "y", y, first)
		mustSameBits(t, "dx", dx, firstGrad)
	}
}

func TestSoftmaxGradient(t *testing.T) {
	for _, cols := range []int{1, 3, 15} {
		r := newRand(16)
		x, dy := normal[float64](r, 30), normal[float64](r, 30)
		y, dx := poison[float64](30), poison[float64](30)
		loss := func() float64 {
			must(t, Softmax(nil, y, x, cols))
			return dot(y, dy)
		}
		loss()
		must(t, SoftmaxGrad(nil, dx, dy, y, cols))
		mustMatchGradient(t, "dx", dx, x, loss)
	}
}

func TestSoftmaxErrors(t *testing.T) {
	x := make([]float32, 6)
	mustFail(t, Softmax(nil, x, x, 4), "softmax: x has 6 elements, expected rows of 4")
	mustFail(t, Softmax(nil, x, x, 0), "rows of 0")
	mustFail(t, Softmax(nil, x[1:], x, 3), "y has 5")
	mustFail(t, SoftmaxGrad(nil, x, x, x, 5), "rows of 5")
	mustFail(t, SoftmaxGrad(nil, x[1:], x, x, 3), "dx has 5")
	mustFail(t, SoftmaxGrad(nil, x, x[1:], x, 3), "dy has 5")
	mustNotAllocate(t, "Softmax", func() error { return Softmax(nil, x, x, 3) })
	mustNotAllocate(t, "SoftmaxGrad", func() error { return SoftmaxGrad(nil, x, x, x, 3) })
}
