package data

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// corners returns a set of two classes, each a bright corner of 4x4 images and noise, with
// its images laid in an orientation.
func corners(t *testing.T, o orientation, inverted bool, seed uint64) *Set {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	var pixels, labels []byte
	for i := range 40 {
		// An L at the left, or with a longer foot: no orientation but one fits.
		image := []float64{
			200, 0, 0, 0,
			200, 0, 0, 0,
			200, 0, 0, 0,
			200, 200, 0, 0,
		}
		if i%2 == 1 {
			image[14] = 200
		}
		for _, v := range o.apply(image, 4) {
			p := byte(v) + byte(r.IntN(50))
			if inverted {
				p = 255 - p
			}
			pixels = append(pixels, p)
		}
		labels = append(labels, byte(i%2))
	}
	s, err := New("corners", "", 4, 4, []string{"short", "long"}, pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCheckOrientation(t *testing.T) {
	upright := corners(t, orientations[0], false, 1)
	for k, o := range orientations {
		for _, inverted := range []bool{false, true} {
			got := corners(t, o, inverted, 2).CheckOrientation(upright, "the others")
			if k == 0 && got != "" || k > 0 && got != "corners: the images look "+o.name+" beside the others" {
				t.Errorf("%s, inverted %v: %q", o.name, inverted, got)
			}
		}
	}
	turned := orientations[5].apply([]float64{1, 2, 3, 4}, 2)
	if want := [4]float64{3, 1, 4, 2}; [4]float64(turned) != want {
		t.Errorf("(1 2; 3 4) turned to the right is %v, want %v", turned, want)
	}

	// Sets that cannot be compared.
	other, err := New("other", "", 4, 3, []string{"short", "long"}, make([]byte, 12), []byte{0})
	if err != nil {
		t.Fatal(err)
	}
	short, err := upright.Select([]int{0})
	if err != nil {
		t.Fatal(err)
	}
	if short, err = short.WithClasses(upright.Classes()); err != nil {
		t.Fatal(err)
	}
	long, err := upright.Select([]int{1})
	if err != nil {
		t.Fatal(err)
	}
	if long, err = long.WithClasses(upright.Classes()); err != nil {
		t.Fatal(err)
	}
	noise := noiseSet(t)
	for _, pair := range [][2]*Set{{upright, other}, {other, upright}, {short, long}, {noise, upright}} {
		if got := pair[0].CheckOrientation(pair[1], "x"); got != "" {
			t.Errorf("%v beside %v: %q", pair[0], pair[1], got)
		}
	}
	if got := corners(t, orientations[1], false, 3); !strings.Contains(got.CheckOrientation(short, "x"), "transposed") {
		t.Error("a class without images in the reference hides the other one")
	}
}

func noiseSet(t *testing.T) *Set {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 1))
	pixels, labels := make([]byte, 40*16), make([]byte, 40)
	for i := range pixels {
		pixels[i] = byte(r.IntN(256))
	}
	s, err := New("noise", "", 4, 4, []string{"short", "long"}, pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
