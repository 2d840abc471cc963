package digits

// How differently people write, as standard deviations about the mean.
const (
	slantMean   = 0.16 // of the shear: most hands lean to the right
	slantSpread = 0.23
	turnSpread  = 0.07 // of the tangent of half the angle: 0.07 is 8 degrees
	aspectLow   = 0.7  // width over height, relative to the skeleton
	aspectHigh  = 1.6
	warpSpread  = 0.06 // of the elastic displacement, relative to the height
)

// distort bends the path as a hand would: an elastic warp of the page, then
// slant, proportions and rotation about the middle. Afterwards the page is centred
// on the origin and one unit high.
func distort(rng *source, path []sample) {
	w := newWarp(rng)
	m := newAffine(rng)
	for i := range path {
		p := point{(path[i].x - 35) / 100, (path[i].y - 50) / 100}
		path[i].point = m.apply(w.apply(p))
	}
}

// affine is the linear map (x, y) -> (xx*x + xy*y, yx*x + yy*y).
type affine struct{ xx, xy, yx, yy float64 }

// newAffine draws a rotation of a slanted page of random proportions.
func newAffine(rng *source) affine {
	slant := slantMean + float64(slantSpread*rng.bell())
	// Uniform in the ratio below and above one: half of the digits become narrower.
	aspect := rng.between(aspectLow, 1)
	if rng.chance(0.5) {
		aspect = rng.between(1, aspectHigh)
	}
	// With t the tangent of half the angle, cosine and sine need no library.
	t := float64(turnSpread * rng.bell())
	t2 := float64(t * t)
	cos, sin := (1-t2)/(1+t2), 2*t/(1+t2)
	// The page first: x' = aspect*x - slant*y (y points down), y' = y. Then the rotation.
	return affine{
		xx: float64(cos * aspect), xy: -float64(cos*slant) - sin,
		yx: float64(sin * aspect), yy: cos - float64(sin*slant),
	}
}

func (m *affine) apply(p point) point {
	return point{
		float64(m.xx*p.x) + float64(m.xy*p.y),
		float64(m.yx*p.x) + float64(m.yy*p.y),
	}
}

// warpCells is the number of cells of the warp's lattice in each direction.
const warpCells = 3

// warp is an elastic deformation of the page: displacements drawn on a lattice,
// interpolated by cubic B-splines (the free-form deformation of Sederberg and Parry, 1986).
type warp [warpCells + 3][warpCells + 3]point

func newWarp(rng *source) *warp {
	var w warp
	amount := float64(warpSpread * rng.between(0.2, 1.6))
	for i := range w {
		for j := range w[i] {
			w[i][j] = point{float64(amount * rng.bell()), float64(amount * rng.bell())}
		}
	}
	return &w
}

// apply moves p, a point of the page of width and height one about the origin. A point
// outside moves as the nearest edge does.
func (w *warp) apply(p point) point {
	i, bx := bspline(p.x)
	j, by := bspline(p.y)
	q := p
	for a, wx := range bx {
		for b, wy := range by {
			d := w[i+a][j+b]
			wt := float64(wx * wy)
			q.x += float64(wt * d.x)
			q.y += float64(wt * d.y)
		}
	}
	return q
}

// bspline returns the lattice cell that the coordinate u lies in and the weights of the
// four lattice lines about it.
func bspline(u float64) (cell int, weight [4]float64) {
	u = float64(min(max(u+0.5, 0), 1) * warpCells)
	cell = min(int(u), warpCells-1)
	t := u - float64(cell)
	s := 1 - t
	t2, s2 := float64(t*t), float64(s*s)
	t3, s3 := float64(t2*t), float64(s2*s)
	return cell, [4]float64{
		s3 / 6,
		(4 - float64(6*t2) + float64(3*t3)) / 6,
		(4 - float64(6*s2) + float64(3*s3)) / 6,
		t3 / 6,
	}
}
