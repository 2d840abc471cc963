package picture

import (
	"errors"
	"image"
	"image/color"
	"testing"
)

func TestCheckSize(t *testing.T) {
	jpeg := func(marker byte, rest ...byte) []byte {
		return append([]byte{0xFF, 0xD8, 0xFF, marker, 0, byte(8 + len(rest)), 8, 0, 9, 0, 9, byte(len(rest) / 3)}, rest...)
	}
	half := []byte{1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0} // 4:2:0, as cameras write it
	full := []byte{1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0}
	png := func(interlace byte) []byte {
		return append(append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 20)...), interlace)
	}
	for _, tc := range []struct {
		name   string
		colors color.Model
		header []byte
		bytes  float64
	}{
		{"gray PNG", color.GrayModel, png(0), 4},
		{"color PNG", color.NRGBAModel, png(0), 4},
		{"16-bit PNG", color.NRGBA64Model, png(0), 8},
		{"interlaced PNG", color.RGBAModel, png(1), 6},
		{"GIF", color.Palette{}, []byte("GIF89a"), 4},
		{"gray JPEG", color.GrayModel, jpeg(0xC0, 1, 0x11, 0), 1},
		{"JPEG", color.YCbCrModel, jpeg(0xC0, half...), 1.5},
		{"JPEG of full color", color.YCbCrModel, jpeg(0xC1, full...), 3},
		{"progressive JPEG", color.YCbCrModel, jpeg(0xC2, half...), 7.5},
		{"CMYK JPEG", color.CMYKModel, jpeg(0xC0, append(full, 4, 0x11, 0)...), 8},
		{"JPEG whose frame is far", color.YCbCrModel, []byte{0xFF, 0xD8, 0xFF, 0xE1, 0xFF, 0xFF}, 15},
		{"RGB JPEG", color.RGBAModel, jpeg(0xC0, 'R', 0x11, 0, 'G', 0x11, 0, 'B', 0x11, 0), 7},
	} {
		if got := decoderBytes(tc.colors, tc.header); got != tc.bytes {
			t.Errorf("%s: %v bytes for each pixel, want %v", tc.name, got, tc.bytes)
		}
		const limit = 1200
		most := int(limit * min(1, 4/tc.bytes))
		if err := checkSize(image.Config{ColorModel: tc.colors, Width: most, Height: 1}, tc.header, limit); err != nil {
			t.Errorf("%s: %d pixels: %v", tc.name, most, err)
		}
		for _, c := range []image.Config{{Width: most + 1, Height: 1}, {Width: 1, Height: most + 1}, {Width: 1 << 40, Height: 1 << 40}} {
			c.ColorModel = tc.colors
			if err := checkSize(c, tc.header, limit); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s: %d x %d pixels: error %v, want %v", tc.name, c.Width, c.Height, err, ErrTooLarge)
			}
		}
	}
	if err := checkSize(image.Config{Height: 3}, nil, 10); err == nil {
		t.Error("a picture without pixels is accepted")
	}
}
