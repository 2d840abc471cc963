package digits

import (
	"math"
	"testing"

	"inkstone/internal/random"
)

func TestRandomMoments(t *testing.T) {
	const n = 200000
	rng := newSource(1, random.DigitImages, 0)
	for _, d := range []struct {
		name           string
		draw           func() float64
		lo, hi         float64
		mean, variance float64
	}{
		{"unit", rng.unit, 0, 1, 0.5, 1.0 / 12},
		{"between(-1, 3)", func() float64 { return rng.between(-1, 3) }, -1, 3, 1, 16.0 / 12},
		{"bell", rng.bell, -2 * math.Sqrt(3), 2 * math.Sqrt(3), 0, 1},
		{"intN(10)", func() float64 { return float64(rng.intN(10)) }, 0, 9, 4.5, 99.0 / 12},
	} {
		var sum, squares float64
		for range n {
			x := d.draw()
			if x < d.lo || x > d.hi {
				t.Fatalf("%s: %g is outside [%g, %g]", d.name, x, d.lo, d.hi)
			}
			sum += x
			squares += x * x
		}
		mean := sum / n
		variance := squares/n - mean*mean
		// The seed is fixed. The tolerance is at least five standard errors of the mean, and the
		// standard error of the variance has the same order.
		tolerance := 5 * math.Sqrt(d.variance/n) * (1 + math.Sqrt(d.variance))
		if math.Abs(mean-d.mean) > tolerance || math.Abs(variance-d.variance) > 2*tolerance {
			t.Errorf("%s: mean %.4f, variance %.4f; want %.4f, %.4f", d.name, mean, variance, d.mean, d.variance)
		}
	}
}

func TestRandomStreamsDiffer(t *testing.T) {
	seen := map[uint64]bool{}
	for seed := range uint64(20) {
		for stream := range random.Stream(2) {
			for index := range uint64(20) {
				rng := newSource(seed, stream, index)
				x := rng.src.Uint64()
				if seen[x] {
					t.Fatalf("seed %d, stream %d, index %d begins with the number of another source", seed, stream, index)
				}
				seen[x] = true
			}
		}
	}
}
