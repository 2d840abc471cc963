package augment

import (
	"slices"
	"testing"

	"inkstone/internal/interpolate"
)

func TestThicken(t *testing.T) {
	dot := []byte{
		0, 0, 0, 0, 0,
		0, 0, 0, 0, 0,
		0, 0, 200, 0, 0,
		0, 0, 0, 0, 0,
		0, 0, 0, 0, 0,
	}
	full := slices.Repeat([]byte{100}, 25)
	for _, test := range []struct {
		name   string
		image  []byte
		amount float64
		want   []byte
	}{
		{"none", dot, 0, dot},
		{"one", dot, 1, []byte{
			0, 0, 0, 0, 0,
			0, 0, 200, 0, 0,
			0, 200, 200, 200, 0,
			0, 0, 200, 0, 0,
			0, 0, 0, 0, 0,
		}},
		{"a quarter", dot, 0.25, []byte{
			0, 0, 0, 0, 0,
			0, 0, 50, 0, 0,
			0, 50, 200, 50, 0,
			0, 0, 50, 0, 0,
			0, 0, 0, 0, 0,
		}},
		// The second step has the weight 1/2.
		{"one and a half", dot, 1.5, []byte{
			0, 0, 100, 0, 0,
			0, 100, 200, 100, 0,
			100, 200, 200, 200, 100,
			0, 100, 200, 100, 0,
			0, 0, 100, 0, 0,
		}},
		{"thinner", dot, -0.5, []byte{
			0, 0, 0, 0, 0,
			0, 0, 0, 0, 0,
			0, 0, 100, 0, 0,
			0, 0, 0, 0, 0,
			0, 0, 0, 0, 0,
		}},
		// Outside of the image is background, which erodes the edge.
		{"thinner from the edge", full, -1, []byte{
			0, 0, 0, 0, 0,
			0, 100, 100, 100, 0,
			0, 100, 100, 100, 0,
			0, 100, 100, 100, 0,
			0, 0, 0, 0, 0,
		}},
	} {
		a := newAugmenter(t, Options{Thickness: 2}, 5, 5)
		interpolate.FillFrame(a.frame, test.image, a.width)
		a.thicken(test.amount)
		got := make([]byte, 25)
		a.resample(got, unchanged.inverse(5, 5))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
