package kernel

import (
	"fmt"
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

// The probability of a logit far below the maximum is 0: neither the smallest number that
// the assembly's exponential returns, nor a denormal number, which would slow the backward
// pass.
func TestSoftmaxFarBelow(t *testing.T) {
	y := poison[float32](4)
	must(t, Softmax(nil, y, []float32{0, -200, float32(math.Inf(-1)), 0}, 4))
	mustClose(t, "softmax", y, []float64{0.5, 0, 0, 0.5}, 0)
}

// A NaN anywhere in a row makes the whole row NaN.
func TestSoftmaxShowsNaN(t *testing.T) {
	for at := range 3 {
		x := []float32{1, 2, 3}
		x[at] = float32(math.NaN())
		must(t, Softmax(nil, x, x, 3))
		for j, v := range x {
			if v == v {
				t.Errorf("NaN at %d: softmax[%d] = %v, want NaN", at, j, v)
			}
		}
	}
}

// The relative error of float32 probabilities, compared with float64.
func TestSoftmaxRelativeError(t *testing.T) {
	const rows, cols = 200, 10
	x := normal[float32](newRand(28), rows*cols)
	for i := range x {
		x[i] *= 10
	}
	y, want := poison[float32](len(x)), poison[float64](len(x))
	must(t, Softmax(nil, y, x, cols))
	must(t, Softmax(nil, want, to[float64](x), cols))
	for i, w := range want {
		if d := math.Abs(float64(y[i])-w) / w; !(d <= 5e-6) { // the difference of two logits is rounded to 6e-8 of up to 80
			t.Fatalf("softmax[%d] = %v, want %v", i, y[i], w)
		}
	}
}

func BenchmarkSoftmax(b *testing.B) {
	for _, cols := range []int{10, 1000} {
		x := normal[float32](newRand(1), benchBatch*cols)
		y, labels := make([]float32, len(x)), make([]int32, benchBatch)
		b.Run(fmt.Sprintf("softmax/classes=%d", cols), func(b *testing.B) {
			for b.Loop() {
				must(b, Softmax(nil, y, x, cols))
			}
			reportImages(b)
		})
		b.Run(fmt.Sprintf("cross-entropy/classes=%d", cols), func(b *testing.B) {
			for b.Loop() {
				_, _, err := CrossEntropy(y, x, labels, Mixture{}, nil, cols, 0.1)
				must(b, err)
			}
			reportImages(b)
		})
		b.Run(fmt.Sprintf("cross-entropy gradient/classes=%d", cols), func(b *testing.B) {
			for b.Loop() {
				must(b, CrossEntropyGrad(y, x, labels, Mixture{}, nil, cols, 0.1, 1))
			}
			reportImages(b)
		})
	}
}
