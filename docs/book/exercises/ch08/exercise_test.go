package ch08

import (
	"math"
	"slices"
	"testing"

	"inkstone/docs/book/exercises/hint"
)

func TestPowerLaw(t *testing.T) {
	x, y := []float64{100, 1000, 10000, 50000}, make([]float64, 4)
	for i := range x {
		y[i] = 40 * math.Pow(x[i], -0.35)
	}
	if a, b := PowerLaw(x, y); !hint.Near([]float64{a, b}, []float64{40, 0.35}) {
		hint.Wrong(t, "log y = log a - b log x is a line in log x", "log y = log a - b log x，对 log x 来说是一条直线", "a = %g, b = %g, want 40 and 0.35", a, b)
	}
}

func TestSoften(t *testing.T) {
	for temperature, want := range map[float64][]float64{1: {0.0900305732, 0.2447284711, 0.6652409558}, 4: {0.2546275, 0.3269485, 0.4184240}} {
		got := Soften([]float64{1, 2, 3}, temperature)
		if len(got) != 3 || math.Abs(got[0]-want[0]) > 1e-3 || math.Abs(got[2]-want[2]) > 1e-3 {
			hint.Wrong(t, "divide the logits, not the probabilities", "除的是 logits，不是概率", "at temperature %g: %v, want %v", temperature, got, want)
		}
	}
}

func TestQuantize(t *testing.T) {
	integers, scale := Quantize([]float64{0.7, -0.31, 0.04, -0.7}, 4)
	if !slices.Equal(integers, []int{7, -3, 0, -7}) || !hint.Near([]float64{scale}, []float64{0.1}) {
		hint.Wrong(t, "the scale is the largest magnitude divided by 2^(bits-1)-1, here 7; round to the nearest", "比例是最大绝对值除以 2^(bits-1)-1，这里是 7；四舍五入到最近的整数", "%v and %g, want [7 -3 0 -7] and 0.1", integers, scale)
	}
}

func TestSignAttack(t *testing.T) {
	got := SignAttack([][]float64{{1, -2, 0.5}, {-1, 1, 0.25}}, []float64{0.5, 0.5, 0.5}, 0, 0.1)
	if !hint.Near(got, []float64{0.4, 0.6, 0.4}) {
		hint.Wrong(t, "the gradient with respect to x is W transposed times (softmax - one-hot); use only its sign", "对 x 的梯度是 W 的转置乘以（softmax 减 one-hot），只用它的正负号", "got %v, want [0.4 0.6 0.4]", got)
	}
}
