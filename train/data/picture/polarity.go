package picture

import (
	"image"
	"slices"
)

// clearer reports whether m is the ink of a picture, and other, which has the other
// brightness, is not. Around dark strokes there are bright gaps and holes, and the other way
// round.
//
// Three things tell strokes from gaps. Around strokes there is background; around gaps there
// are strokes, and beyond them what the gaps are made of. Strokes fill less of their square than most gaps.
// What stands out far less than the other is an effect of sharpening.
func (m *marks) clearer(other *marks) bool {
	const little = 0.25
	if m.difference() < little*other.difference() {
		return false
	}
	if other.difference() < little*m.difference() {
		return true
	}
	a, b := bounds(m.parts).Size(), bounds(other.parts).Size()
	ratio := float64(a.X+a.Y) / float64(b.X+b.Y)
	return m.likeStrokes(min(ratio, 1)) > other.likeStrokes(min(1/ratio, 1))
}

// likeStrokes returns a number that is the larger, the more the marks are like strokes on a
// background.
func (m *marks) likeStrokes(outside float64) float64 {
	like := m.surrounded(outside) - m.density()
	if slices.Contains(m.doubts, doubtBorder) {
		like -= 0.25
	}
	return like
}

// density returns the area of the largest mark as a part of the square of its size: a fifth for
// a 1, a third for a 0, half for a hole, four fifths for a sheet of paper with a digit on it.
func (m *marks) density() float64 {
	p := m.largest()
	return float64(len(p.pixels)) / float64(p.size()*p.size())
}

// surrounded returns the part of the pixels around the marks that are as bright as their
// background, and not as bright as themselves. Around is up to half the size of the marks
// away. Pixels outside the picture count by the given value.
func (m *marks) surrounded(outside float64) float64 {
	box := bounds(m.parts)
	around := box.Inset(-max(box.Dx(), box.Dy()) / 2)
	own, background := m.brightness()
	between := (own + background) / 2
	like, inside := 0.0, 0.0
	picture := image.Rect(0, 0, m.ink.width, m.ink.height)
	for y := max(around.Min.Y, 0); y < min(around.Max.Y, m.ink.height); y++ {
		for x := max(around.Min.X, 0); x < min(around.Max.X, m.ink.width); x++ {
			if image.Pt(x, y).In(box) {
				continue
			}
			inside++
			if m.ink.brightness.value[y*m.ink.width+x] > between {
				like++
			}
		}
	}
	all := float64(area(around) - area(box.Intersect(picture)))
	return (like + outside*(all-inside)) / all
}

// rim returns the part of the pixels beside the marks that are as dark as the marks and yet
// count as background. Beside a stroke there is almost none; beside the edge of something
// solid there is.
func (m *marks) rim() float64 {
	const beside = 3
	own, background := m.brightness()
	between := (own + background) / 2
	dark, n := 0.0, 0.0
	for _, p := range m.parts {
		for _, k := range p.pixels {
			for _, d := range []image.Point{{beside, 0}, {-beside, 0}, {0, beside}, {0, -beside}} {
				at := image.Pt(k%m.ink.width, k/m.ink.width).Add(d)
				if !at.In(image.Rect(0, 0, m.ink.width, m.ink.height)) {
					continue
				}
				other := at.Y*m.ink.width + at.X
				if m.ink.value[other] >= inkLevel {
					continue
				}
				n++
				if m.ink.brightness.value[other] < between {
					dark++
				}
			}
		}
	}
	return dark / max(n, 1)
}

// brightness returns the mean brightness of the marks and of their background.
func (m *marks) brightness() (own, background float64) {
	n := 0.0
	for _, p := range m.parts {
		for _, k := range p.pixels {
			own += m.ink.brightness.value[k]
			background += m.ink.background.value[k]
			n++
		}
	}
	return own / n, background / n
}

func (m *marks) difference() float64 {
	own, background := m.brightness()
	return background - own
}

func area(r image.Rectangle) int { return r.Dx() * r.Dy() }
