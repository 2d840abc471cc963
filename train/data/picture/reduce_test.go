package picture

import (
	"image"
	"image/color"
	"math"
	"runtime"
	"testing"
)

func TestReduce(t *testing.T) {
	// Squares of 3 x 3 pixels become one: 2100 pixels need a factor of 3.
	img := image.NewRGBA(image.Rect(-5, 7, 2095, 11))
	for x := range 2100 {
		for y := range 4 {
			img.SetRGBA(x-5, y+7, color.RGBA{uint8(x % 3 * 30), uint8(y * 10), 200, 255})
		}
	}
	c := reduce(img)
	if c.width != 700 || c.height != 2 {
		t.Fatalf("%d x %d pixels, want 700 x 2", c.width, c.height)
	}
	for y, green := range []float64{10, 30} { // the means of 0, 10, 20 and of 30
		for i, want := range []float64{30, green, 200} {
			if got := float64(c.planes[i][y*700+350]); math.Abs(255*got-want) > 1e-3 {
				t.Errorf("row %d, color %d: %v, want %v", y, i, 255*got, want)
			}
		}
	}
}

// TestSixteenBit checks that 16-bit values which use only the lower bits are brightened, and
// others are not.
func TestSixteenBit(t *testing.T) {
	for highest, want := range map[uint16]float64{255: 1, 100: 100.0 / 255, 4095: 1, 3000: 3000.0 / 4095, 60000: 60000.0 / 65535} {
		img := image.NewGray16(image.Rect(0, 0, 2, 1))
		img.SetGray16(1, 0, color.Gray16{Y: highest})
		if got := float64(reduce(img).planes[1][1]); math.Abs(got-want) > 1e-4 {
			t.Errorf("the value %d becomes %v, want %v", highest, got, want)
		}
	}
	dark := image.NewGray(image.Rect(0, 0, 1, 1))
	dark.Pix[0] = 1
	if got := reduce(dark).planes[0][0]; math.Abs(float64(got)-1.0/255) > 1e-6 {
		t.Errorf("the 8-bit value 1 becomes %v", got)
	}
}

// TestReduceMemory checks that a large picture needs less than half a byte for each pixel.
func TestReduceMemory(t *testing.T) {
	img := image.NewYCbCr(image.Rect(0, 0, 8000, 6000), image.YCbCrSubsampleRatio420)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c := reduce(img)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 8000*6000/2 {
		t.Errorf("%d bytes for a picture of 48,000,000 pixels", n)
	}
	if c.width != 1000 || c.height != 750 {
		t.Errorf("%d x %d pixels", c.width, c.height)
	}
}
