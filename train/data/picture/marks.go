package picture

import (
	"image"
	"slices"
)

// marks are what stands out from the background of a picture and may be a character.
type marks struct {
	ink    *ink
	bright bool    // the ink is brighter than the background
	lines  *mask   // the pixels of lines that were left out
	parts  []*part // the characters
	doubts []string
}

const (
	// inkLevel is the amount of ink from which a pixel connects others.
	inkLevel = 0.3
	// sheet is the [marks.bulk] from which a mark is no stroke.
	sheet = 0.45
	// speck is the part of the mass of the largest mark below which a mark is dirt. A detached
	// bar or dot is more than that.
	speck = 0.02
	// remains is the size in pixels of what the removal of a line can leave of it.
	remains = 4
	// frame is the least size of what is left, as a part of a mark that reaches several sides of
	// the picture, such as a desk around the paper, and that is left out for it. A mark that
	// reaches one side may be a character that is cut off, so that more must be left.
	frame, cutOff = 1.0 / 12, 1.0 / 3
)

// newMarks finds the marks in the ink of a picture. It leaves out lines, what reaches the
// border of the picture, and specks, unless nothing else is left.
//
// A shadow, a stain or a sheet of paper can stand out less than ink does. So if what it finds
// reaches the border or is no stroke, it looks for ink that stands out more.
func newMarks(c *contrast) *marks {
	const medium = 0.4
	var first *marks
	for times := 1; times <= 3; times++ {
		ink := c.ink(times)
		if ink == nil {
			continue
		}
		for _, low := range []float64{ink.low, max(ink.low, medium)} {
			ink.low = low
			m := marksIn(ink)
			if first == nil {
				first = m
			}
			if m.sure() && m.bulk() < sheet {
				return m
			}
		}
	}
	return first
}

func marksIn(ink *ink) *marks {
	m := &marks{ink: ink, lines: newMask(ink.width, ink.height)}
	set := ink.above(max(inkLevel, min(1.5*ink.low, (1+ink.low)/2)))
	all := set.lines()
	m.leaveOut(set, all)
	parts := m.inner(set.parts(ink.plane))
	if len(all) > 0 {
		// A line that ends within what is left is a stroke of it.
		rest := bounds(parts)
		if !slices.ContainsFunc(parts, func(p *part) bool { return p.size() > remains }) {
			rest = image.Rectangle{}
		}
		rest = rest.Inset(-max(rest.Dx(), rest.Dy()) / 20)
		strokes := slices.DeleteFunc(all, func(l line) bool {
			return !rest.Empty() && !l.from.In(rest) && !l.to.In(rest)
		})
		if len(strokes) > 0 {
			for _, l := range strokes {
				for _, k := range l.pixels {
					set.in[k], m.lines.in[k] = true, false
				}
			}
			if rest.Empty() {
				m.doubts = append(m.doubts, "there are only straight lines")
			}
			parts = m.inner(set.parts(ink.plane))
		}
	}
	m.parts = parts
	return m
}

func (m *marks) leaveOut(set *mask, lines []line) {
	for _, l := range lines {
		for _, k := range l.pixels {
			set.in[k], m.lines.in[k] = false, true
		}
	}
}

// inner returns the parts without those that reach the border of the picture and without
// specks.
func (m *marks) inner(parts []*part) []*part {
	m.doubts = slices.DeleteFunc(m.doubts, func(d string) bool { return d == doubtBorder })
	parts = slices.DeleteFunc(parts, func(p *part) bool { return p.peak < 0.5 })
	var inside []*part
	largest, least := 0, 0.0
	for _, p := range parts {
		switch {
		case p.sides == 0:
			inside = append(inside, p)
			largest = max(largest, p.size())
		case p.sides == 1:
			least = max(least, cutOff*float64(p.size()))
		default:
			least = max(least, frame*float64(p.size()))
		}
	}
	if float64(largest) > least {
		parts = inside
	} else if len(parts) > 0 {
		m.doubts = append(m.doubts, doubtBorder)
	}
	heaviest := 0.0
	for _, p := range parts {
		heaviest = max(heaviest, p.mass)
	}
	return slices.DeleteFunc(parts, func(p *part) bool { return p.mass < speck*heaviest })
}

const doubtBorder = "it reaches the border of the picture"

// bounds returns the smallest rectangle around parts.
func bounds(parts []*part) image.Rectangle {
	var box image.Rectangle
	for _, p := range parts {
		box = box.Union(p.box)
	}
	return box
}

func (m *marks) found() bool { return len(m.parts) > 0 }

func (m *marks) sure() bool { return m.found() && len(m.doubts) == 0 }

// bulk returns the side of the largest square that fits into the largest mark, as a part of
// its size: below a quarter for a stroke of a pen, about a half for a hole in a digit, above
// that for a sheet of paper. It is 1 if there is no mark.
func (m *marks) bulk() float64 {
	if p := m.largest(); p != nil {
		return float64(p.square) / float64(p.size())
	}
	return 1
}

// largest returns the largest mark, or nil if there is none.
func (m *marks) largest() *part {
	var largest *part
	for _, p := range m.parts {
		if largest == nil || p.size() > largest.size() {
			largest = p
		}
	}
	return largest
}
