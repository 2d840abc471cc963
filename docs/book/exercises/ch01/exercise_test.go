package ch01

import (
	"testing"

	"inkstone/docs/book/exercises/hint"
)

func TestAccuracy(t *testing.T) {
	if got := Accuracy([]int{7, 2, 1, 0}, []int{7, 2, 1, 9}); got != 0.75 {
		hint.Wrong(t, "divide as float64: 3/4 is 0 for integers", "要用 float64 做除法：整数的 3/4 等于 0", "3 of 4 right: %g, want 0.75", got)
	}
}

func TestNormalize(t *testing.T) {
	if got := Normalize([]byte{0, 255, 51}, 0.2, 0.4); !hint.Near(got, []float64{-0.5, 2, 0}) {
		hint.Wrong(t, "divide by 255 first; the result of a byte division is a byte", "先除以 255；byte 相除得到的还是 byte", "got %v, want [-0.5 2 0]", got)
	}
}

func TestMeanImage(t *testing.T) {
	images := [][]byte{{0, 100}, {200, 200}, {255, 0}}
	if got := MeanImage(images, []int{3, 3, 5}, 3); !hint.Near(got, []float64{100, 150}) {
		hint.Wrong(t, "count the images of the label only, and add as float64: 200 + 100 is 44 as a byte", "只数这个标签的图像，并用 float64 相加：byte 的 200 + 100 等于 44", "got %v, want [100 150]", got)
	}
}

func TestNearest(t *testing.T) {
	means := [][]float64{{0, 0}, {250, 250}, {0, 250}}
	for want, image := range [][]byte{{10, 20}, {200, 255}, {30, 200}} {
		if got := Nearest(means, image); got != want {
			hint.Wrong(t, "subtract as float64; a difference of bytes wraps around below 0", "用 float64 相减；byte 的差小于 0 时会绕回去", "Nearest(%v, %v) = %d, want %d", means, image, got, want)
		}
	}
}
