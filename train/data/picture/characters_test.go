package picture

import (
	"image"
	"testing"
)

func TestRow(t *testing.T) {
	r := image.Rect
	for name, tc := range map[string]struct {
		boxes []image.Rectangle
		want  []image.Rectangle
		left  bool
	}{
		"from left to right":    {[]image.Rectangle{r(90, 10, 120, 60), r(10, 12, 40, 58)}, []image.Rectangle{r(10, 12, 40, 58), r(90, 10, 120, 60)}, false},
		"bar and bow of a 5":    {[]image.Rectangle{r(10, 20, 40, 60), r(15, 10, 45, 16)}, []image.Rectangle{r(10, 10, 45, 60)}, false},
		"broken stroke":         {[]image.Rectangle{r(10, 10, 30, 60), r(31, 10, 50, 60)}, []image.Rectangle{r(10, 10, 50, 60)}, false},
		"caption":               {[]image.Rectangle{r(10, 10, 50, 90), r(0, 120, 8, 126), r(10, 120, 90, 127)}, []image.Rectangle{r(10, 10, 50, 90)}, false},
		"colon":                 {[]image.Rectangle{r(10, 10, 50, 90), r(70, 30, 76, 36), r(70, 70, 76, 76)}, []image.Rectangle{r(10, 10, 50, 90)}, false},
		"dots above each other": {[]image.Rectangle{r(10, 10, 14, 14), r(10, 40, 14, 44), r(10, 70, 14, 74)}, []image.Rectangle{r(10, 10, 14, 74)}, false},
		"another row":           {[]image.Rectangle{r(10, 10, 50, 90), r(70, 120, 110, 190)}, []image.Rectangle{r(10, 10, 50, 90)}, true},
		"one narrow, one low":   {[]image.Rectangle{r(10, 10, 20, 90), r(40, 30, 90, 80)}, []image.Rectangle{r(10, 10, 20, 90), r(40, 30, 90, 80)}, false},
	} {
		var parts []*part
		for _, b := range tc.boxes {
			parts = append(parts, &part{box: b})
		}
		got, left := row(parts)
		if len(got) != len(tc.want) || left != tc.left {
			t.Errorf("%s: %d characters, left out %v, want %d, %v", name, len(got), left, len(tc.want), tc.left)
			continue
		}
		for i, c := range got {
			if c.box != tc.want[i] {
				t.Errorf("%s: character %d is in %v, want %v", name, i, c.box, tc.want[i])
			}
		}
	}
	// The rectangles around slanted characters overlap, and a tilted row ends below its beginning.
	parts := slanted(0, 0)
	for i := range 4 {
		parts = append(parts, slanted((i+1)*30, (i+1)*25)...)
	}
	if got, left := row(parts); len(got) != 5 || left {
		t.Errorf("a tilted row of five slanted strokes has %d characters, left out %v", len(got), left)
	}
	if got, left := row(nil); got != nil || left {
		t.Error("characters without marks")
	}
}

// slanted returns a stroke of 60 pixels height, 40 pixels to the right for them, at a place of a
// picture of 400 pixels width.
func slanted(left, top int) []*part {
	p := &part{stride: 400, box: image.Rect(left, top, left+44, top+60)}
	for y := range 60 {
		for x := range 4 {
			p.pixels = append(p.pixels, (top+y)*400+left+40-y*40/60+x)
		}
	}
	return []*part{p}
}
