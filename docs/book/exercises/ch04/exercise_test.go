package ch04

import (
	"math"
	"testing"

	"inkstone/docs/book/exercises/hint"
)

func TestLogSoftmax(t *testing.T) {
	for _, tc := range []struct{ z, want []float64 }{
		{[]float64{1, 2, 3}, []float64{-2.4076059644443806, -1.4076059644443804, -0.4076059644443804}},
		{[]float64{1000, -1000}, []float64{0, -2000}},
		{[]float64{-5000, -5000}, []float64{-math.Ln2, -math.Ln2}},
	} {
		if got := LogSoftmax(tc.z); !hint.Near(got, tc.want) {
			hint.Wrong(t, "subtract the largest logit first, and do not take the logarithm of a quotient", "先减去最大的 logit，而且不要对商取对数",
				"LogSoftmax(%v) = %v, want %v", tc.z, got, tc.want)
		}
	}
}

func TestSmoothed(t *testing.T) {
	for _, tc := range []struct {
		z       []float64
		label   int
		s, want float64
	}{
		{[]float64{1, 2, 3}, 2, 0, 0.4076059644443804},
		{[]float64{1, 2, 3}, 2, 0.3, 0.7076059644443804},
		{[]float64{0, 0}, 0, 0.1, math.Ln2},
	} {
		if got := Smoothed(tc.z, tc.label, tc.s); !hint.Near([]float64{got}, []float64{tc.want}) {
			hint.Wrong(t, "every class counts s/K, and the label 1-s in addition", "每个类别都有 s/K，正确的类别另加 1-s",
				"Smoothed(%v, %d, %g) = %g, want %g", tc.z, tc.label, tc.s, got, tc.want)
		}
	}
}

func TestPenalizedStep(t *testing.T) {
	w, b := []float64{2, -1}, []float64{4}
	PenalizedStep(w, b, []float64{0.5, 0}, []float64{1}, 0.1, 0.1)
	if !hint.Near(w, []float64{1.93, -0.99}) {
		hint.Wrong(t, "the gradient of the penalty is strength times the weight", "惩罚项的梯度是 strength 乘权重", "the weights are %v, want [1.93 -0.99]", w)
	}
	if !hint.Near(b, []float64{3.9}) {
		hint.Wrong(t, "the penalty does not include biases", "偏置不受惩罚", "the biases are %v, want [3.9]", b)
	}
}

func TestMomentum(t *testing.T) {
	w, v := []float64{1}, []float64{0}
	for range 2 {
		Momentum(w, v, []float64{1}, 0.1, 0.9)
	}
	if !hint.Near(v, []float64{1.9}) || !hint.Near(w, []float64{0.71}) {
		hint.Wrong(t, "update the velocity first and use the new one; both slices change in place", "先更新速度，再用新的速度；两个切片都要就地修改",
			"after two steps v is %v and w is %v, want 1.9 and 0.71", v, w)
	}
}
