package picture

import (
	"image"
	"slices"
	"testing"
)

// drawn returns the set of the pixels that are # in a drawing.
func drawn(rows ...string) *mask {
	m := newMask(len(rows[0]), len(rows))
	for y, row := range rows {
		for x, c := range row {
			m.in[y*m.width+x] = c == '#'
		}
	}
	return m
}

// full returns a plane with full ink in the pixels of a set.
func (m *mask) full() *plane {
	p := newPlane(m.width, m.height)
	for k, in := range m.in {
		if in {
			p.value[k] = 1
		}
	}
	return p
}

func TestThickness(t *testing.T) {
	got := drawn(
		"###..",
		"###.#",
		"....#",
	).thickness()
	want := []int{
		2, 2, 2, 0, 0,
		2, 2, 2, 0, 1,
		0, 0, 0, 0, 1,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestParts(t *testing.T) {
	m := drawn(
		"##......",
		"##..###.",
		"..#.###.",
		"....###.",
		"........",
	)
	parts := m.parts(m.full())
	if len(parts) != 2 {
		t.Fatalf("%d parts, want 2", len(parts))
	}
	a, b := parts[0], parts[1]
	if a.box != image.Rect(0, 0, 3, 3) || a.sides != 2 || a.square != 2 || a.mass != 5 || a.peak != 1 || a.size() != 3 {
		t.Errorf("the first part is %+v", a)
	}
	if b.box != image.Rect(4, 1, 7, 4) || b.sides != 0 || b.square != 3 || b.mass != 9 {
		t.Errorf("the second part is %+v", b)
	}
}
