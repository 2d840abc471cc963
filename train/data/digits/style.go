package digits

import (
	"fmt"
	"strconv"
	"strings"
)

// point is a place on the page: x to the right, y down.
type point struct{ x, y float64 }

// A style is one way of writing a digit. It has one or more poses, the same strokes
// in different proportions; a digit is written as a mixture of two of them.
type style struct {
	weight float64 // how often it is used, relative to the digit's other styles
	name   string  // for the reader
	poses  []pose
}

// A pose is a list of strokes.
type pose []stroke

// A stroke is written without lifting the pen: a smooth curve through its points,
// broken at the corners.
type stroke struct {
	points []point
	corner []bool // corner[i]: the curve may turn sharply at points[i]
}

// write builds a pose from its strokes in the notation of the tables: "x,y" pairs on
// a page about 100 high, with a '!' after a point that is a corner. A malformed
// stroke panics; the tables are read once, when the program starts.
func write(strokes ...string) pose {
	p := make(pose, len(strokes))
	for i, text := range strokes {
		s, err := parseStroke(text)
		if err != nil {
			panic("digits: " + err.Error())
		}
		p[i] = s
	}
	return p
}

// parseStroke reads one stroke in the notation of the tables.
func parseStroke(text string) (stroke, error) {
	var s stroke
	for _, f := range strings.Fields(text) {
		xy, corner := strings.CutSuffix(f, "!")
		xs, ys, ok := strings.Cut(xy, ",")
		x, errX := strconv.ParseFloat(xs, 64)
		y, errY := strconv.ParseFloat(ys, 64)
		if !ok || errX != nil || errY != nil {
			return stroke{}, fmt.Errorf("stroke %q: point %q: want x,y with an optional ! for a corner", text, f)
		}
		s.points = append(s.points, point{x, y})
		s.corner = append(s.corner, corner)
	}
	if len(s.points) < 2 {
		return stroke{}, fmt.Errorf("stroke %q: %d points, want at least 2", text, len(s.points))
	}
	return s, nil
}

// chooseStyle picks one of the digit's styles by weight.
func chooseStyle(rng *source, digit int) *style {
	styles := skeletons[digit]
	var total float64
	for i := range styles {
		total += styles[i].weight
	}
	at := float64(rng.unit() * total)
	for i := range styles {
		if at -= styles[i].weight; at < 0 {
			return &styles[i]
		}
	}
	return &styles[len(styles)-1]
}

// How freely a skeleton is written, in units of its page.
const (
	exaggerate   = 0.1  // how far a mixture may go beyond either pose
	pointJitter  = 2.2  // standard deviation of each point
	strokeJitter = 2.2  // of each stroke, when there are several
	hookChance   = 0.12 // of a hook at either end of a stroke
	hookReach    = 5.0  // standard deviation of its length
)

// trace writes the style into a.path: the poses mixed, the points shaken, the
// strokes moved against each other.
func (a *artist) trace(rng *source, st *style) {
	from, to := st.poses[rng.below(len(st.poses))], st.poses[rng.below(len(st.poses))]
	share := rng.between(-exaggerate, 1+exaggerate)
	care := rng.between(0.3, 1.5) // a careful or a hasty hand
	a.path = a.path[:0]
	for k, s := range from {
		var shift point
		if len(from) > 1 {
			shift = point{rng.bell() * strokeJitter, rng.bell() * strokeJitter}
		}
		a.points, a.corner = a.points[:0], a.corner[:0]
		for i := range s.points {
			p, q := s.points[i], to[k].points[i]
			p.x += shift.x + float64(share*(q.x-p.x))
			p.y += shift.y + float64(share*(q.y-p.y))
			p.x += float64(care * pointJitter * rng.bell())
			p.y += float64(care * pointJitter * rng.bell())
			if i == 0 && rng.chance(hookChance) {
				a.add(p.near(rng), false)
			}
			a.add(p, s.corner[i])
			if i == len(s.points)-1 && rng.chance(hookChance) {
				a.add(p.near(rng), false)
			}
		}
		a.path = appendCurve(a.path, a.points, a.corner)
	}
}

// add appends a point to the stroke at hand.
func (a *artist) add(p point, corner bool) {
	a.points = append(a.points, p)
	a.corner = append(a.corner, corner)
}

// near returns a random point near p.
func (p point) near(rng *source) point {
	return point{p.x + float64(hookReach*rng.bell()), p.y + float64(hookReach*rng.bell())}
}
