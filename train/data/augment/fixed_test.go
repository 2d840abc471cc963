package augment

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

// distorted distorts an image of height x width pixels.
func distorted(t *testing.T, d Distortion, src []byte, height, width int) []byte {
	t.Helper()
	f, err := d.New(height, width)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]byte, len(src))
	if err := f.Apply(dst, src, 7); err != nil {
		t.Fatal(err)
	}
	return dst
}

func TestDistortion(t *testing.T) {
	src := make([]byte, 25) // an L in 5 x 5 pixels
	for _, i := range []int{6, 11, 16, 17} {
		src[i] = 200
	}
	for _, tc := range []struct {
		name string
		d    Distortion
		want map[int]byte // pixels other than 0
	}{
		{"nothing", Distortion{}, map[int]byte{6: 200, 11: 200, 16: 200, 17: 200}},
		{"shift", Distortion{Right: 1, Down: -1}, map[int]byte{2: 200, 7: 200, 12: 200, 13: 200}},
		{"half a pixel", Distortion{Right: 0.5}, map[int]byte{6: 100, 7: 100, 11: 100, 12: 100, 16: 100, 17: 200, 18: 100}},
		{"quarter turn", Distortion{Rotation: 90}, map[int]byte{16: 200, 17: 200, 18: 200, 13: 200}},
		{"thinner", Distortion{Thickness: -1}, nil},
		{"thicker", Distortion{Thickness: 1}, map[int]byte{
			1: 200, 5: 200, 6: 200, 7: 200, 10: 200, 11: 200, 12: 200, 15: 200, 16: 200, 17: 200, 18: 200, 21: 200, 22: 200}},
	} {
		want := make([]byte, 25)
		for i, v := range tc.want {
			want[i] = v
		}
		if got := distorted(t, tc.d, src, 5, 5); !bytes.Equal(got, want) {
			t.Errorf("%s gives %v, want %v", tc.name, got, want)
		}
	}
}

// A blurred point is the product of two Gaussians, and its sum stays the same.
func TestBlur(t *testing.T) {
	const side, sigma = 21, 1.5
	src := make([]byte, side*side)
	src[10*side+10] = 255
	got := distorted(t, Distortion{Blur: sigma}, src, side, side)
	sum := 0.0
	for x := -5; x <= 5; x++ {
		sum += math.Exp(-float64(x*x) / (2 * sigma * sigma))
	}
	for y := range side {
		for x := range side {
			dx, dy := float64(x-10), float64(y-10)
			want := 255 * math.Exp(-(dx*dx+dy*dy)/(2*sigma*sigma)) / (sum * sum)
			if math.Abs(want-float64(got[y*side+x])) > 1 {
				t.Errorf("pixel %d, %d is %d, want %.2f", x, y, got[y*side+x], want)
			}
		}
	}
}

// The deviation of the noise is the given one, and one seed gives the same noise.
func TestFixedNoise(t *testing.T) {
	src := bytes.Repeat([]byte{128}, 100*100)
	got := distorted(t, Distortion{Noise: 0.1}, src, 100, 100)
	if !bytes.Equal(got, distorted(t, Distortion{Noise: 0.1}, src, 100, 100)) {
		t.Error("the noise of one seed differs")
	}
	sum := 0.0
	for _, v := range got {
		sum += (float64(v) - 128) * (float64(v) - 128)
	}
	// The standard error of the deviation of 10,000 pixels is 0.7 %.
	if deviation := math.Sqrt(sum / float64(len(got))); math.Abs(deviation-25.5) > 0.6 {
		t.Errorf("the deviation is %.2f, want 25.5", deviation)
	}
}

func TestDistortionRefusals(t *testing.T) {
	for want, d := range map[string]Distortion{
		"blur of -1": {Blur: -1}, "blur of NaN": {Blur: math.NaN()}, "rotate of 181": {Rotation: -181}, "shift of 29": {Down: -29},
		"noise of 2": {Noise: 2}, "thickness of 5": {Thickness: -5},
	} {
		if _, err := d.New(28, 28); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error is %v, want %q", d, err, want)
		}
	}
	f, err := Distortion{}.New(2, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Apply(make([]byte, 4), make([]byte, 3), 0); err == nil {
		t.Error("no error for a source that is too short")
	}
}
