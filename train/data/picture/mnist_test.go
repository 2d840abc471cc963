package picture_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"inkstone/train/data/mnist"
	"inkstone/train/data/picture"
)

// TestMNIST converts images of the training set, unchanged and as dark ink on unevenly lit
// paper, and compares the results with the images.
func TestMNIST(t *testing.T) {
	if os.Getenv(mnist.Env) == "" {
		t.Skipf("%s is not set", mnist.Env)
	}
	train, _, err := mnist.Load(context.Background(), mnist.Options{Name: "mnist", Offline: true, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	same, photo := 0.0, 0.0
	for i := range train.Len() {
		src := train.Image(i)
		paper := image.NewGray(image.Rect(0, 0, 320, 320))
		for k := range paper.Pix {
			x, y := k%320, k/320
			ink := 0.0
			if x >= 20 && y >= 20 && x < 300 && y < 300 {
				ink = float64(src.GrayAt((x-20)/10, (y-20)/10).Y) / 255
			}
			light := 0.9 - 0.4*float64(x)/320 - 0.1*float64(y)/320
			paper.SetGray(x, y, color.Gray{Y: uint8(255 * light * (1 - 0.8*ink))})
		}
		same += distance(t, src, src)
		photo += distance(t, paper, src)
	}
	// For comparison: ink covers 13 % of an image, and a shift by one pixel makes a difference
	// of 0.08.
	n := float64(train.Len())
	if same/n > 0.003 || photo/n > 0.02 {
		t.Errorf("mean difference %.4f unchanged and %.4f on paper, want at most 0.003 and 0.02", same/n, photo/n)
	}
}

// distance returns the mean absolute difference between the result of FromImage for img and
// want, on a scale of 0 to 1.
func distance(t *testing.T, img image.Image, want *image.Gray) float64 {
	t.Helper()
	got, err := picture.FromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for k := range got.Pix {
		sum += math.Abs(float64(got.Pix[k])-float64(want.Pix[k])) / 255
	}
	return sum / float64(len(got.Pix))
}

// TestMNISTAsPNG writes the test set as PNG files. At most 10 of 10,000 may come back changed, so
// that a network scores within 0.1 points of what it scores on the set itself.
func TestMNISTAsPNG(t *testing.T) {
	if os.Getenv(mnist.Env) == "" {
		t.Skipf("%s is not set", mnist.Env)
	}
	_, test, err := mnist.Load(t.Context(), mnist.Options{Name: "mnist", Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "digit.png")
	changed := 0
	for i := range test.Len() {
		var b bytes.Buffer
		if err := png.Encode(&b, test.Image(i)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := picture.Read(t.Context(), path, picture.MaxPixels)
		if err != nil || !bytes.Equal(p.Image.Pix, test.Pixels(i)) {
			changed++
		}
	}
	if changed > 10 {
		t.Errorf("%d of %d images are changed, want at most 10", changed, test.Len())
	}
}
