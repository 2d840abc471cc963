package data

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// numbered returns a set of n images of 2 x 3 pixels. The first pixel of image i is 200, the
// others are i. Its label is i mod 3.
func numbered(t *testing.T, n int) *Set {
	t.Helper()
	pixels := make([]byte, n*6)
	labels := make([]byte, n)
	for i := range n {
		for k := range 6 {
			pixels[i*6+k] = byte(i)
		}
		pixels[i*6] = 200
		labels[i] = byte(i % 3)
	}
	s, err := New("numbered", "a test", 2, 3, []string{"a", "b", "c"}, pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// numbers returns the numbers of the images in a view of numbered.
func numbers(s *Set) []int {
	got := make([]int, s.Len())
	for i := range got {
		got[i] = int(s.Pixels(i)[1])
	}
	return got
}

func TestNewRefuses(t *testing.T) {
	classes := []string{"a", "b"}
	tests := []struct {
		title         string
		name          string
		height, width int
		classes       []string
		pixels        int
		labels        []byte
		want          string
	}{
		{"no name", "", 1, 1, classes, 1, []byte{0}, "name is empty"},
		{"zero height", "s", 0, 3, classes, 0, []byte{0}, "0 x 3"},
		{"negative width", "s", 2, -3, classes, 6, []byte{0}, "2 x -3"},
		{"no classes", "s", 1, 1, nil, 1, []byte{0}, "0 classes"},
		{"too many classes", "s", 1, 1, make([]string, 257), 1, []byte{0}, "257 classes"},
		{"no images", "s", 1, 1, classes, 0, nil, "no images"},
		{"pixels missing", "s", 2, 3, classes, 11, []byte{0, 1}, "11 bytes of pixels, want 2 images x 2 x 3"},
		{"overflow", "s", math.MaxInt, 2, classes, 0, []byte{0}, "0 bytes of pixels"},
		{"overflow by the images", "s", math.MaxInt / 2, 1, classes, 4, []byte{0, 0, 0, 0}, "4 bytes of pixels"},
		{"label out of range", "s", 1, 1, classes, 3, []byte{0, 1, 2}, "label 2 of image 2, want 0 to 1"},
	}
	for _, tt := range tests {
		t.Run(tt.title, func(t *testing.T) {
			_, err := New(tt.name, "", tt.height, tt.width, tt.classes, make([]byte, tt.pixels), tt.labels)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestAccessors(t *testing.T) {
	s := numbered(t, 4)
	if s.Name() != "numbered" || s.Source() != "a test" || s.Len() != 4 || s.Height() != 2 || s.Width() != 3 {
		t.Errorf("got %v", s)
	}
	if got, want := s.String(), "numbered: 4 images of 2 x 3, 3 classes, from a test"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	if got := s.Pixels(2); !bytes.Equal(got, []byte{200, 2, 2, 2, 2, 2}) || cap(got) != 6 {
		t.Errorf("Pixels(2) = %v with capacity %d", got, cap(got))
	}
	if got := s.Counts(); !slices.Equal(got, []int{2, 1, 1}) {
		t.Errorf("Counts() = %v", got)
	}
	img := s.Image(3)
	if img.Bounds().Dx() != 3 || img.Bounds().Dy() != 2 || img.GrayAt(0, 0).Y != 200 || img.GrayAt(2, 1).Y != 3 {
		t.Errorf("Image(3) = %v", img)
	}
}

// TestImmutable checks that changing the results of accessors does not change the set.
func TestImmutable(t *testing.T) {
	s := numbered(t, 4)
	s.Classes()[0] = "changed"
	s.Image(1).Pix[0] = 7
	if s.Classes()[0] != "a" || s.Pixels(1)[0] != 200 {
		t.Errorf("the set changed: classes %v, image 1 %v", s.Classes(), s.Pixels(1))
	}
}

func TestCount(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 40 {
		pixels := make([]byte, n)
		var want [256]int
		for i := range pixels {
			if random.IntN(8) == 0 { // the rest is background
				pixels[i] = byte(random.IntN(256))
			}
			want[pixels[i]]++
		}
		var got [256]int
		if count(&got, pixels); got != want {
			t.Errorf("%v: %v, want %v", pixels, got, want)
		}
	}
}

func TestMeanStd(t *testing.T) {
	// Half of the pixels 0, half 255: mean 1/2, deviation 1/2.
	s, err := New("half", "", 1, 2, []string{"a"}, []byte{0, 255, 255, 0}, []byte{0, 0})
	if err != nil {
		t.Fatal(err)
	}
	if mean, std := s.MeanStd(); math.Abs(mean-0.5) > 1e-15 || math.Abs(std-0.5) > 1e-15 {
		t.Errorf("MeanStd() = %v, %v, want 0.5, 0.5", mean, std)
	}
	one, err := s.Subset([]int{0, 0})
	if err != nil {
		t.Fatal(err)
	}
	if mean, _ := one.MeanStd(); math.Abs(mean-0.5) > 1e-15 {
		t.Errorf("mean of a view = %v, want 0.5", mean)
	}
	none, err := s.Subset(nil)
	if err != nil {
		t.Fatal(err)
	}
	if mean, std := none.MeanStd(); mean != 0 || std != 0 {
		t.Errorf("MeanStd() of an empty view = %v, %v, want zeros", mean, std)
	}
}
