package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// checkForm reports an image that does not have MNIST's form or has no ink.
func checkForm(t *testing.T, p *Picture) {
	t.Helper()
	for _, img := range append(p.Row, p.Image) {
		if img.Bounds() != image.Rect(0, 0, Size, Size) || len(img.Pix) != Size*Size || slices.Max(img.Pix) == 0 {
			t.Fatalf("an image of %v with the brightest pixel %d", img.Bounds(), slices.Max(img.Pix))
		}
	}
	if len(p.Row) == 0 {
		t.Fatal("no character")
	}
}

// FuzzRead reads damaged files of each format.
func FuzzRead(f *testing.F) {
	gray := image.NewGray(image.Rect(0, 0, 12, 9))
	for i := range gray.Pix {
		gray.Pix[i] = 255
	}
	for y := 2; y < 7; y++ {
		gray.SetGray(5, y, color.Gray{})
	}
	palette := image.NewPaletted(gray.Rect, color.Palette{color.White, color.Black, color.Transparent})
	palette.SetColorIndex(4, 4, 1)
	deep := image.NewNRGBA64(gray.Rect)
	deep.Set(3, 3, color.NRGBA64{1, 2, 3, 60000})
	add := func(encode func(io.Writer, image.Image) error, img image.Image) {
		var b bytes.Buffer
		if err := encode(&b, img); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	add(png.Encode, gray)
	add(png.Encode, palette)
	add(png.Encode, deep)
	add(func(w io.Writer, img image.Image) error { return jpeg.Encode(w, img, nil) }, gray)
	add(func(w io.Writer, img image.Image) error { return gif.Encode(w, img, nil) }, palette)
	f.Add([]byte{})
	path := filepath.Join(f.TempDir(), "picture")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if p, err := Read(t.Context(), path, 300_000); err == nil {
			checkForm(t, p)
		}
	})
}

// FuzzFind searches pictures of any size and repeated bytes.
func FuzzFind(f *testing.F) {
	f.Add(uint16(28), uint16(28), []byte{0, 255})
	f.Add(uint16(1), uint16(300), []byte{255, 0, 0, 0})
	f.Add(uint16(300), uint16(1), []byte{10, 200, 30})
	f.Fuzz(func(t *testing.T, width, height uint16, content []byte) {
		if width == 0 || height == 0 || int(width)*int(height) > 100_000 || len(content) == 0 {
			return
		}
		img := image.NewNRGBA(image.Rect(-5, 3, int(width)-5, int(height)+3))
		for i := range img.Pix {
			img.Pix[i] = content[(i*len(content)/len(img.Pix)+i)%len(content)]
		}
		if p, err := Find(img); err == nil {
			checkForm(t, p)
		}
	})
}
