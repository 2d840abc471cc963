package interpolate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestFrame(t *testing.T) {
	frame := NewFrame(2, 3)
	FillFrame(frame, []byte{1, 2, 3, 4, 5, 6}, 3)
	if want := []byte{
		0, 0, 0, 0, 0,
		0, 1, 2, 3, 0,
		0, 4, 5, 6, 0,
		0, 0, 0, 0, 0,
	}; !slices.Equal(frame, want) {
		t.Errorf("got %v, want %v", frame, want)
	}
}

func TestBilinear(t *testing.T) {
	for _, tc := range []struct {
		right, down uint32
		want        byte
	}{
		{0, 0, 0}, {16, 0, 100}, {0, 16, 200}, {16, 16, 255},
		{8, 0, 50}, {4, 0, 25}, {0, 8, 100}, {8, 8, 139}, // 138.75
		{1, 0, 6}, // 6.25
	} {
		if got := Bilinear(0, 100, 200, 255, tc.right, tc.down, 4); got != tc.want {
			t.Errorf("right %d/16, down %d/16: %d, want %d", tc.right, tc.down, got, tc.want)
		}
	}
}

// TestBilinearReference compares Bilinear with the formula in float64 at all precisions.
func TestBilinearReference(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for bits := uint(0); bits <= 12; bits++ {
		one := uint32(1) << bits
		for range 1000 {
			a, b, c, d := byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())
			right, down := r.Uint32N(one+1), r.Uint32N(one+1)
			x, y := float64(right)/float64(one), float64(down)/float64(one)
			want := math.Floor((float64(a)*(1-x)+float64(b)*x)*(1-y) + (float64(c)*(1-x)+float64(d)*x)*y + 0.5)
			if got := Bilinear(a, b, c, d, right, down, bits); float64(got) != want {
				t.Fatalf("%d %d %d %d, right %d, down %d of %d: %d, want %v", a, b, c, d, right, down, one, got, want)
			}
		}
		if got := Bilinear(255, 255, 255, 255, one/2, one/2, bits); got != 255 {
			t.Errorf("white with %d bits is %d", bits, got)
		}
	}
}
