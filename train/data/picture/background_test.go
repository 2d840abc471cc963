package picture

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestBackground has a stroke across the hard edge of a shadow. The stroke is filled with the
// paper's or the shadow's brightness, and the edge stays where it is.
func TestBackground(t *testing.T) {
	p := newPlane(60, 60)
	clean := newPlane(60, 60)
	for k := range p.value {
		x, y := k%60, k/60
		clean.value[k] = 0.9
		if x < 30 {
			clean.value[k] = 0.4
		}
		p.value[k] = clean.value[k]
		if y >= 28 && y < 32 && x >= 15 && x < 45 {
			p.value[k] = clean.value[k] / 5
		}
	}
	got := p.background(20)
	for k := range got.value {
		// The means over 3 x 3 pixels blur the edge and widen the stroke by a pixel.
		if x := k % 60; x >= 28 && x < 32 {
			continue
		}
		if d := math.Abs(got.value[k] - clean.value[k]); d > 1e-9 {
			t.Fatalf("at %d, %d the background is %.3f, want %.3f", k%60, k/60, got.value[k], clean.value[k])
		}
	}
}

// TestSlope checks that an even slope is background in every pixel, also at its dark end.
func TestSlope(t *testing.T) {
	p := newPlane(50, 30)
	for k := range p.value {
		p.value[k] = 0.9 - 0.01*float64(k%50) - 0.005*float64(k/50)
	}
	for k, b := range p.background(12).value {
		if d := math.Abs(b - p.value[k]); d > 0.011 {
			t.Fatalf("at %d, %d the background differs by %.3f", k%50, k/50, d)
		}
	}
}

// TestExtreme compares the moving maxima and minima with a search of each window.
func TestExtreme(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		p := newPlane(1+r.IntN(20), 1+r.IntN(20))
		for k := range p.value {
			p.value[k] = float64(r.IntN(10))
		}
		radius := r.IntN(12)
		largest, smallest := p.extreme(radius, false), p.extreme(radius, true)
		for k := range p.value {
			high, low := math.Inf(-1), math.Inf(1)
			for n, v := range p.value {
				if dx, dy := n%p.width-k%p.width, n/p.width-k/p.width; max(dx, -dx, dy, -dy) <= radius {
					high, low = max(high, v), min(low, v)
				}
			}
			if largest.value[k] != high || smallest.value[k] != low {
				t.Fatalf("%d x %d, radius %d, pixel %d: %v and %v, want %v and %v", p.width, p.height, radius, k, largest.value[k], smallest.value[k], high, low)
			}
		}
	}
}

func TestBlur(t *testing.T) {
	p := &plane{3, 2, []float64{1, 2, 3, 4, 5, 9}}
	want := []float64{3, 4, 4.75, 3, 4, 4.75} // means over 2 x 2, 3 x 2 and 2 x 2 pixels
	for k, v := range p.blur(1).value {
		if math.Abs(v-want[k]) > 1e-12 {
			t.Errorf("pixel %d: %v, want %v", k, v, want[k])
		}
	}
}
