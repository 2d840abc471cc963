package rasterize

import (
	"image/color"
	"strings"
	"testing"
)

const head = `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" font-size="8">`

func TestPaint(t *testing.T) {
	img, err := Paint(head+`<defs><pattern/></defs><rect width="20" height="10" fill="white"/>
		<rect x="2" y="2" width="6" height="6" fill="#ff0000"/>
		<path d="M10 2H14V8h-4z" fill="#0000ff"/>
		<g transform="translate(15 2)"><rect width="4" height="6" fill="#00ff00" stroke="#000000"/></g></svg>`, 2)
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 40 || b.Dy() != 20 {
		t.Fatalf("a picture of %v, want 40 x 20", b)
	}
	for _, tc := range []struct {
		x, y int
		want color.RGBA
	}{{0, 0, color.RGBA{255, 255, 255, 255}}, {10, 10, color.RGBA{255, 0, 0, 255}}, {24, 10, color.RGBA{0, 0, 255, 255}}, {34, 10, color.RGBA{0, 255, 0, 255}}, {30, 10, color.RGBA{0, 0, 0, 255}}} {
		if got := color.RGBAModel.Convert(img.At(tc.x, tc.y)); got != tc.want {
			t.Errorf("at %d, %d there is %v, want %v", tc.x, tc.y, got, tc.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for svg, want := range map[string]string{
		"":                                 "no svg element",
		"<rect/>":                          "outside of svg",
		`<svg width="0" height="9"/>`:      "at least 1 x 1",
		`<svg width="1e9" height="1e9"/>`:  "at most",
		head + `<circle/></svg>`:           "not known",
		head + `<path d="M1"/></svg>`:      "ends after M",
		head + `<path d="Q1 1"/></svg>`:    "command",
		head + `<g transform="scale(2)"/>`: "translate",
		head + `<rect`:                     "XML",
	} {
		if _, err := Paint(svg, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", svg, err, want)
		}
	}
}
