package digits

import (
	"fmt"
	"strconv"
	"strings"
)

// point is a point of the page. x points right and y points down.
type point struct{ x, y float64 }

// style is one way of writing a digit. Its poses have the same strokes in different
// proportions. A digit is a mixture of two poses.
type style struct {
	weight float64 // relative frequency among the styles of the digit
	name   string  // description, for error messages
	poses  []pose
}

// pose is a list of strokes.
type pose []stroke

// stroke is a line that is written without lifting the pen. It is a smooth curve through its
// points except at corners.
type stroke struct {
	points []point
	corner []bool // corner[i] reports whether the curve may turn sharply at points[i]
}

// newPose returns the pose with the given strokes. A stroke is a list of points "x,y" on a
// page about 100 units high. A '!' after a point marks a corner. newPose panics if a stroke
// is malformed, which a test would find, since the tables are read when a program starts.
func newPose(strokes ...string) pose {
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
	rest := float64(rng.unit() * total)
	for i := range styles {
		if rest -= styles[i].weight; rest < 0 {
			return &styles[i]
		}
	}
	return &styles[len(styles)-1]
}

// The random changes of a skeleton. Lengths are in units of its page.
const (
	exaggerate   = 0.1  // how far the weight of a pose may be outside of 0 to 1
	pointJitter  = 2.2  // standard deviation of the shift of a point
	strokeJitter = 2.2  // standard deviation of the shift of a stroke, if there are several
	hookChance   = 0.12 // probability of a hook at either end of a stroke
	hookReach    = 5.0  // standard deviation of its length
)

// trace sets a.path to the path of a style: a random mixture of two poses, with random
// shifts of the points and of the strokes.
func (a *artist) trace(rng *source, st *style) {
	from, to := st.poses[rng.intN(len(st.poses))], st.poses[rng.intN(len(st.poses))]
	share := rng.between(-exaggerate, 1+exaggerate)
	jitter := rng.between(0.3, 1.5) // from careful to hasty writing
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
			p.x += float64(jitter * pointJitter * rng.bell())
			p.y += float64(jitter * pointJitter * rng.bell())
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

// add appends a point to the current stroke.
func (a *artist) add(p point, corner bool) {
	a.points = append(a.points, p)
	a.corner = append(a.corner, corner)
}

// near returns a random point near p.
func (p point) near(rng *source) point {
	return point{p.x + float64(hookReach*rng.bell()), p.y + float64(hookReach*rng.bell())}
}
