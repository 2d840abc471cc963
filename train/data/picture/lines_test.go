package picture

import (
	"math"
	"testing"
)

// paint adds the pixels for which f is true.
func (m *mask) paint(f func(x, y float64) bool) {
	for k := range m.in {
		if f(float64(k%m.width)+0.5, float64(k/m.width)+0.5) {
			m.in[k] = true
		}
	}
}

// TestLines finds ruled lines at several angles and leaves a thick stroke where it crosses them.
func TestLines(t *testing.T) {
	for _, degrees := range []float64{0, 3, -7, 30, 87, 90} {
		sin, cos := math.Sincos(degrees * math.Pi / 180)
		m := newMask(200, 200)
		for _, offset := range []float64{-40, 20} {
			m.paint(func(x, y float64) bool { return math.Abs(cos*(y-100)-sin*(x-100)-offset) < 1 })
		}
		stroke := func(x, y float64) bool {
			along, across := cos*(x-100)+sin*(y-100), cos*(y-100)-sin*(x-100)
			return math.Abs(along) < 8 && math.Abs(across) < 55
		}
		m.paint(stroke)
		removed := newMask(200, 200)
		lines := m.lines()
		for _, l := range lines {
			for _, k := range l.pixels {
				removed.in[k] = true
			}
		}
		left, lost := 0, 0
		for k, in := range m.in {
			switch s := stroke(float64(k%200)+0.5, float64(k/200)+0.5); {
			case s && removed.in[k]:
				lost++
			case !s && in && !removed.in[k]:
				left++
			}
		}
		// Two lines have about 800 pixels. Next to the stroke some are taken for a part of it; of an
		// oblique line, single ones stay.
		if len(lines) != 2 || left > 120 || lost > 20 {
			t.Errorf("%v degrees: %d lines, %d of their pixels are left, and %d of the stroke are lost", degrees, len(lines), left, lost)
		}
	}
}

// TestStrokesAreNoLines checks what a line is not: short, thick, curved, interrupted.
func TestStrokesAreNoLines(t *testing.T) {
	for name, f := range map[string]func(x, y float64) bool{
		"short":       func(x, y float64) bool { return math.Abs(y-100) < 1 && math.Abs(x-100) < 35 },
		"thick":       func(x, y float64) bool { return math.Abs(y-100) < 6 },
		"curved":      func(x, y float64) bool { return math.Abs(math.Hypot(x-100, y-100)-70) < 1 },
		"interrupted": func(x, y float64) bool { return math.Abs(y-100) < 1 && math.Mod(x, 20) < 10 },
	} {
		m := newMask(200, 200)
		m.paint(f)
		if lines := m.lines(); len(lines) != 0 {
			t.Errorf("%s: %d lines from %v to %v", name, len(lines), lines[0].from, lines[0].to)
		}
	}
}
