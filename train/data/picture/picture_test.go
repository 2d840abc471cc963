package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seven returns a 7 in MNIST's form: a bar and a slanted stroke, 20 pixels high, with soft
// edges and the center of mass within a pixel of the middle.
func seven() *image.Gray {
	img := image.NewGray(image.Rect(0, 0, Size, Size))
	segment := func(x0, y0, x1, y1 float64) {
		for k := range img.Pix {
			x, y := float64(k%Size)+0.5-x0, float64(k/Size)+0.5-y0
			dx, dy := x1-x0, y1-y0
			t := min(max((x*dx+y*dy)/(dx*dx+dy*dy), 0), 1)
			distance := math.Hypot(x-t*dx, y-t*dy)
			img.Pix[k] = max(img.Pix[k], uint8(255*min(max(2-distance, 0), 1)))
		}
	}
	segment(10, 9, 19, 9)
	segment(19, 9, 12, 25)
	return img
}

// enlarge returns the picture enlarged n times with a margin around it. shade returns the
// brightness of a pixel for the ink of the original and the position, each from 0 to 1.
func enlarge(src *image.Gray, n, margin int, shade func(ink, x, y float64) float64) *image.Gray {
	side := Size*n + 2*margin
	img := image.NewGray(image.Rect(0, 0, side, side))
	for k := range img.Pix {
		x, y := k%side, k/side
		ink := 0.0
		if at := image.Pt((x-margin+n)/n-1, (y-margin+n)/n-1); at.In(src.Bounds()) {
			ink = float64(src.GrayAt(at.X, at.Y).Y) / 255
		}
		level := shade(ink, float64(x)/float64(side), float64(y)/float64(side))
		img.Pix[k] = uint8(math.Round(255 * min(max(level, 0), 1)))
	}
	return img
}

// difference returns the mean absolute difference of two pictures on a scale of 0 to 1.
func difference(a, b *image.Gray) float64 {
	sum := 0.0
	for k := range a.Pix {
		sum += math.Abs(float64(a.Pix[k]) - float64(b.Pix[k]))
	}
	return sum / 255 / float64(len(a.Pix))
}

// variants returns pictures of the same digit under different conditions. The noise is seeded.
func variants(src *image.Gray) map[string]image.Image {
	random := rand.New(rand.NewPCG(1, 2))
	return map[string]image.Image{
		"itself":   src,
		"inverted": enlarge(src, 1, 0, func(ink, _, _ float64) float64 { return 1 - ink }),
		"large":    enlarge(src, 10, 0, func(ink, _, _ float64) float64 { return ink }),
		"on paper": enlarge(src, 10, 37, func(ink, _, _ float64) float64 { return 1 - ink }),
		"on a gradient": enlarge(src, 10, 30, func(ink, x, _ float64) float64 {
			return (0.9 - 0.5*x) * (1 - 0.8*ink)
		}),
		"photographed": enlarge(src, 12, 40, func(ink, x, y float64) float64 {
			return (0.9-0.4*x-0.2*y*y)*(1-0.7*ink) + 0.02*random.NormFloat64()
		}),
		"faint on black": enlarge(src, 7, 11, func(ink, _, _ float64) float64 { return 0.1 + 0.3*ink }),
	}
}

func TestFromImage(t *testing.T) {
	src := seven()
	for name, img := range variants(src) {
		t.Run(name, func(t *testing.T) {
			got, err := FromImage(img)
			if err != nil {
				t.Fatal(err)
			}
			limit := 0.03
			if name == "itself" || name == "inverted" {
				limit = 0
			}
			if d := difference(got, src); d > limit {
				t.Errorf("differs by %.4f, want at most %.2f", d, limit)
			}
		})
	}
}

// TestForm checks the size and the position of the ink for rectangles.
func TestForm(t *testing.T) {
	for _, r := range []image.Rectangle{
		image.Rect(40, 40, 60, 160), image.Rect(0, 0, 3, 90), image.Rect(100, 150, 190, 199), image.Rect(9, 9, 12, 12),
	} {
		img := image.NewGray(image.Rect(0, 0, 200, 200))
		for k := range img.Pix {
			img.Pix[k] = 240
			if image.Pt(k%200, k/200).In(r) {
				img.Pix[k] = 20
			}
		}
		got, err := FromImage(img)
		if err != nil {
			t.Errorf("%v: %v", r, err)
			continue
		}
		p := reduce(got).gray()
		area := p.extent(0.5)
		if max(area.Dx(), area.Dy()) != box {
			t.Errorf("%v: ink in %v, want its longer side %d", r, area, box)
		}
		if x, y := p.massCenter(); math.Abs(x-middle) > 0.51 || math.Abs(y-middle) > 0.51 {
			t.Errorf("%v: center of mass at %.2f, %.2f, want within half a pixel of %.1f", r, x, y, middle)
		}
	}
}

