package augment

import (
	"math"
	"math/rand/v2"
	"testing"
)

// newAugmenter returns an Augmenter for valid options.
func newAugmenter(t testing.TB, o Options, height, width int) *Augmenter {
	t.Helper()
	a, err := New(o, height, width)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// apply returns the result of Apply in a new slice.
func apply(t testing.TB, a *Augmenter, src []byte, seed uint64) []byte {
	t.Helper()
	dst := make([]byte, len(src))
	if err := a.Apply(dst, src, seed); err != nil {
		t.Fatal(err)
	}
	return dst
}

// noisy returns an image of random bytes.
func noisy(height, width int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	image := make([]byte, height*width)
	for i := range image {
		image[i] = byte(r.Uint32())
	}
	return image
}

// ring returns a smooth circle of radius 6 in the middle of 28 x 28 pixels.
func ring() []byte {
	image := make([]byte, 28*28)
	for i := range image {
		r := math.Hypot(float64(i%28)-13.5, float64(i/28)-13.5)
		image[i] = byte(255 * math.Exp(-(r-6)*(r-6)/2))
	}
	return image
}

// mass returns the sum of the pixels of a 28 x 28 image and their center of mass.
func mass(image []byte) (sum, x, y float64) {
	for i, v := range image {
		sum += float64(v)
		x += float64(v) * float64(i%28)
		y += float64(v) * float64(i/28)
	}
	return sum, x / sum, y / sum
}
