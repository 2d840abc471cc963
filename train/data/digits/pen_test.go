package digits

import (
	"math"
	"testing"

	"inkstone/internal/random"
)

// A horizontal stroke of radius 1.5 on the line between two rows has three pixels of ink in
// every column, for any softness.
func TestInkCoverage(t *testing.T) {
	path := []sample{
		{point: point{4, 10}, radius: 1.5, start: true},
		{point: point{16, 10}, radius: 1.5},
	}
	rng := newSource(1, random.DigitImages, 0)
	for _, softness := range []float64{0.5, 1} {
		var g paper
		g.ink(&rng, path, pen{softness: softness, gain: 1})
		for x := 5; x < 15; x++ {
			var sum float64
			for y := range g {
				sum += g[y][x]
			}
			if math.Abs(sum-3) > 1e-9 {
				t.Errorf("softness %g, column %d: ink %g, want 3", softness, x, sum)
			}
		}
		if g[10][1] != 0 || g[10][18] != 0 || g[5][10] != 0 {
			t.Errorf("softness %g: ink outside of the stroke", softness)
		}
	}
}

// There is no ink between strokes.
func TestInkLeavesGaps(t *testing.T) {
	path := []sample{
		{point: point{3, 3}, radius: 1, start: true}, {point: point{3, 6}, radius: 1},
		{point: point{16, 12}, radius: 1, start: true}, {point: point{16, 16}, radius: 1},
	}
	rng := newSource(1, random.DigitImages, 0)
	var g paper
	g.ink(&rng, path, pen{softness: 1, gain: 1})
	if g[4][3] == 0 || g[14][16] == 0 {
		t.Error("a stroke is missing")
	}
	if g[9][9] != 0 {
		t.Error("ink between the strokes")
	}
}

func TestToneIsMonotone(t *testing.T) {
	rng := newSource(1, random.DigitImages, 0)
	p := pen{gain: 1}
	last := -1.0
	for c := 0.0; c <= 1; c += 0.125 {
		v := p.tone(&rng, c)
		if v <= last || v < 0 || v > 1 {
			t.Errorf("tone(%g) is %g after %g", c, v, last)
		}
		last = v
	}
	if last != 1 {
		t.Errorf("tone(1) is %g, want 1", last)
	}
}
