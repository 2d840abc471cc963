package digits

// fitBox scales and moves the path so that its ink, soft edges included, just fills the
// box in height or in width, as the digits of MNIST do. Radii are in pixels already
// and do not change.
func fitBox(path []sample, softness float64) {
	x0, x1, y0, y1 := bounds(path, 0)
	w, h := max(x1-x0, 1e-6), max(y1-y0, 1e-6)
	room := box - softness

	// How far the ink reaches beyond the path depends on where the path is
	// wide, so the scale that fits is found by trying: three rounds settle it to a
	// few hundredths of a pixel.
	scale := room / max(w, h)
	for range 3 {
		ix0, ix1, iy0, iy1 := bounds(path, 1/scale)
		overX := float64((ix1 - ix0 - w) * scale)
		overY := float64((iy1 - iy0 - h) * scale)
		scale = min((room-overX)/w, (room-overY)/h)
	}
	ix0, ix1, iy0, iy1 := bounds(path, 1/scale)
	cx, cy := float64((ix0+ix1)/2), float64((iy0+iy1)/2)
	for i := range path {
		path[i].x = float64((path[i].x-cx)*scale) + box/2
		path[i].y = float64((path[i].y-cy)*scale) + box/2
	}
}

// bounds returns the rectangle about the path, each sample widened by its radius times k.
func bounds(path []sample, k float64) (x0, x1, y0, y1 float64) {
	s := path[0]
	x0, x1, y0, y1 = s.x, s.x, s.y, s.y
	for _, s := range path {
		r := float64(s.radius * k)
		x0, x1 = min(x0, s.x-r), max(x1, s.x+r)
		y0, y1 = min(y0, s.y-r), max(y1, s.y+r)
	}
	return x0, x1, y0, y1
}

// center copies the paper into the image of Size*Size pixels, moved by whole pixels so that
// the centre of mass of its ink comes to lie on pixel (14, 14), to within half a
// pixel. That is where the digits of MNIST have it.
func center(pix []byte, g *paper) {
	var ink [box][box]byte
	var mass, mx, my int
	for y := range g {
		for x := range g[y] {
			v := int(float64(g[y][x]*255) + 0.5)
			ink[y][x] = byte(v)
			mass += v
			mx += v * x
			my += v * y
		}
	}
	dx, dy := Size/2-roundDiv(mx, mass), Size/2-roundDiv(my, mass)
	clear(pix)
	for y := range ink {
		for x, v := range ink[y] {
			if tx, ty := x+dx, y+dy; v > 0 && 0 <= tx && tx < Size && 0 <= ty && ty < Size {
				pix[ty*Size+tx] = v
			}
		}
	}
}

// roundDiv returns a/b rounded to the nearest integer, for a >= 0 and b > 0.
func roundDiv(a, b int) int { return (2*a + b) / (2 * b) }
