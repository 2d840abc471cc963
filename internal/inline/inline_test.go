package inline

import (
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
)

func TestFigure(t *testing.T) {
	p := image.NewGray(image.Rect(0, 0, 3, 2))
	p.SetGray(1, 1, color.Gray{77})
	h := Figure(PNG(p), 30, `a "b"`, "x < y", "second")
	_, rest, _ := strings.Cut(h, "data:image/png;base64,")
	content, _, _ := strings.Cut(rest, `"`)
	decoded, err := png.Decode(base64.NewDecoder(base64.StdEncoding, strings.NewReader(content)))
	if err != nil || decoded.Bounds() != p.Bounds() || decoded.(*image.Gray).GrayAt(1, 1).Y != 77 {
		t.Errorf("the image is %v, %v", decoded, err)
	}
	for _, want := range []string{`alt="a &#34;b&#34;"`, `width="30"`, "x &lt; y", "second"} {
		if !strings.Contains(h, want) {
			t.Errorf("the figure lacks %s: %s", want, h)
		}
	}
	_, content, _ = strings.Cut(Enlarged(p, 7), ",") // 7 is not a multiple of 3
	decoded, err = png.Decode(base64.NewDecoder(base64.StdEncoding, strings.NewReader(content)))
	if err != nil || decoded.Bounds() != image.Rect(0, 0, 6, 4) {
		t.Fatalf("enlarged: %v, %v", decoded, err)
	}
	for _, at := range []image.Point{{2, 2}, {3, 3}} {
		if got := decoded.(*image.Gray).GrayAt(at.X, at.Y).Y; got != 77 {
			t.Errorf("enlarged: the pixel at %v is %d, want 77", at, got)
		}
	}
	if got, want := Drawing([]byte("<svg/>"), "d"), `src="data:image/svg+xml;base64,PHN2Zy8+"`; !strings.Contains(got, want) {
		t.Errorf("the drawing is %s, want %s", got, want)
	}
}
