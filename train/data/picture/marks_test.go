package picture

import (
	"image"
	"testing"
)

// inkOf returns full ink in rectangles of a picture of 100 x 100 pixels.
func inkOf(boxes ...image.Rectangle) *ink {
	i := &ink{plane: newPlane(100, 100), low: 0.02, brightness: newPlane(100, 100), background: newPlane(100, 100)}
	for k := range i.value {
		i.brightness.value[k], i.background.value[k] = 1, 1
		for _, b := range boxes {
			if image.Pt(k%100, k/100).In(b) {
				i.value[k], i.brightness.value[k] = 1, 0
			}
		}
	}
	return i
}

func TestMarks(t *testing.T) {
	r := image.Rect
	bar := r(45, 30, 55, 70)
	for name, tc := range map[string]struct {
		boxes  []image.Rectangle
		want   image.Rectangle
		doubts int
	}{
		"alone":                        {[]image.Rectangle{bar}, bar, 0},
		"with a speck":                 {[]image.Rectangle{bar, r(10, 10, 12, 12)}, bar, 0},
		"with a dark desk":             {[]image.Rectangle{bar, r(0, 0, 100, 8), r(0, 0, 8, 100), r(92, 0, 100, 100)}, bar, 0},
		"on a ruled line":              {[]image.Rectangle{bar, r(0, 50, 100, 52)}, bar, 0},
		"in a box":                     {[]image.Rectangle{bar, r(10, 10, 90, 12), r(10, 88, 90, 90), r(10, 10, 12, 90), r(88, 10, 90, 90)}, bar, 0},
		"reaching the border":          {[]image.Rectangle{r(45, 30, 55, 100)}, r(45, 30, 55, 100), 1},
		"reaching it, with a speck":    {[]image.Rectangle{r(45, 30, 55, 100), r(20, 20, 25, 25)}, r(20, 20, 55, 100), 1},
		"only a line":                  {[]image.Rectangle{r(20, 50, 80, 52)}, r(20, 50, 80, 52), 1},
		"an L whose foot is thin":      {[]image.Rectangle{r(20, 10, 30, 80), r(20, 78, 80, 80)}, r(20, 10, 80, 80), 0},
		"a cross that is no ruled one": {[]image.Rectangle{r(30, 49, 70, 52), r(48, 30, 51, 70)}, r(30, 30, 70, 70), 0},
	} {
		m := marksIn(inkOf(tc.boxes...))
		if got := bounds(m.parts); got != tc.want || len(m.doubts) != tc.doubts {
			t.Errorf("%s: marks in %v, doubts %q, want %v, %d", name, got, m.doubts, tc.want, tc.doubts)
		}
	}
}

// TestBulk compares a stroke, a ring and a sheet.
func TestBulk(t *testing.T) {
	for name, tc := range map[string]struct {
		box  image.Rectangle
		want float64
	}{
		"stroke": {image.Rect(45, 20, 53, 80), 8.0 / 60},
		"sheet":  {image.Rect(20, 20, 80, 70), 50.0 / 60},
	} {
		if got := marksIn(inkOf(tc.box)).bulk(); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// TestPolarity tells the ring of a 0 from its hole: around the ring there is background, around
// the hole there is ink.
func TestPolarity(t *testing.T) {
	ring := inkOf(image.Rect(30, 20, 70, 28), image.Rect(30, 72, 70, 80), image.Rect(30, 20, 38, 80), image.Rect(62, 20, 70, 80))
	hole := inkOf(image.Rect(38, 28, 62, 72))
	for k := range hole.value { // the inverted picture
		hole.brightness.value[k] = 1 - ring.brightness.value[k]
	}
	dark, bright := marksIn(ring), marksIn(hole)
	if !dark.clearer(bright) || bright.clearer(dark) {
		t.Errorf("the ring has %.2f around it, the hole %.2f; bulks %.2f and %.2f", dark.surrounded(1), bright.surrounded(1), dark.bulk(), bright.bulk())
	}
}

// TestRim tells a stroke from the edge of a solid square.
func TestRim(t *testing.T) {
	if got := marksIn(inkOf(image.Rect(45, 20, 53, 80))).rim(); got != 0 {
		t.Errorf("beside a stroke %.2f is solid", got)
	}
	edge := inkOf(image.Rect(20, 20, 80, 24), image.Rect(20, 76, 80, 80), image.Rect(20, 20, 24, 80), image.Rect(76, 20, 80, 80))
	for y := 20; y < 80; y++ {
		for x := 20; x < 80; x++ {
			edge.brightness.value[y*100+x] = 0
		}
	}
	if got := marksIn(edge).rim(); got < 0.25 {
		t.Errorf("beside an edge only %.2f is solid", got)
	}
}
