package picture

import (
	"image"
	"testing"
)

// TestThicken draws a line of one pixel in 200, which would have a tenth of a pixel in the
// result, and a stroke that is thick enough.
func TestThicken(t *testing.T) {
	for _, tc := range []struct{ width, least, most int }{{1, 18, 22}, {4, 18, 22}, {20, 20, 20}, {31, 31, 31}} {
		p := newPlane(300, 300)
		left := 150 - tc.width/2
		for y := 50; y < 250; y++ {
			for x := left; x < left+tc.width; x++ {
				p.value[y*300+x] = 1
			}
		}
		area := p.extent(0.5)
		got := p.thicken(area).extent(0.5)
		if got.Dx() < tc.least || got.Dx() > tc.most {
			t.Errorf("a stroke of %d pixels becomes %d, want %d to %d", tc.width, got.Dx(), tc.least, tc.most)
		}
		if tc.width >= 20 && got != image.Rect(left, 50, left+tc.width, 250) {
			t.Errorf("a stroke of %d pixels moved to %v", tc.width, got)
		}
	}
}