func TestTransparent(t *testing.T) {
	src := seven()
	for name, ink := range map[string]uint8{"black ink": 0, "white ink": 255} {
		img := image.NewNRGBA(image.Rect(0, 0, Size*4, Size*4))
		for y := range Size * 4 {
			for x := range Size * 4 {
				img.SetNRGBA(x, y, color.NRGBA{ink, ink, ink, src.GrayAt(x/4, y/4).Y})
			}
		}
		got, err := FromImage(img)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if d := difference(got, src); d > 0.03 {
			t.Errorf("%s: differs by %.4f", name, d)
		}
	}

	// A page whose corner is transparent. The corner is not ink.
	page := image.NewNRGBA(image.Rect(0, 0, Size*4, Size*4))
	for y := range Size * 4 {
		for x := range Size * 4 {
			v := 255 - src.GrayAt(x/4, y/4).Y
			if x+y > 8 {
				page.SetNRGBA(x, y, color.NRGBA{v, v, v, 255})
			}
		}
	}
	got, err := FromImage(page)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(got, src); d > 0.03 {
		t.Errorf("page without corners: differs by %.4f", d)
	}
}

// TestSpecks checks that dust does not enlarge the box and that a dot of the character stays.
func TestSpecks(t *testing.T) {
	src := seven()
	img := enlarge(src, 8, 30, func(ink, _, _ float64) float64 { return 1 - ink })
	for _, at := range []image.Point{{3, 3}, {270, 260}, {5, 250}} {
		img.SetGray(at.X, at.Y, color.Gray{Y: 0})
		img.SetGray(at.X+1, at.Y, color.Gray{Y: 0})
	}
	got, err := FromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(got, src); d > 0.03 {
		t.Errorf("the difference with dust is %.4f, want at most 0.03", d)
	}

	dotted := image.NewGray(image.Rect(0, 0, 100, 100))
	for k := range dotted.Pix {
		p := image.Pt(k%100, k/100)
		if p.In(image.Rect(45, 40, 53, 80)) || p.In(image.Rect(45, 20, 53, 28)) {
			dotted.Pix[k] = 255
		}
	}
	if got, err = FromImage(dotted); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for y := range Size {
		if bytes.ContainsFunc(got.Pix[y*Size:(y+1)*Size], func(r rune) bool { return r > 64 }) {
			rows++
		}
	}
	if rows >= 20 || rows < 15 {
		t.Errorf("ink in %d rows, want a dot, a gap and a bar in 20", rows)
	}
}

func TestBlank(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	white := func(_, _, _ float64) float64 { return 1 }
	blanks := map[string]image.Image{
		"white":       enlarge(seven(), 3, 0, white),
		"one pixel":   image.NewGray(image.Rect(0, 0, 1, 1)),
		"28 x 28":     image.NewGray(image.Rect(0, 0, Size, Size)),
		"transparent": image.NewNRGBA(image.Rect(0, 0, 50, 40)),
		"a gradient":  enlarge(seven(), 5, 0, func(_, x, y float64) float64 { return 0.8 - 0.3*x - 0.1*y }),
		"noise":       enlarge(seven(), 5, 0, func(_, _, _ float64) float64 { return 0.6 + 0.03*random.NormFloat64() }),
	}
	for name, img := range blanks {
		if got, err := FromImage(img); !errors.Is(err, ErrBlank) {
			t.Errorf("%s: got %v, error %v, want %v", name, got, err, ErrBlank)
		}
	}
	for name, img := range map[string]image.Image{"nil": nil, "empty": image.NewGray(image.Rect(0, 0, 0, 5))} {
		if _, err := FromImage(img); err == nil || !strings.Contains(err.Error(), "no pixels") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestRead(t *testing.T) {
	src, dir := seven(), t.TempDir()
	large := enlarge(src, 10, 20, func(ink, _, _ float64) float64 { return 1 - ink })
	var asPNG, asJPEG bytes.Buffer
	if err := png.Encode(&asPNG, src); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&asJPEG, large, nil); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"good.png": asPNG.Bytes(), "good.jpg": asJPEG.Bytes(),
		"empty.png": nil, "text.png": []byte("hello"), "broken.png": asPNG.Bytes()[:asPNG.Len()/2],
		"huge.png": hugePNG(),
	}
	var blank bytes.Buffer
	if err := png.Encode(&blank, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	files["blank.png"] = blank.Bytes()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, limit := range map[string]float64{"good.png": 0, "good.jpg": 0.03} {
		got, err := Read(t.Context(), filepath.Join(dir, name), MaxPixels)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if d := difference(got.Image, src); d > limit {
			t.Errorf("%s: differs by %.4f, want at most %.2f", name, d, limit)
		}
	}
	for name, want := range map[string]string{
		"empty.png": "not a PNG", "text.png": "not a PNG", "broken.png": "damaged",
		"huge.png": "100000 x 100000 pixels", "blank.png": "blank",
	} {
		_, err := Read(t.Context(), filepath.Join(dir, name), MaxPixels)
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", name, err, want)
		}
	}
	if _, err := Read(t.Context(), filepath.Join(dir, "missing.png"), MaxPixels); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "missing.png") {
		t.Errorf("missing file: error %v", err)
	}
}

// hugePNG returns the beginning of a PNG file of 100,000 x 100,000 gray pixels.
func hugePNG() []byte {
	header := []byte("IHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x00\x00\x00\x00")
	file := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	return binary.BigEndian.AppendUint32(append(file, header...), crc32.ChecksumIEEE(header))
}
