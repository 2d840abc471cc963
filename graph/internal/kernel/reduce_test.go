package kernel

import (
	"math"
	"testing"
)

func TestSumSquares(t *testing.T) {
	for n, want := range []float64{0, 1, 5, 14, 30, 55, 91, 140, 204, 285} { // 1² + … + n²
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(i + 1)
		}
		if got := SumSquares(x); got != want {
			t.Errorf("SumSquares of 1 … %d = %v, want %v", n, got, want)
		}
	}
	// float32 would overflow and lose the small element.
	if got := SumSquares([]float32{1e30, 1}); math.Abs(got-1e60) > 1e54 {
		t.Errorf("SumSquares = %v, want 1e60", got)
	}
}

func TestScale(t *testing.T) {
	x := []float64{1, -2, 3}
	y := make([]float64, 3)
	must(t, Scale(y, x, -2))
	mustClose(t, "y", y, []float64{-2, 4, -6}, 0)
	must(t, Scale(x, x, 0.5))
	mustClose(t, "in place", x, []float64{0.5, -1, 1.5}, 0)
	mustFail(t, Scale(y[1:], x, 1), "scale: dst has 2 elements, expected 3")
	mustNotAllocate(t, "Scale", func() error { return Scale(y, x, 2) })
}
