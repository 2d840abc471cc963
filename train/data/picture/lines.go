package picture

import (
	"image"
	"math"
	"slices"
)

// line is a long thin straight line in a picture.
type line struct {
	from, to image.Point
	pixels   []int // without those where a stroke crosses it
}

const (
	lineAngles = 360   // directions that are searched, half a degree apart
	lineReach  = 2     // how far a pixel of a line may lie from it, in pixels
	lineLength = 0.4   // the least length, as a part of the picture's extent in its direction
	lineAspect = 20    // the least ratio of length and thickness
	lineWidth  = 0.035 // the largest thickness, as a part of the picture's shorter side
	maxLines   = 100
)

// lines returns the long thin straight lines of a set: the lines of ruled and squared paper,
// the sides of a box in a form, a frame around a screenshot.
//
// It is a Hough transform (Duda and Hart, "Use of the Hough transformation to detect lines and
// curves in pictures", 1972): each thin pixel votes for all lines through it, and the lines
// with most votes are followed from end to end.
func (m *mask) lines() []line {
	widest := max(3, int(lineWidth*float64(min(m.width, m.height))))
	h := newHough(m, widest)
	var found []line
	for range maxLines {
		angle, offset, votes := h.best()
		if float64(votes) < lineLength*float64(min(m.width, m.height)) {
			break
		}
		if l, ok := m.follow(angle, offset, widest); ok {
			found = append(found, l)
			h.remove(l.pixels)
		}
		h.clear(angle, offset)
	}
	return found
}

// hough counts the thin pixels on each line. A line consists of the points where
// x cos(angle) + y sin(angle) is its offset.
type hough struct {
	width    int
	diagonal int
	sin, cos [lineAngles]float64
	votes    []int // by angle, then by offset plus diagonal
	thin     []bool
}

func newHough(m *mask, widest int) *hough {
	diagonal := int(math.Hypot(float64(m.width), float64(m.height))) + 1
	h := &hough{width: m.width, diagonal: diagonal, votes: make([]int, lineAngles*(2*diagonal+1)), thin: make([]bool, len(m.in))}
	for a := range lineAngles {
		h.sin[a], h.cos[a] = math.Sincos(math.Pi * float64(a) / lineAngles)
	}
	for k, t := range m.thickness() {
		if t > 0 && t <= widest {
			h.thin[k] = true
			h.vote(k, 1)
		}
	}
	return h
}

// vote adds n to all lines through a pixel.
func (h *hough) vote(k, n int) {
	x, y := float64(k%h.width), float64(k/h.width)
	for a := range lineAngles {
		offset := int(math.Floor(x*h.cos[a] + y*h.sin[a] + 0.5))
		h.votes[a*(2*h.diagonal+1)+offset+h.diagonal] += n
	}
}

func (h *hough) best() (angle, offset, votes int) {
	at := 0
	for i, v := range h.votes {
		if v > h.votes[at] {
			at = i
		}
	}
	return at / (2*h.diagonal + 1), at%(2*h.diagonal+1) - h.diagonal, h.votes[at]
}

// remove takes back the votes of pixels.
func (h *hough) remove(pixels []int) {
	for _, k := range pixels {
		if h.thin[k] {
			h.thin[k] = false
			h.vote(k, -1)
		}
	}
}

// clear removes a line, and those that differ from it by a pixel or an angle, from the search.
func (h *hough) clear(angle, offset int) {
	for a := max(angle-1, 0); a <= min(angle+1, lineAngles-1); a++ {
		for o := max(offset-1, -h.diagonal); o <= min(offset+1, h.diagonal); o++ {
			h.votes[a*(2*h.diagonal+1)+o+h.diagonal] = 0
		}
	}
}

// crossing is where a line crosses a set: the pixels across it.
type crossing struct {
	at     image.Point
	pixels []int
}

// follow walks along a line and returns its longest stretch without a large gap, if that is
// long and thin.
func (m *mask) follow(angle, offset, widest int) (line, bool) {
	sin, cos := math.Sincos(math.Pi * float64(angle) / lineAngles)
	extent := min(float64(m.width)/math.Max(math.Abs(sin), 1e-9), float64(m.height)/math.Max(math.Abs(cos), 1e-9))
	gap := max(3, int(extent/50))
	diagonal := m.width + m.height
	var best, run []crossing
	last := 0
	for t := -diagonal; t <= diagonal; t++ {
		x := cos*float64(offset) - sin*float64(t)
		y := sin*float64(offset) + cos*float64(t)
		if x < -1 || y < -1 || x > float64(m.width) || y > float64(m.height) {
			continue
		}
		pixels := m.across(x, y, cos, sin, widest)
		if len(pixels) == 0 {
			continue
		}
		if len(run) > 0 && t-last > gap {
			run = nil
		}
		run, last = append(run, crossing{image.Pt(int(x), int(y)), pixels}), t
		if len(run) > len(best) {
			best = run
		}
	}
	if float64(len(best)) < lineLength*extent {
		return line{}, false
	}
	widths := make([]int, len(best))
	for i, c := range best {
		widths[i] = len(c.pixels)
	}
	slices.Sort(widths)
	width := widths[len(widths)/2]
	if width > widest || len(best) < lineAspect*width {
		return line{}, false
	}
	l := line{from: best[0].at, to: best[len(best)-1].at}
	for _, c := range best {
		if len(c.pixels) <= width+2 {
			l.pixels = append(l.pixels, c.pixels...)
		}
	}
	return l, true
}

// across returns the pixels of the set in a row through a point, in the given direction, up to
// a few more than widest.
func (m *mask) across(x, y, dx, dy float64, widest int) []int {
	pixel := func(o int) (int, bool) {
		px, py := int(math.Floor(x+float64(o)*dx+0.5)), int(math.Floor(y+float64(o)*dy+0.5))
		return py*m.width + px, m.has(px, py)
	}
	start, found := 0, false
	for _, o := range []int{0, 1, -1, lineReach, -lineReach} {
		if _, in := pixel(o); in {
			start, found = o, true
			break
		}
	}
	if !found {
		return nil
	}
	var pixels []int
	for _, step := range []int{1, -1} {
		o := start
		if step < 0 {
			o--
		}
		for ; len(pixels) <= widest+3; o += step {
			k, in := pixel(o)
			if !in {
				break
			}
			pixels = append(pixels, k)
		}
	}
	return pixels
}
