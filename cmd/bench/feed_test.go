package main

import (
	"slices"
	"testing"
)

// Each pass over the set has every image once, with its label, in a different order.
func TestFeed(t *testing.T) {
	set := someDigits(t, 6)
	f := newFeed(set, func(dst []float32, pixels []byte) {
		for i, p := range pixels {
			dst[i] = float32(p)
		}
	})
	size := set.Height() * set.Width()
	batch := make([]float32, 4*size) // the set is not a multiple of the batch
	var seen []int
	for range 6 {
		labels := make([]int, 4)
		f.fill(batch, func(row, class int) { labels[row] = class })
		for row, class := range labels {
			seen = append(seen, image(t, f, batch[row*size:(row+1)*size], class))
		}
	}
	for epoch := range 4 {
		order := seen[epoch*6 : (epoch+1)*6]
		if s := slices.Sorted(slices.Values(order)); !slices.Equal(s, []int{0, 1, 2, 3, 4, 5}) {
			t.Errorf("epoch %d has the images %v, want each once", epoch+1, order)
		}
	}
	if slices.Equal(seen[:6], seen[6:12]) {
		t.Errorf("two epochs have the same order %v", seen[:6])
	}
}

// image returns the index of the image with the given pixels and label.
func image(t *testing.T, f *feed, pixels []float32, class int) int {
	t.Helper()
	for i := range f.set.Len() {
		same := f.set.Label(i) == class
		for j, p := range f.set.Pixels(i) {
			same = same && pixels[j] == float32(p)
		}
		if same {
			return i
		}
	}
	t.Fatalf("no image of class %d has these pixels", class)
	return 0
}
