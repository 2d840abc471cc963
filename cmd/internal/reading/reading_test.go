package reading

import (
	"image"
	"slices"
	"strings"
	"testing"

	"inkstone/train/data/picture"
)

func TestNew(t *testing.T) {
	classes := []string{"a", "b", "c"}
	for _, tc := range []struct {
		probabilities [][]float64
		doubts        []string
		label         string
		want          []string // in the doubts
	}{
		{[][]float64{{0.1, 0.8, 0.1}}, nil, "b", nil},
		{[][]float64{{0.1, 0.7, 0.2}}, nil, "b", nil},
		{[][]float64{{0.5, 0.5, 0}}, nil, "a", []string{"a has a probability of only 50 %"}},
		{[][]float64{{0, 0, 1}, {0.69, 0.31, 0}}, []string{"blurred"}, "ca", []string{"blurred", "a has a probability of only 69 %"}},
	} {
		r := New(classes, tc.probabilities, tc.doubts)
		if r.Label != tc.label || !slices.Equal(r.Doubts, tc.want) || len(r.Characters) != len(tc.probabilities) {
			t.Errorf("%v: %+v, want %s with the doubts %q", tc.probabilities, r, tc.label, tc.want)
		}
	}
}

func TestImages(t *testing.T) {
	whole, left, right := image.NewGray(image.Rect(0, 0, 1, 1)), image.NewGray(image.Rect(0, 0, 2, 1)), image.NewGray(image.Rect(0, 0, 3, 1))
	p := &picture.Picture{Image: whole, Row: []*image.Gray{left, right}}
	for classes, want := range map[string][]*image.Gray{
		"0 1 2": {left, right}, "4 9": {left, right}, "八 九": {whole}, "0 10": {whole}, "a b": {whole},
	} {
		if got := Images(p, strings.Fields(classes)); !slices.Equal(got, want) {
			t.Errorf("classes %s: %d images, want %d", classes, len(got), len(want))
		}
	}
}
