package ch03

import (
	"testing"

	"inkstone/docs/book/code"
	"inkstone/docs/book/exercises/hint"
)

func TestOutputSize(t *testing.T) {
	for _, tc := range []struct{ rows, kernel, stride, padding, want int }{
		{5, 3, 1, 0, 3}, {28, 5, 1, 0, 24}, {28, 3, 1, 1, 28}, {6, 3, 2, 0, 2}, {7, 7, 3, 0, 1}, {8, 3, 2, 1, 4},
	} {
		if got := OutputSize(tc.rows, tc.kernel, tc.stride, tc.padding); got != tc.want {
			hint.Wrong(t, "the padding counts twice, the kernel once; round down, then add 1", "填充要算两次，卷积核算一次；先向下取整，再加 1",
				"OutputSize(%d, %d, %d, %d) = %d, want %d", tc.rows, tc.kernel, tc.stride, tc.padding, got, tc.want)
		}
	}
}

func TestConvPadded(t *testing.T) {
	x, w := code.Matrix{{1, 2}, {3, 4}}, code.Matrix{{1, 0, 0}, {0, 2, 0}, {0, 0, 3}}
	for padding, want := range map[int]code.Matrix{
		1: {{14, 4}, {6, 9}},
		2: {{3, 6, 0, 0}, {9, 14, 4, 0}, {0, 6, 9, 2}, {0, 0, 3, 4}},
	} {
		if got := ConvPadded(x, w, padding); len(got) != len(want) || !hint.Near(got.Flatten(), want.Flatten()) {
			hint.Wrong(t, "copy x into the middle of a larger matrix of zeros, and convolve that", "先把 x 复制到一个更大的全零矩阵的正中，再对它做卷积",
				"ConvPadded(%v, %v, %d) = %v, want %v", x, w, padding, got, want)
		}
	}
}

func TestWeightGradient(t *testing.T) {
	got, want := WeightGradient([]float64{2, -1}, []float64{1, 0, 3}), code.Matrix{{2, 0, 6}, {-1, 0, -3}}
	if len(got) != 2 || !hint.Near(got.Flatten(), want.Flatten()) {
		hint.Wrong(t, "element i, j is delta[i] times input[j], the outer product", "第 i 行第 j 列是 delta[i] 乘 input[j]，也就是外积", "got %v, want %v", got, want)
	}
}

func TestGlobalAvgBackward(t *testing.T) {
	got := GlobalAvgBackward(2, 3, 12)
	if len(got) != 2 || !hint.Near(got.Flatten(), []float64{2, 2, 2, 2, 2, 2}) {
		hint.Wrong(t, "the mean has each element with the factor 1/(rows*columns)", "平均值里每个元素的系数都是 1/(rows*columns)", "got %v, want all 2", got)
	}
}

func TestCheckGradient(t *testing.T) {
	f := func(x []float64) float64 { return x[0]*x[0]*x[1] + 3*x[1] }
	for _, tc := range []struct {
		gradient []float64
		want     bool
	}{{[]float64{4, 4}, true}, {[]float64{4, 4.01}, false}, {[]float64{2, 4}, false}, {[]float64{4}, false}} {
		x := []float64{1, 2}
		if got := CheckGradient(f, x, tc.gradient); got != tc.want {
			hint.Wrong(t, "change one element of x up and down by a small step, and divide the difference of f by twice the step", "让 x 的一个元素上下各变一小步，用 f 的差除以两倍步长",
				"the gradient %v of x0² x1 + 3 x1 at (1, 2): %t, want %t", tc.gradient, got, tc.want)
		}
		if x[0] != 1 || x[1] != 2 {
			hint.Wrong(t, "put the old value back", "记得把原来的值放回去", "x has changed to %v", x)
		}
	}
}
