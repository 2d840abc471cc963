package picture_test

import (
	"context"
	"image"
	"image/color"
	"math"
	"os"
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
