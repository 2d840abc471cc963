package ch09

import (
	"math"
	"slices"
	"testing"

	"inkstone/docs/book/exercises/hint"
)

func TestFirstBad(t *testing.T) {
	for _, tc := range []struct {
		values []float64
		want   int
	}{{[]float64{1, math.NaN(), math.Inf(1)}, 1}, {[]float64{0, 2, math.Inf(-1)}, 2}, {[]float64{1e308, -1e308}, -1}} {
		if got := FirstBad(tc.values); got != tc.want {
			hint.Wrong(t, "NaN is not equal to itself; use math.IsNaN and math.IsInf", "NaN 不等于它自己；用 math.IsNaN 和 math.IsInf", "FirstBad(%v) = %d, want %d", tc.values, got, tc.want)
		}
	}
}

func TestOneAnswer(t *testing.T) {
	for _, tc := range []struct {
		predicted []int
		class     int
		yes       bool
	}{{[]int{3, 3, 3, 3, 1}, 3, true}, {[]int{0, 1, 2, 3}, 0, false}, {[]int{2, 2, 1, 1}, 0, false}} {
		if class, yes := OneAnswer(tc.predicted, 4, 0.5); yes != tc.yes || yes && class != tc.class {
			hint.Wrong(t, "count the predictions of each class; exactly the share is not more than it", "数一数每个类别各有几个；恰好等于这个比例不算超过", "OneAnswer(%v, 4, 0.5) = %d, %t, want %d, %t", tc.predicted, class, yes, tc.class, tc.yes)
		}
	}
}

func TestRelabel(t *testing.T) {
	got := Relabel([]int{0, 2, 1, 0}, []string{"seven", "eight", "nine"}, []string{"nine", "seven"})
	if !slices.Equal(got, []int{1, 0, -1, 1}) {
		hint.Wrong(t, "a label is an index into the names; look the name up in the other list", "标签是名字表的下标；拿名字到另一张表里去找", "got %v, want [1 0 -1 1]", got)
	}
}
