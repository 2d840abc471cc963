package picture

import (
	"image"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"
)

// sheetWith returns a picture of 400 x 400 pixels with the 7 in the middle, 200 pixels high, where
// level gives the brightness for an amount of ink and a place from 0 to 1.
func sheetWith(level func(ink, x, y float64) float64) *image.Gray {
	return enlarge(seven(), 10, 60, level)
}

// TestKinds brings the same 7 out of pictures of many kinds.
func TestKinds(t *testing.T) {
	near := func(v, line, width float64) bool { return math.Abs(v-line) < width }
	kinds := map[string]image.Image{
		"hard shadow": sheetWith(func(ink, x, y float64) float64 {
			if x+y < 1 {
				return 0.5 * (0.9 - 0.8*ink)
			}
			return 0.9 - 0.8*ink
		}),
		"ruled": sheetWith(func(ink, x, y float64) float64 {
			if math.Mod(y+0.05, 0.1) < 0.005 {
				return min(0.9-0.8*ink, 0.5)
			}
			return 0.9 - 0.8*ink
		}),
		"squared": sheetWith(func(ink, x, y float64) float64 {
			if math.Mod(y+0.05, 0.1) < 0.004 || math.Mod(x+0.02, 0.1) < 0.004 {
				return min(0.9-0.8*ink, 0.6)
			}
			return 0.9 - 0.8*ink
		}),
		"dark desk": sheetWith(func(ink, x, y float64) float64 {
			if min(x, y, 1-x, 1-y) < 0.1 {
				return 0.25
			}
			return 0.9 - 0.7*ink
		}),
		"form box": sheetWith(func(ink, x, y float64) float64 {
			inside := min(x, y, 1-x, 1-y)
			if inside > 0.05 && inside < 0.065 {
				return 0.1
			}
			return 0.9 - 0.8*ink
		}),
		"screenshot frame": sheetWith(func(ink, x, y float64) float64 {
			if min(x, y, 1-x, 1-y) < 0.006 {
				return 0
			}
			return 1 - ink
		}),
		"frame around white on black": sheetWith(func(ink, x, y float64) float64 {
			if near(x, 0.5, 0.42) && near(y, 0.5, 0.42) && !(near(x, 0.5, 0.41) && near(y, 0.5, 0.41)) {
				return 1
			}
			return ink
		}),
	}
	for name, img := range kinds {
		p, err := Find(img)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := difference(p.Image, seven()); d > 0.03 || len(p.Row) != 1 || len(p.Doubts) > 0 {
			t.Errorf("%s: differs by %.4f, %d characters, doubts %q", name, d, len(p.Row), p.Doubts)
		}
	}
}

// TestSmallOnPage finds a digit of 60 pixels on a page of 1000 and sees it as clearly as a large
// one.
func TestSmallOnPage(t *testing.T) {
	page := image.NewGray(image.Rect(0, 0, 1000, 1000))
	small := enlarge(seven(), 3, 0, func(ink, _, _ float64) float64 { return 0.9 - 0.8*ink })
	for k := range page.Pix {
		page.Pix[k] = 230
	}
	for y := range 84 {
		copy(page.Pix[(700+y)*1000+150:], small.Pix[y*84:(y+1)*84])
	}
	got, err := FromImage(page)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(got, seven()); d > 0.03 {
		t.Errorf("differs by %.4f", d)
	}
}

// TestSeveral finds three digits and their order.
func TestSeveral(t *testing.T) {
	img, src := image.NewGray(image.Rect(0, 0, 3*280, 280)), seven()
	for k := range img.Pix {
		x, y := k%(3*280), k/(3*280)
		ink := src.Pix[y/10*Size+x%280/10]
		if x >= 280 && x < 560 { // the one in the middle stands on its head
			ink = src.Pix[(27-y/10)*Size+27-x%280/10]
		}
		img.Pix[k] = 240 - ink/2
	}
	p, err := Find(img)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Row) != 3 {
		t.Fatalf("%d characters, want 3", len(p.Row))
	}
	for i, limit := range []float64{0.03, 1, 0.03} {
		if d := difference(p.Row[i], seven()); d > limit || i == 1 && d < 0.05 {
			t.Errorf("character %d differs by %.4f", i, d)
		}
	}
	// As one character, the row is 20 pixels wide.
	first, last := Size, 0
	for k, v := range p.Image.Pix {
		if v > 30 {
			first, last = min(first, k%Size), max(last, k%Size)
		}
	}
	if n := last - first + 1; n < 19 || n > 20 {
		t.Errorf("together they are %d pixels wide, want 20", n)
	}
}

// TestHairline draws a 7 whose strokes have one pixel in 240.
func TestHairline(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 400, 400))
	for k := range img.Pix {
		x, y := k%400, k/400
		img.Pix[k] = 250
		if y == 80 && x >= 140 && x < 260 || y >= 80 && y < 320 && x == 260-(y-80)*84/240 {
			img.Pix[k] = 10
		}
	}
	got, err := FromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	if n := slices.Max(got.Pix); n < 200 {
		t.Errorf("the darkest ink is %d, want at least 200", n)
	}
	if d := difference(got, seven()); d > 0.07 {
		t.Errorf("differs by %.4f from a 7 of usual strokes", d)
	}
}

// TestSolid keeps filled shapes whole, dark or bright, although no stroke is so thick.
func TestSolid(t *testing.T) {
	for name, in := range map[string]func(x, y float64) bool{
		"circle":   func(x, y float64) bool { return math.Hypot(x, y) < 0.33 },
		"square":   func(x, y float64) bool { return max(x, -x, y, -y) < 0.3 },
		"triangle": func(x, y float64) bool { return math.Abs(y) < 0.3 && math.Abs(x) < (y+0.3)/1.7 },
	} {
		for _, levels := range [][2]uint8{{230, 40}, {40, 230}} {
			img := image.NewGray(image.Rect(0, 0, 300, 300))
			for k := range img.Pix {
				img.Pix[k] = levels[0]
				if in(float64(k%300)/300-0.5, float64(k/300)/300-0.5) {
					img.Pix[k] = levels[1]
				}
			}
			got, err := FromImage(img)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if v := got.GrayAt(14, 16).Y; v < 250 {
				t.Errorf("%s of %d on %d: its middle is %d, want 255", name, levels[1], levels[0], v)
			}
		}
	}
}

// TestDoubt says why a picture is doubtful.
func TestDoubt(t *testing.T) {
	cut := enlarge(seven(), 10, 0, func(ink, _, _ float64) float64 { return 1 - ink }).SubImage(image.Rect(0, 0, 280, 180))
	line := image.NewGray(image.Rect(0, 0, 200, 200))
	for x := 30; x < 170; x++ {
		line.SetGray(x, 100, color.Gray{Y: 255})
		line.SetGray(x, 101, color.Gray{Y: 255})
	}
	for want, img := range map[string]image.Image{"border": cut, "straight lines": line} {
		p, err := Find(img)
		if err != nil {
			t.Errorf("%s: %v", want, err)
		} else if !strings.Contains(strings.Join(p.Doubts, ", "), want) {
			t.Errorf("doubts %q, want one about %s", p.Doubts, want)
		}
	}
}
