package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkstone/train/data/digits"
	"inkstone/train/data/picture"
)

// writePNG writes a picture and returns the name of the file.
func writePNG(t *testing.T, img image.Image) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "picture.png")
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRow reads two digits side by side, and shows what the network saw.
func TestRow(t *testing.T) {
	model := trainedModel(t, "lenet5")
	pixels, labels := digits.Generate(99, 2)
	two := image.NewGray(image.Rect(0, 0, 300, 130))
	for i := range 2 {
		one := enlarged(pixels[i*784 : (i+1)*784])
		for y := range 130 {
			for x := range 150 {
				two.Set(150*i+x, y, one.At(x, y))
			}
		}
	}
	file, show := writePNG(t, two), filepath.Join(t.TempDir(), "seen.png")
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-model", model, "-json", "-show", show, file}, &out, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	var p prediction
	if err := json.Unmarshal(out.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if want := string('0'+rune(labels[0])) + string('0'+rune(labels[1])); p.Label != want || len(p.Characters) != 2 || p.Probabilities != nil {
		t.Errorf("%s was read as %+v", want, p)
	}
	for _, c := range p.Characters {
		sum := 0.0
		for _, probability := range c.Probabilities {
			sum += probability
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("the probabilities of %s sum to %v", c.Label, sum)
		}
	}

	f, err := os.Open(show)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	images, err := picture.Find(two)
	if err != nil {
		t.Fatal(err)
	}
	if size := sheet.Bounds().Size(); size != image.Pt(2*116, 116) {
		t.Fatalf("the sheet has %v pixels", size)
	}
	for i, img := range images.Row {
		for y := range 28 {
			for x := range 28 {
				if got, want := sheet.At(116*i+2+4*x, 2+4*y), img.GrayAt(x, y); got != want {
					t.Fatalf("image %d has %v at %d, %d, the network saw %v", i, got, x, y, want)
				}
			}
		}
	}
}

// TestDoubtful warns of a picture that is cut off, and says so in JSON.
func TestDoubtful(t *testing.T) {
	model := trainedModel(t, "lenet5")
	pixels, _ := digits.Generate(99, 1)
	cut := enlarged(pixels).(*image.Gray).SubImage(image.Rect(0, 0, 150, 60))
	file := writePNG(t, cut)
	var out, warnings bytes.Buffer
	if err := run(t.Context(), []string{"-model", model, file}, &out, &warnings); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "doubtful") || !strings.HasPrefix(warnings.String(), "warning: "+file) || !strings.Contains(warnings.String(), "border") {
		t.Errorf("printed %q and %q", out.String(), warnings.String())
	}
	out.Reset()
	if err := run(t.Context(), []string{"-model", model, "-json", file}, &out, &warnings); err != nil {
		t.Fatal(err)
	}
	var p prediction
	if err := json.Unmarshal(out.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(p.Doubts, func(d string) bool { return strings.Contains(d, "border") }) {
		t.Errorf("doubts %q", p.Doubts)
	}
}

func TestMaxMegapixels(t *testing.T) {
	model := trainedModel(t, "lenet5")
	img := image.NewPaletted(image.Rect(0, 0, 2048, 1024), color.Palette{color.White, color.Black})
	for y := 200; y < 800; y++ {
		for x := 1000; x < 1100; x++ {
			img.SetColorIndex(x, y, 1)
		}
	}
	file := writePNG(t, img)
	if err := run(t.Context(), []string{"-model", model, "-max-megapixels", "1", file}, &bytes.Buffer{}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "2048 x 1024") {
		t.Errorf("error %v", err)
	}
	if err := run(t.Context(), []string{"-model", model, "-max-megapixels", "2", file}, &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Error(err)
	}
}
