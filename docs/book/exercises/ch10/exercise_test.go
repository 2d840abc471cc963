package ch10

import (
	"testing"

	"inkstone/docs/book/exercises/hint"
)

func TestWilson(t *testing.T) {
	for _, tc := range []struct {
		right, total int
		low, high    float64
	}{{99, 100, 0.945513, 0.998232}, {9900, 10000, 0.987854, 0.991770}, {5, 5, 0.565509, 1}} {
		low, high := Wilson(tc.right, tc.total)
		if d := max(low-tc.low, tc.low-low, high-tc.high, tc.high-high); !(d < 1e-4) {
			hint.Wrong(t, "the root covers p(1-p)/n and z²/4n² together; divide both ends by 1 + z²/n", "根号里是 p(1-p)/n 加 z²/4n²；两端都要除以 1 + z²/n",
				"Wilson(%d, %d) = %.6f, %.6f, want %.6f, %.6f", tc.right, tc.total, low, high, tc.low, tc.high)
		}
	}
}

func TestBestOf(t *testing.T) {
	for k, want := range map[int]float64{1: 2.5, 2: 10.0 / 3, 4: 4} {
		if got := BestOf([]float64{3, 1, 4, 2}, k); !hint.Near([]float64{got}, []float64{want}) {
			hint.Wrong(t, "sort the results; the i-th smallest is the best of k where the others come from those below it", "先排序；第 i 小的结果是最好的，当且仅当其余 k-1 个都来自比它小的",
				"BestOf([3 1 4 2], %d) = %g, want %g", k, got, want)
		}
	}
}

func TestMcNemar(t *testing.T) {
	for _, tc := range []struct {
		first, second int
		want          float64
	}{{5, 5, 1}, {0, 5, 0.0625}, {9, 1, 0.021484375}, {1, 9, 0.021484375}} {
		if got := McNemar(tc.first, tc.second); !hint.Near([]float64{got}, []float64{tc.want}) {
			hint.Wrong(t, "add C(n, i)/2^n for i from 0 to the smaller number, double it, and bound it by 1", "把 i 从 0 到较小数的 C(n, i)/2^n 加起来，乘 2，再限制在 1 以内",
				"McNemar(%d, %d) = %g, want %g", tc.first, tc.second, got, tc.want)
		}
	}
}

func TestECE(t *testing.T) {
	got := ECE([]float64{0.95, 0.85, 1, 0.25}, []bool{true, false, true, false}, 2)
	if want := (0.8/1 + 0.25) / 4; !hint.Near([]float64{got}, []float64{want}) {
		hint.Wrong(t, "a confidence of 1 belongs to the last bin; weight each bin by its answers", "把握为 1 的答案属于最后一组；各组按答案的个数加权", "got %g, want %g", got, want)
	}
}
