package digits

import "math"

// sample is a point of the pen's path.
type sample struct {
	point
	radius float64 // half the width of the stroke
	start  bool    // whether a stroke starts here, with no ink from the previous sample
}

// step is the distance between samples of a path, in units of the skeleton's page. It is at
// most half a pixel when the digit is 20 pixels high.
const step = 2.5

// appendCurve appends the path of a stroke to dst. Between corners it is the centripetal
// Catmull-Rom spline through the points, which has no cusps and no loops within a segment:
// Yuksel, Schaefer and Keyser, "On the parameterization of Catmull-Rom curves", 2009.
func appendCurve(dst []sample, points []point, corner []bool) []sample {
	dst = append(dst, sample{point: points[0], start: true})
	last := len(points) - 1
	for i := range last {
		p1, p2 := points[i], points[i+1]
		// The neighbor beyond an end or a corner is a reflection.
		p0, p3 := reflect(p2, p1), reflect(p1, p2)
		if i > 0 && !corner[i] {
			p0 = points[i-1]
		}
		if i+1 < last && !corner[i+1] {
			p3 = points[i+2]
		}
		dst = appendSegment(dst, p0, p1, p2, p3)
	}
	return dst
}

// appendSegment appends the spline segment from p1 (exclusive) to p2 (inclusive).
func appendSegment(dst []sample, p0, p1, p2, p3 point) []sample {
	const tiny = 1e-6 // keeps the divisions below finite when points coincide
	d0 := math.Sqrt(distance(p0, p1)) + tiny
	d1 := math.Sqrt(distance(p1, p2)) + tiny
	d2 := math.Sqrt(distance(p2, p3)) + tiny

	// The segment in Hermite form, with the tangents at p1 and p2 scaled to the unit interval.
	tangent := func(a, b, c, da, dc float64) float64 {
		return float64(d1 * ((b-a)/da - (c-a)/(da+dc) + (c-b)/dc))
	}
	m1 := point{tangent(p0.x, p1.x, p2.x, d0, d1), tangent(p0.y, p1.y, p2.y, d0, d1)}
	m2 := point{tangent(p1.x, p2.x, p3.x, d1, d2), tangent(p1.y, p2.y, p3.y, d1, d2)}

	n := int(distance(p1, p2)/step) + 1
	for k := 1; k <= n; k++ {
		t := float64(k) / float64(n)
		t2 := float64(t * t)
		t3 := float64(t2 * t)
		h2 := float64(3*t2) - float64(2*t3) // weight of p2; the weight of p1 is 1-h2
		g1 := t3 - float64(2*t2) + t
		g2 := t3 - t2
		dst = append(dst, sample{point: point{
			p1.x + float64(h2*(p2.x-p1.x)) + float64(g1*m1.x) + float64(g2*m2.x),
			p1.y + float64(h2*(p2.y-p1.y)) + float64(g1*m1.y) + float64(g2*m2.y),
		}})
	}
	return dst
}

// reflect returns the mirror image of p in the point c.
func reflect(p, c point) point { return point{float64(2*c.x) - p.x, float64(2*c.y) - p.y} }

// distance returns the Euclidean distance between two points.
func distance(p, q point) float64 { return length(q.x-p.x, q.y-p.y) }

// length returns the length of the vector (x, y). Unlike [math.Hypot] it gives the same bits
// on all processors.
func length(x, y float64) float64 { return math.Sqrt(float64(x*x) + float64(y*y)) }
