package digits

import "math"

// The width of the pen, in pixels of the final image.
const (
	radiusMin    = 0.6 // half the width of the thinnest stroke
	radiusMean   = 1.12
	radiusSpread = 0.33
	radiusMax    = 2.7
)

// pen describes the pen that writes a digit.
type pen struct {
	radius   float64 // half the width of the stroke, in pixels
	softness float64 // width of the transition from ink to paper, in pixels
	gain     float64 // factor of the ink of a partly covered pixel
	grain    float64 // standard deviation of the noise in the ink of a partly covered pixel
}

// newPen returns a random pen.
func newPen(rng *source) pen {
	r := radiusMean + float64(radiusSpread*rng.bell())
	return pen{
		radius:   min(max(r, radiusMin), radiusMax),
		softness: rng.between(1.1, 1.9),
		gain:     rng.between(1, 1.3),
		grain:    rng.between(0, 0.25),
	}
}

// press sets the radii along the path. They vary with the pressure of the hand and with the
// angle between the stroke and the nib.
func (p pen) press(rng *source, path []sample) {
	const (
		stretch = 24 // samples between two random pressures
		rough   = 0.06
	)
	swell := rng.between(0, 0.18)
	nib := rng.between(0, 0.2)
	nibX, nibY := direction(rng)

	from, to := rng.bell(), rng.bell()
	for i := range path {
		k := i % stretch
		if k == 0 {
			from, to = to, rng.bell()
		}
		pressure := from + float64((to-from)*float64(k)/stretch)
		across := 0.0 // from 1, across the nib, to -1, along it
		if prev := max(i-1, 0); !path[i].start {
			dx, dy := path[i].x-path[prev].x, path[i].y-path[prev].y
			if l := length(dx, dy); l > 0 {
				c := (float64(dx*nibX) + float64(dy*nibY)) / l
				across = float64(2*float64(c*c)) - 1
			}
		}
		r := 1 + float64(swell*pressure) + float64(nib*across) + float64(rough*rng.bell())
		path[i].radius = float64(p.radius * max(r, 0.35))
	}
	for i := range path { // the first sample of a stroke has no direction
		if path[i].start && i+1 < len(path) {
			path[i].radius = path[i+1].radius
		}
	}
}

// direction returns a random unit vector.
func direction(rng *source) (x, y float64) {
	t := rng.between(-1, 1)
	t2 := float64(t * t)
	x, y = (1-t2)/(1+t2), 2*t/(1+t2)
	if rng.chance(0.5) {
		x, y = y, x
	}
	return x, y
}

// box is the side of the box that a digit fills, in pixels.
const box = 20

// paper is the box that a digit is drawn in (row, column): 0 for paper and 1 for full ink.
type paper [box][box]float64

// ink draws the path, whose points and radii are in pixels. The ink of a pixel is the share
// of an interval of the width softness, centered on the pixel, that the stroke covers.
func (g *paper) ink(rng *source, path []sample, p pen) {
	*g = paper{}
	// A pixel with this cover has full ink, whatever more covers it. The factor keeps the
	// comparison on the safe side of rounding.
	full := float64(p.softness / p.gain * (1 + 1e-12))
	for i := range path {
		from := path[i]
		if !from.start {
			from = path[i-1]
		}
		g.cover(from, path[i], p.softness/2, full)
	}
	for y := range g {
		for x := range g[y] {
			if g[y][x] > 0 {
				g[y][x] = p.tone(rng, g[y][x]/p.softness)
			}
		}
	}
}

// cover adds the part of a stroke from a to b. For each pixel the paper holds the largest
// cover so far: the length of the overlap of [d-half, d+half] with the stroke, where d is the
// pixel's distance from the path. cover passes over pixels with at least full.
func (g *paper) cover(a, b sample, half, full float64) {
	reach := max(a.radius, b.radius) + half
	x0, x1 := pixels(min(a.x, b.x)-reach, max(a.x, b.x)+reach)
	y0, y1 := pixels(min(a.y, b.y)-reach, max(a.y, b.y)+reach)
	beyond := float64(reach * reach * (1 + 1e-12)) // square of a distance without cover

	dx, dy := b.x-a.x, b.y-a.y
	l2 := float64(dx*dx) + float64(dy*dy)
	inv := 0.0
	if l2 > 0 {
		inv = 1 / l2
	}
	for y := y0; y < y1; y++ {
		py := float64(y) + 0.5 - a.y
		row := g[y][x0:max(x0, x1)]
		for k := range row {
			if row[k] >= full {
				continue
			}
			px := float64(x0+k) + 0.5 - a.x
			// The nearest point of the segment is a + t*(b-a).
			t := float64((float64(px*dx) + float64(py*dy)) * inv)
			if t < 0 {
				t = 0
			} else if t > 1 {
				t = 1
			}
			ex, ey := px-float64(t*dx), py-float64(t*dy)
			d2 := float64(ex*ex) + float64(ey*ey)
			if d2 > beyond {
				continue
			}
			d := math.Sqrt(d2)
			r := a.radius + float64(t*(b.radius-a.radius))
			row[k] = max(row[k], min(d+half, r)-max(d-half, -r))
		}
	}
}

// tone returns the ink of a pixel, 0 to 1, if the share cover of it is covered. It adds noise
// unless the pixel has full ink.
func (p pen) tone(rng *source, cover float64) float64 {
	v := float64(p.gain * cover)
	if v >= 1 {
		return 1
	}
	v += float64(float64(p.grain*rng.bell()) * min(v, 0.5))
	v = min(max(v, 0), 1)
	// The smooth step 3v^2-2v^3 makes the edge steeper.
	v2 := float64(v * v)
	return float64(3*v2) - float64(2*float64(v2*v))
}

// pixels returns the range [from, to) of the pixels of the box that an interval overlaps.
func pixels(lo, hi float64) (from, to int) {
	return max(int(lo), 0), min(int(hi)+1, box)
}
