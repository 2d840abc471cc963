package printed

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
)

// goFont is a font that needs no files.
func goFont(t *testing.T) Font {
	t.Helper()
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	return Font{"Go Regular", f}
}

// content returns a picture as a PNG file.
func content(t *testing.T, img image.Image) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The pictures depend on the seed and the number only; half are in a font. Each has ink and paper
// of clearly different brightness.
func TestSet(t *testing.T) {
	fonts := []Font{goFont(t)}
	a, err := NewSet(3, fonts)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewSet(4, fonts)
	if err != nil {
		t.Fatal(err)
	}
	inFont, cropped, bright := 0, 0, 0
	for i := range 20 {
		p, err := a.Digit(i)
		if err != nil {
			t.Fatal(err)
		}
		again, err := a.Digit(i)
		if err != nil {
			t.Fatal(err)
		}
		other, err := b.Digit(i)
		if err != nil {
			t.Fatal(err)
		}
		if p.Text != fmt.Sprint(i%10) || p.Kind != again.Kind || content(t, p.Image) != content(t, again.Image) {
			t.Errorf("digit %d is %q (%s), and drawn again %q (%s)", i, p.Text, p.Kind, again.Text, again.Kind)
		}
		if content(t, p.Image) == content(t, other.Image) {
			t.Errorf("digit %d is the same for two seeds", i)
		}
		for _, count := range []struct {
			word string
			n    *int
		}{{"Go Regular", &inFont}, {"cropped", &cropped}, {"bright on dark", &bright}} {
			if strings.Contains(p.Kind, count.word) {
				*count.n++
			}
		}
		low, high := uint32(0xffff), uint32(0)
		r := p.Image.Bounds()
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				red, green, blue, _ := p.Image.At(x, y).RGBA()
				v := (red + green + blue) / 3
				low, high = min(low, v), max(high, v)
			}
		}
		if high-low < 0x4000 {
			t.Errorf("digit %d (%s): brightness from %#x to %#x", i, p.Kind, low, high)
		}
	}
	if inFont != 10 || cropped < 1 || cropped > 14 || bright < 1 || bright > 14 {
		t.Errorf("of 20 digits %d are in a font, %d cropped, %d bright on dark", inFont, cropped, bright)
	}
	lengths := map[int]bool{}
	for i := range 20 {
		p, err := a.Row(i)
		if err != nil {
			t.Fatal(err)
		}
		lengths[len(p.Text)] = true
	}
	if len(lengths) < 4 || lengths[1] || lengths[7] {
		t.Errorf("the rows have the lengths %v, want 2 to 6", lengths)
	}
}

func TestNoFonts(t *testing.T) {
	if _, err := NewSet(1, nil); err == nil {
		t.Error("a set without fonts is accepted")
	}
}
