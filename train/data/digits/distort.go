package digits

// The variation between writers. A spread is a standard deviation.
const (
	slantMean   = 0.16 // shear: most people slant to the right
	slantSpread = 0.23
	turnSpread  = 0.07 // tangent of half the angle of rotation: 0.07 is 8 degrees
	aspectLow   = 0.7  // width over height, relative to the skeleton
	aspectHigh  = 1.6
	warpSpread  = 0.06 // elastic displacement, relative to the height
)

// distort varies the path as different writers do: by an elastic warp of the page, then by
// slant, proportions and rotation about the middle. Afterwards the page is one unit high and
// its middle is at the origin.
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

// newAffine returns a random slant and change of proportions, followed by a rotation.
func newAffine(rng *source) affine {
	slant := slantMean + float64(slantSpread*rng.bell())
	// Half of the digits become narrower, the others wider.
	aspect := rng.between(aspectLow, 1)
	if rng.chance(0.5) {
		aspect = rng.between(1, aspectHigh)
	}
	// With t the tangent of half the angle, cosine and sine are rational functions of t.
	t := float64(turnSpread * rng.bell())
	t2 := float64(t * t)
	cos, sin := (1-t2)/(1+t2), 2*t/(1+t2)
	// First x' = aspect*x - slant*y (y points down) and y' = y, then the rotation.
	return affine{
		xx: float64(cos * aspect), xy: -float64(cos*slant) - sin,
		yx: float64(sin * aspect), yy: cos - float64(sin*slant),
	}
}

// apply returns the image of p under the map.
func (m *affine) apply(p point) point {
	return point{
		float64(m.xx*p.x) + float64(m.xy*p.y),
		float64(m.yx*p.x) + float64(m.yy*p.y),
	}
}

// warpCells is the number of cells of the warp's lattice in each direction.
const warpCells = 3

// warp is an elastic deformation of the page: random displacements on a lattice that are
// interpolated by cubic B-splines (the free-form deformation of Sederberg and Parry, 1986).
type warp [warpCells + 3][warpCells + 3]point

// newWarp returns a random deformation.
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

// apply returns the point p of the page after the deformation. The page has width and height
// 1, with its middle at the origin. A point outside moves like the nearest edge.
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

// bspline returns the lattice cell of the coordinate u and the weights of the four nearest
// lattice lines.
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
