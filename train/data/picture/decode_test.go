package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func save(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestExifFile reads the 7 from a JPEG file of a camera that was held on its side.
func TestExifFile(t *testing.T) {
	upright := enlarge(seven(), 8, 20, func(ink, _, _ float64) float64 { return 0.9 - 0.8*ink })
	n := upright.Bounds().Dx()
	turned := image.NewGray(upright.Bounds()) // orientation 6: the first row is the right side
	for y := range n {
		for x := range n {
			turned.SetGray(x, y, upright.GrayAt(n-1-y, x))
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, turned, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	file := append(append([]byte{0xFF, 0xD8}, exifSegment(binary.BigEndian, 6)...), b.Bytes()[2:]...)
	p, err := Read(t.Context(), save(t, "held.jpg", file), MaxPixels)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(p.Image, seven()); d > 0.03 {
		t.Errorf("differs by %.4f", d)
	}
}

// TestFormats reads the documented formats only, though the program knows another.
func TestFormats(t *testing.T) {
	img := enlarge(seven(), 3, 5, func(ink, _, _ float64) float64 { return 1 - ink })
	var asGIF, asPNG bytes.Buffer
	if err := gif.Encode(&asGIF, img, nil); err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(&asPNG, img); err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{asGIF.Bytes(), asPNG.Bytes()} {
		if p, err := Read(t.Context(), save(t, "a", b), MaxPixels); err != nil {
			t.Error(err)
		} else if d := difference(p.Image, seven()); d > 0.03 {
			t.Errorf("differs by %.4f", d)
		}
	}
	image.RegisterFormat("other", "OTHER", func(io.Reader) (image.Image, error) { return img, nil },
		func(io.Reader) (image.Config, error) {
			return image.Config{ColorModel: color.GrayModel, Width: 9, Height: 9}, nil
		})
	for _, content := range []string{"OTHER", "", "hello", "GIF89a", "\xff\xd8"} {
		if _, err := Read(t.Context(), save(t, "b.tif", []byte(content)), MaxPixels); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "b.tif") {
			t.Errorf("%q: error %v, want %v", content, err, ErrFormat)
		}
	}
	if _, err := Read(t.Context(), save(t, "large.png", asPNG.Bytes()), 94*94-1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v, want %v", err, ErrTooLarge)
	}
}

func TestNoFile(t *testing.T) {
	if _, err := Read(t.Context(), t.TempDir(), MaxPixels); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(os.DevNull); err == nil {
		if _, err := Read(t.Context(), os.DevNull, MaxPixels); err == nil || !strings.Contains(err.Error(), "is a device") {
			t.Errorf("error %v", err)
		}
	}
}

// TestInterrupt cancels before a picture is read, and while it is.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 50, 50))); err != nil {
		t.Fatal(err)
	}
	path := save(t, "a.png", b.Bytes())
	r := &interruptible{ctx, bytes.NewReader(b.Bytes())}
	if _, err := r.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := r.Read(make([]byte, 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v while reading, want %v", err, context.Canceled)
	}
	if _, err := Read(ctx, path, MaxPixels); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if _, err := ReadFolder(ctx, strokes(t, t.TempDir(), 3), FolderOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
