package picture

import (
	"image"
	"math"
)

const (
	// workArea bounds the number of pixels of the pictures that are searched for characters.
	workArea = 256 * 256
	// goodSize is the size in pixels from which a character is not searched again in a larger
	// copy of its part of the picture.
	goodSize = 100
)

// finding is the ink of the characters of a picture.
type finding struct {
	ink        *ink // without anything else
	bright     bool // the ink is brighter than the background
	characters []character
	doubts     []string
}

// polarity says whether ink is searched that is darker or brighter than the background.
type polarity int

const (
	either polarity = iota
	dark
	bright
)

// find searches a picture for characters. If they are small, it searches their part of the
// picture again in more detail. It returns nil for a blank picture.
func find(p *plane) *finding {
	work := p.limited(math.Sqrt(workArea / float64(p.width*p.height)))
	f := search(work, either)
	if f == nil || work == p {
		return f
	}
	box, size := f.box()
	if size > goodSize {
		return f
	}
	// A part of the picture with a margin of half a character.
	scale := float64(p.width) / float64(work.width)
	around := func(v, margin int) int { return int(scale * float64(v+margin)) }
	detail := p.crop(image.Rect(around(box.Min.X, -size/2), around(box.Min.Y, -size/2), around(box.Max.X, size/2), around(box.Max.Y, size/2)))
	polarity := dark
	if f.bright {
		polarity = bright
	}
	if near := search(detail.limited(math.Sqrt(workArea/float64(detail.width*detail.height))), polarity); near != nil && len(near.characters) >= len(f.characters) {
		near.doubts = f.doubts
		return near
	}
	return f
}

// box returns the rectangle around the characters and the size of the largest.
func (f *finding) box() (box image.Rectangle, size int) {
	for _, c := range f.characters {
		box = box.Union(c.box)
		size = max(size, c.box.Dx(), c.box.Dy())
	}
	return box, size
}

// search finds the characters of a picture.
func search(p *plane, polarity polarity) *finding {
	// Strokes are thinner than this: two fifths of the picture, so that a character may fill it.
	m := clearest(p, max(2*min(p.width, p.height)/5, max(p.width, p.height)/5), polarity, (*marks).found)
	if m != nil && m.rim() > 0.25 {
		// Not strokes, but the edge of something solid, such as a filled circle.
		if solid := clearest(p, max(p.width, p.height), polarity, (*marks).sure); solid != nil {
			m = solid
		}
	}
	if m == nil {
		return nil
	}
	characters, left := row(m.parts)
	f := &finding{m.strokes(characters), m.bright, characters, m.doubts}
	if left {
		f.doubts = append(f.doubts, "other marks were left out")
	}
	return f
}

// clearest returns the marks of a picture that are at most size pixels thick, and that
// acceptable accepts: those that are darker than the background or those that are brighter.
func clearest(p *plane, size int, polarity polarity, acceptable func(*marks) bool) *marks {
	var m *marks
	if polarity != bright {
		m = newMarks(p.findContrast(size))
	}
	if m != nil && !acceptable(m) {
		m = nil
	}
	if polarity != dark {
		other := newMarks(p.inverted().findContrast(size))
		if other != nil && acceptable(other) && (m == nil || other.clearer(m)) {
			m = other
			m.bright = true
		}
	}
	return m
}

// strokes returns the ink of the characters, with the soft edges around them.
func (m *marks) strokes(characters []character) *ink {
	const edge = 2
	ink := &ink{plane: newPlane(m.ink.width, m.ink.height), low: m.ink.low}
	for _, c := range characters {
		for _, p := range c.parts {
			for _, k := range p.pixels {
				ink.value[k] = m.ink.value[k]
			}
			for _, k := range p.pixels {
				x, y := k%ink.width, k/ink.width
				for ny := max(y-edge, 0); ny <= min(y+edge, ink.height-1); ny++ {
					for nx := max(x-edge, 0); nx <= min(x+edge, ink.width-1); nx++ {
						if n := ny*ink.width + nx; m.ink.value[n] > ink.low && !m.lines.in[n] {
							ink.value[n] = m.ink.value[n]
						}
					}
				}
			}
		}
	}
	return ink
}
