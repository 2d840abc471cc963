package ch06

import (
	"fmt"
	"slices"
	"testing"

	"inkstone/docs/book/exercises/hint"
)

func TestInvert(t *testing.T) {
	for _, tc := range []struct{ before, after [][]byte }{
		{[][]byte{{250, 250, 250}, {250, 10, 250}, {250, 250, 250}}, [][]byte{{5, 5, 5}, {5, 245, 5}, {5, 5, 5}}},
		{[][]byte{{0, 0, 0}, {0, 255, 0}, {0, 0, 0}}, [][]byte{{0, 0, 0}, {0, 255, 0}, {0, 0, 0}}},
	} {
		before := fmt.Sprint(tc.before)
		if Invert(tc.before); fmt.Sprint(tc.before) != fmt.Sprint(tc.after) {
			hint.Wrong(t, "count the light pixels of the border, each corner once; change the picture in place", "数一数边框上的亮像素，每个角只数一次；就地修改图片", "%s became %v, want %v", before, tc.before, tc.after)
		}
	}
}

func TestBox(t *testing.T) {
	pixels := [][]byte{{0, 0, 0, 0}, {0, 0, 9, 0}, {0, 200, 0, 0}, {0, 0, 100, 0}}
	for _, tc := range []struct {
		threshold byte
		want      [4]int
	}{{50, [4]int{2, 1, 4, 3}}, {5, [4]int{1, 1, 4, 3}}, {200, [4]int{}}, {250, [4]int{}}} {
		top, left, bottom, right := Box(pixels, tc.threshold)
		if got := [4]int{top, left, bottom, right}; got != tc.want {
			hint.Wrong(t, "ink is above the threshold, not at it; bottom and right lie one after the last ink; a later row may have ink further left", "墨迹要大于阈值，等于不算；bottom 和 right 是最后一处墨迹的下一个；后面的行可能更靠左", "threshold %d: %v, want %v", tc.threshold, got, tc.want)
		}
	}
}

func TestColumns(t *testing.T) {
	pixels := [][]byte{{0, 90, 0, 0, 90, 90, 0, 90}, {0, 0, 0, 0, 0, 90, 0, 0}}
	if got, want := Columns(pixels, 50), [][2]int{{1, 2}, {4, 6}, {7, 8}}; !slices.Equal(got, want) {
		hint.Wrong(t, "do not forget a character that reaches the right edge", "别忘了一直写到右边缘的字符", "%v, want %v", got, want)
	}
}

func TestReject(t *testing.T) {
	for _, tc := range []struct {
		p    []float64
		want bool
	}{{[]float64{0.9, 0.05, 0.05}, false}, {[]float64{0.2, 0.6, 0.2}, true}, {[]float64{0.3, 0.7, 0}, false}, {[]float64{0.35, 0, 0.65}, true}} {
		if got := Reject(tc.p, 0.65); got != tc.want {
			hint.Wrong(t, "the largest may come before or after the second largest", "最大的可能在第二大的前面，也可能在后面", "Reject(%v, 0.65) = %t, want %t", tc.p, got, tc.want)
		}
	}
}
