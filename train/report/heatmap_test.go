package report

import (
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"

	"inkstone/train/metrics"
)

// worked returns the matrix
//
//	5 1 0
//	2 3 1
//	0 0 4
func worked(t *testing.T) *metrics.Confusion {
	t.Helper()
	c, err := metrics.NewConfusion([]string{"a", "b", "long <name>"})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range []int{5, 1, 0, 2, 3, 1, 0, 0, 4} {
		for range n {
			if err := c.Add(i/3, i%3); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

// count returns the number of pixels of a color in a part of an image.
func count(img image.Image, part image.Rectangle, want color.RGBA) int {
	n := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if img.At(x, y) == want {
				n++
			}
		}
	}
	return n
}

func TestConfusion(t *testing.T) {
	c := worked(t)
	img := Confusion(c)
	// Each cell with images has its color, and the number in it covers only a part of it.
	for i := range 3 {
		for j := range 3 {
			fill, ink := shade(c, i, j)
			n := count(img, img.Bounds(), fill)
			switch {
			case c.At(i, j) == 0 && fill != mapPaper:
				t.Errorf("cell (%d, %d) without images has the color %v", i, j, fill)
			case c.At(i, j) > 0 && n < 400:
				t.Errorf("cell (%d, %d): %d pixels of its color, want at least 400", i, j, n)
			case c.At(i, j) > 0 && ink != mapText && ink != mapTextLight:
				t.Errorf("cell (%d, %d): ink %v", i, j, ink)
			}
		}
	}
	// There are more than 20 characters of at least 7 dots of 2x2 pixels.
	if n := count(img, img.Bounds(), mapText); n < 7*4*20 {
		t.Errorf("the text has %d pixels, want at least %d", n, 7*4*20)
	}
	if fill, _ := shade(c, 2, 2); fill != correctDark {
		t.Errorf("a class without errors has the color %v, want %v", fill, correctDark)
	}
	// The square root of 1/6 is 0.408, so red is 255-0.408*(255-165) = 218.
	if fill, ink := shade(c, 0, 1); fill.R != 218 || ink != mapText {
		t.Errorf("1 of 6 confused: %v on %v", ink, fill)
	}
}

func TestConfusionOfManyClasses(t *testing.T) {
	for _, n := range []int{1, 2, 64, 65, 256} {
		names := make([]string, n)
		for i := range names {
			names[i] = fmt.Sprintf("类 %d with a name that is too long", i)
		}
		c, err := metrics.NewConfusion(names)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Add(n-1, n-1); err != nil {
			t.Fatal(err)
		}
		b := Confusion(c).Bounds()
		if b.Dx() != b.Dy() && n > 2 || b.Dx() > 5000 || b.Dx() < 100 {
			t.Errorf("%d classes: %v", n, b)
		}
	}
}

func TestFont(t *testing.T) {
	for i, row := range glyphs {
		if want := glyphsInBand*(glyphWidth+1) - 1; i < 5*glyphHeight && len(row) != want {
			t.Errorf("row %d has %d columns, want %d", i, len(row), want)
		}
	}
	shapes := map[string]rune{}
	for r := rune(' '); r <= '~'; r++ {
		var b strings.Builder
		for y := range glyphHeight {
			for x := range glyphWidth {
				fmt.Fprint(&b, dot(r, x, y))
			}
		}
		if other, ok := shapes[b.String()]; ok {
			t.Errorf("%q looks like %q", r, other)
		}
		shapes[b.String()] = r
	}
	if !dot('é', 0, 3) || dot('é', 2, 3) || !dot('L', 0, 0) || dot('L', 4, 0) || !dot('L', 4, 6) {
		t.Error("a box for é, or the shape of L, is wrong")
	}
}

func TestDrawTextUp(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 20, 20))
	drawTextUp(img, 2, 15, "L", mapText)
	// The foot of the rotated L rises at the right.
	if img.At(2, 14) != mapText || img.At(2, 6) == mapText || img.At(2+textHeight-1, 15-2*glyphWidth) != mapText {
		t.Error("the rotated L has wrong pixels")
	}
}

func TestShorten(t *testing.T) {
	for in, want := range map[string]string{" ok ": "ok", "exactly8": "exactly8", "T-shirt/top": "T-shir.."} {
		if got := shorten(in, 8); got != want {
			t.Errorf("shorten(%q) = %q, want %q", in, got, want)
		}
	}
}
