package digits

import (
	"math"
	"testing"

	"inkstone/internal/random"
)

func TestBsplineWeights(t *testing.T) {
	for u := -0.7; u <= 0.7; u += 0.01 {
		cell, weight := bspline(u)
		if cell < 0 || cell >= warpCells {
			t.Fatalf("bspline(%g): cell %d, want 0 to %d", u, cell, warpCells-1)
		}
		var sum, mean float64
		for k, w := range weight {
			if w < 0 {
				t.Errorf("bspline(%g): weight %d is %g", u, k, w)
			}
			sum += w
			mean += w * float64(cell+k-1)
		}
		// The weights sum to 1 and their mean position is the coordinate, so a linear field is
		// reproduced.
		want := min(max(u+0.5, 0), 1) * warpCells
		if math.Abs(sum-1) > 1e-12 || math.Abs(mean-want) > 1e-12 {
			t.Errorf("bspline(%g): sum %g, mean %g; want 1, %g", u, sum, mean, want)
		}
	}
}

// Equal displacements at all nodes translate the page.
func TestWarpOfConstantFieldTranslates(t *testing.T) {
	var w warp
	for i := range w {
		for j := range w[i] {
			w[i][j] = point{0.25, -0.5}
		}
	}
	for _, p := range []point{{0, 0}, {-0.5, 0.5}, {0.3, -0.2}, {0.9, -0.9}} {
		if q := w.apply(p); math.Abs(q.x-p.x-0.25) > 1e-12 || math.Abs(q.y-p.y+0.5) > 1e-12 {
			t.Errorf("warp of %v is %v, want a shift by (0.25, -0.5)", p, q)
		}
	}
}

// Rotation and slant keep areas. The determinant is the aspect ratio.
func TestAffineDeterminant(t *testing.T) {
	rng := newSource(1, random.DigitImages, 0)
	for range 10000 {
		m := newAffine(&rng)
		if det := m.xx*m.yy - m.xy*m.yx; det < aspectLow-1e-9 || det > aspectHigh+1e-9 {
			t.Fatalf("%+v: determinant %g, want %g to %g", m, det, aspectLow, aspectHigh)
		}
	}
}
