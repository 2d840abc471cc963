package digits

import (
	"math"
	"testing"
)

// trail returns the path of a stroke in the notation of the tables.
func trail(t *testing.T, text string) []sample {
	t.Helper()
	s, err := parseStroke(text)
	if err != nil {
		t.Fatal(err)
	}
	return appendCurve(nil, s.points, s.corner)
}

func TestCurvePassesThroughItsPoints(t *testing.T) {
	const text = "6,22 28,2 56,8! 38,70 80,94"
	path := trail(t, text)
	s, _ := parseStroke(text)
	for _, p := range s.points {
		nearest := math.Inf(1)
		for _, q := range path {
			nearest = min(nearest, distance(p, q.point))
		}
		if nearest > 1e-9 {
			t.Errorf("the curve misses its point %v by %g", p, nearest)
		}
	}
	for i := range path {
		if path[i].start != (i == 0) {
			t.Errorf("sample %d: start is %t", i, path[i].start)
		}
		if i > 0 && distance(path[i-1].point, path[i].point) > 2*step {
			t.Errorf("samples %d and %d are %g apart, want about %g", i-1, i, distance(path[i-1].point, path[i].point), step)
		}
	}
}

func TestCurveOfALineIsStraight(t *testing.T) {
	for _, q := range trail(t, "0,0 10,20 40,80! 50,100") {
		if math.Abs(q.y-2*q.x) > 1e-9 {
			t.Errorf("%v is off the line y = 2x", q.point)
		}
	}
}

// Two straight strokes that meet in a corner stay straight. Without the corner they bend.
func TestCurveCorner(t *testing.T) {
	deviation := func(text string) (worst float64) {
		for _, q := range trail(t, text) {
			worst = max(worst, min(math.Abs(q.y), math.Abs(q.x-50)))
		}
		return worst
	}
	if d := deviation("0,0 50,0! 50,50"); d > 1e-9 {
		t.Errorf("a sharp corner is rounded by %g, want 0", d)
	}
	if d := deviation("0,0 50,0 50,50"); d < 1 {
		t.Errorf("a smooth bend is rounded by %g, want at least 1", d)
	}
}

// Points that coincide must not make the curve infinite.
func TestCurveOfCoincidentPoints(t *testing.T) {
	for _, q := range trail(t, "5,5 5,5 5,5 10,10") {
		if !(q.x > -100 && q.x < 100 && q.y > -100 && q.y < 100) {
			t.Errorf("sample at %v, want coordinates within 100 of 0", q.point)
		}
	}
}
