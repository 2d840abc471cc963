package augment

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"inkstone/internal/random"
)

func TestNoiseStatistics(t *testing.T) {
	a := newAugmenter(t, Options{Noise: 1}, 100, 100)
	a.pcg.Seed(random.Augment(3, random.AugmentNoise))
	gray := bytes.Repeat([]byte{128}, 100*100)
	a.addNoise(gray, 0.1)
	var sum, squares float64
	for _, v := range gray {
		d := float64(v) - 128
		sum += d
		squares += d * d
	}
	// The seed is fixed. For 10,000 draws with the deviation 25.5 the standard error of the
	// mean is 0.26 and that of the deviation 0.7 %.
	if mean := sum / 1e4; math.Abs(mean) > 1 {
		t.Errorf("mean moves by %.3f, want 0", mean)
	}
	if deviation := math.Sqrt(squares / 1e4); math.Abs(deviation-25.5) > 0.8 {
		t.Errorf("deviation %.3f, want 25.5", deviation)
	}
}

func TestNoiseIsClipped(t *testing.T) {
	a := newAugmenter(t, Options{Noise: 1}, 10, 10)
	a.pcg.Seed(random.Augment(3, random.AugmentNoise))
	white := bytes.Repeat([]byte{255}, 100)
	a.addNoise(white, 1)
	if !slices.Contains(white, 255) || slices.Max(white) == slices.Min(white) {
		t.Errorf("white with noise: %v", white)
	}
	// If sums wrapped around, almost no pixel would stay white.
	if n := bytes.Count(white, []byte{255}); n < 30 || n > 70 {
		t.Errorf("%d of 100 white pixels stay white, want about half", n)
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		side, x, y int
		want       string
	}{
		{0, 1, 1, "#### #### #### ####"},
		{1, 1, 2, "#### #### #.## ####"},
		{2, 1, 1, "..## ..## #### ####"},
		{2, 0, 3, "#### #### .### .###"},
		{3, 2, 1, "#... #... #... ####"},
		{4, 3, 3, "#### #... #... #..."},
	} {
		a := newAugmenter(t, Options{Cutout: test.side}, 4, 4)
		image := []byte("################")
		a.cut(image, test.x, test.y)
		got := bytes.ReplaceAll(image, []byte{0}, []byte("."))
		got = bytes.Join([][]byte{got[:4], got[4:8], got[8:12], got[12:]}, []byte(" "))
		if string(got) != test.want {
			t.Errorf("side %d at (%d, %d): got %s, want %s", test.side, test.x, test.y, got, test.want)
		}
	}
}
