package picture

import (
	"math"
	"testing"
)

// TestEqualLuminance tells colors of one brightness apart: a red bar on green, whose luminances
// differ by less than 1 % of the range.
func TestEqualLuminance(t *testing.T) {
	c := newColors(40, 40)
	for k := range c.planes[0] {
		red, green := float32(0.2), float32(0.45)
		if x := k % 40; x >= 18 && x < 22 {
			red, green = 0.8, 0.143
		}
		c.planes[0][k], c.planes[1][k], c.planes[2][k] = red, green, 0.2
	}
	p := c.gray()
	if d := math.Abs(p.value[20] - p.value[5]); d < 0.2 {
		t.Errorf("the bar differs from its background by %.3f, want at least 0.2", d)
	}
	luminance := func(k int) float64 {
		return 0.299*float64(c.planes[0][k]) + 0.587*float64(c.planes[1][k]) + 0.114*float64(c.planes[2][k])
	}
	if d := math.Abs(luminance(20) - luminance(5)); d > 0.01 {
		t.Errorf("the luminances differ by %.3f", d)
	}
}

func TestGray(t *testing.T) {
	c := newColors(3, 1)
	for i := range c.planes {
		c.planes[i] = []float32{0, 0.25, 1}
	}
	if p := c.gray(); p.value[0] != 0 || p.value[1] != 0.25 || p.value[2] != 1 {
		t.Errorf("a picture without color becomes %v", p.value)
	}
	c.planes[2][1] = 0.75 // bluish: brighter pixels must still be brighter
	if p := c.gray(); !(p.value[0] < p.value[1] && p.value[1] < p.value[2]) {
		t.Errorf("a bluish picture becomes %v", p.value)
	}
}
