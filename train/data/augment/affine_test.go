package augment

import (
	"math"
	"slices"
	"testing"

	"inkstone/internal/interpolate"
)

// unchanged is the identity map.
var unchanged = affine{scaleX: 1, scaleY: 1}

func TestResampleTable(t *testing.T) {
	image := []byte{
		1, 2, 3,
		4, 5, 6,
		7, 8, 9,
	}
	with := func(change func(*affine)) affine {
		m := unchanged
		change(&m)
		return m
	}
	for _, test := range []struct {
		name string
		t    affine
		want []byte
	}{
		{"identity", unchanged, image},
		{"right", with(func(m *affine) { m.shiftX = 1 }), []byte{0, 1, 2, 0, 4, 5, 0, 7, 8}},
		{"up", with(func(m *affine) { m.shiftY = -1 }), []byte{4, 5, 6, 7, 8, 9, 0, 0, 0}},
		// Half a pixel: the mean of two neighbors, rounded up: (0+1)/2, (1+2)/2, ...
		{"half", with(func(m *affine) { m.shiftX = 0.5 }), []byte{1, 2, 3, 2, 5, 6, 4, 8, 9}},
		// A quarter: 3/4 of the pixel and 1/4 of its left neighbor.
		{"quarter", with(func(m *affine) { m.shiftX = 0.25 }), []byte{1, 2, 3, 3, 5, 6, 5, 8, 9}},
		{"counterclockwise", with(func(m *affine) { m.angle = 90 }), []byte{3, 6, 9, 2, 5, 8, 1, 4, 7}},
		{"clockwise", with(func(m *affine) { m.angle = -90 }), []byte{7, 4, 1, 8, 5, 2, 9, 6, 3}},
		{"half turn", with(func(m *affine) { m.angle = 180 }), []byte{9, 8, 7, 6, 5, 4, 3, 2, 1}},
		// The row above the middle moves right, the row below it moves left.
		{"shear", with(func(m *affine) { m.shear = 1 }), []byte{0, 1, 2, 4, 5, 6, 8, 9, 0}},
		// Twice as wide: a pixel has the value at half its distance from the middle, (1+2)/2, 2, (2+3)/2.
		{"wide", with(func(m *affine) { m.scaleX = 2 }), []byte{2, 2, 3, 5, 5, 6, 8, 8, 9}},
		{"high", with(func(m *affine) { m.scaleY = 2 }), []byte{3, 4, 5, 4, 5, 6, 6, 7, 8}},
		// Half as wide: the neighbors of the middle have the value two pixels away, background.
		{"narrow", with(func(m *affine) { m.scaleX = 0.5 }), []byte{0, 2, 0, 0, 5, 0, 0, 8, 0}},
		{"rotated, then shifted", with(func(m *affine) { m.angle, m.shiftX = 90, 1 }), []byte{0, 3, 6, 0, 2, 5, 0, 1, 4}},
		{"sheared, then rotated", with(func(m *affine) { m.angle, m.shear = 90, 1 }), []byte{2, 6, 0, 1, 5, 9, 0, 4, 8}},
		{"scaled, then sheared", with(func(m *affine) { m.scaleX, m.shear = 2, 1 }), []byte{1, 2, 2, 5, 5, 6, 8, 9, 9}},
	} {
		a := newAugmenter(t, Options{Shift: 1}, 3, 3)
		interpolate.FillFrame(a.frame, image, a.width)
		got := make([]byte, len(image))
		a.resample(got, test.t.inverse(3, 3))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// TestResampleReference compares resample with interpolation in float64.
func TestResampleReference(t *testing.T) {
	const height, width = 9, 14
	image := noisy(height, width)
	at := func(x, y int) float64 {
		if x < 0 || x >= width || y < 0 || y >= height {
			return 0
		}
		return float64(image[y*width+x])
	}
	a := newAugmenter(t, Options{Shift: 1}, height, width)
	interpolate.FillFrame(a.frame, image, a.width)
	got := make([]byte, len(image))
	for _, m := range []affine{
		{shiftX: 1.3, shiftY: -0.7, scaleX: 1, scaleY: 1},
		{angle: 33, scaleX: 1.2, scaleY: 0.8, shear: 0.3},
		{shiftX: -2.6, angle: -170, scaleX: 0.5, scaleY: 1.9, shear: -0.5},
	} {
		inv := m.inverse(height, width)
		a.resample(got, inv)
		for i := range got {
			px, py := float64(i%width), float64(i/width)
			sx, sy := inv.xx*px+inv.xy*py+inv.x0, inv.yx*px+inv.yy*py+inv.y0
			x, y := int(math.Floor(sx)), int(math.Floor(sy))
			fx, fy := sx-math.Floor(sx), sy-math.Floor(sy)
			want := (at(x, y)*(1-fx)+at(x+1, y)*fx)*(1-fy) + (at(x, y+1)*(1-fx)+at(x+1, y+1)*fx)*fy
			// Weights in 256ths are off by up to 1/512 along each axis, times a step of up to 255,
			// and the result is rounded.
			if math.Abs(float64(got[i])-want) > 0.5+2*255.0/512 {
				t.Errorf("%+v, pixel %d: got %d, want %.3f", m, i, got[i], want)
			}
		}
	}
}

// TestInverse checks that the inverse map undoes the map.
func TestInverse(t *testing.T) {
	m := affine{shiftX: 3, shiftY: -2, angle: 25, scaleX: 1.3, scaleY: 0.7, shear: 0.4}
	inv := m.inverse(20, 30)
	sin, cos := math.Sincos(25 * math.Pi / 180)
	for _, p := range [][2]float64{{0, 0}, {29, 19}, {14.5, 9.5}, {3, 17}} {
		x, y := 1.3*(p[0]-14.5), 0.7*(p[1]-9.5)
		x -= 0.4 * y
		x, y = cos*x+sin*y+14.5+3, -sin*x+cos*y+9.5-2
		backX, backY := inv.xx*x+inv.xy*y+inv.x0, inv.yx*x+inv.yy*y+inv.y0
		if math.Hypot(backX-p[0], backY-p[1]) > 1e-12 {
			t.Errorf("the inverse maps %v to (%v, %v)", p, backX, backY)
		}
	}
}
