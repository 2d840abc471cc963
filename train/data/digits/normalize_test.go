package digits

import (
	"math"
	"testing"
)

func TestFitBox(t *testing.T) {
	for name, path := range map[string][]sample{
		"tall":    {{point: point{0, 0}, radius: 1, start: true}, {point: point{0.2, 1}, radius: 1}},
		"wide":    {{point: point{0, 0}, radius: 2, start: true}, {point: point{3, 1}, radius: 0.5}},
		"upright": {{point: point{7, 0}, radius: 1.5, start: true}, {point: point{7, 90}, radius: 0.7}},
	} {
		fitBox(path)
		x0, x1, y0, y1 := bounds(path, 1)
		if side := max(x1-x0, y1-y0); math.Abs(side-box) > 0.05 {
			t.Errorf("%s: the larger side is %.3f, want %d", name, side, box)
		}
		if cx, cy := (x0+x1)/2, (y0+y1)/2; math.Abs(cx-box/2) > 1e-9 || math.Abs(cy-box/2) > 1e-9 {
			t.Errorf("%s: the middle is at (%g, %g), want (%d, %d)", name, cx, cy, box/2, box/2)
		}
	}
}

func TestCenter(t *testing.T) {
	var g paper
	g[0][3] = 1   // full ink at (3, 0)
	g[10][5] = .5 // half at (5, 10): the center of mass is (3.67, 3.35)
	pix := make([]byte, Size*Size)
	for i := range pix {
		pix[i] = 99 // center must overwrite this
	}
	center(pix, &g)
	for i, v := range pix {
		x, y := i%Size, i/Size
		want := byte(0)
		switch {
		case x == 3+10 && y == 0+11:
			want = 255
		case x == 5+10 && y == 10+11:
			want = 128
		}
		if v != want {
			t.Errorf("pixel (%d, %d) is %d, want %d", x, y, v, want)
		}
	}
}

func TestRoundDiv(t *testing.T) {
	for _, c := range [][3]int{{0, 3, 0}, {1, 3, 0}, {2, 3, 1}, {3, 2, 2}, {4, 2, 2}, {7, 10, 1}} {
		if got := roundDiv(c[0], c[1]); got != c[2] {
			t.Errorf("roundDiv(%d, %d) is %d, want %d", c[0], c[1], got, c[2])
		}
	}
}
