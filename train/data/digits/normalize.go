package digits

// fitBox scales and moves the path so that its ink fills the box in height or in width, as
// the digits of MNIST do. Ink of a soft edge beyond the box is cut off later. The radii are
// in pixels and do not change.
func fitBox(path []sample) {
	x0, x1, y0, y1 := bounds(path, 0)
	w, h := max(x1-x0, 1e-6), max(y1-y0, 1e-6)

	// The width of the ink beyond the path depends on the scale. Three iterations find the
	// scale to a few hundredths of a pixel.
	scale := box / max(w, h)
	for range 3 {
		ix0, ix1, iy0, iy1 := bounds(path, 1/scale)
		overX := float64((ix1 - ix0 - w) * scale)
		overY := float64((iy1 - iy0 - h) * scale)
		scale = min((box-overX)/w, (box-overY)/h)
	}
	ix0, ix1, iy0, iy1 := bounds(path, 1/scale)
	cx, cy := float64((ix0+ix1)/2), float64((iy0+iy1)/2)
	for i := range path {
		path[i].x = float64((path[i].x-cx)*scale) + box/2
		path[i].y = float64((path[i].y-cy)*scale) + box/2
	}
}

// bounds returns the bounding box of the path, with each sample widened by k times its radius.
func bounds(path []sample, k float64) (x0, x1, y0, y1 float64) {
	x0, x1, y0, y1 = path[0].x, path[0].x, path[0].y, path[0].y
	for _, s := range path {
		r := float64(s.radius * k)
		x0, x1 = min(x0, s.x-r), max(x1, s.x+r)
		y0, y1 = min(y0, s.y-r), max(y1, s.y+r)
	}
	return x0, x1, y0, y1
}

// center copies the paper to an image of Size*Size pixels. It moves the ink by whole pixels,
// so that the center of mass is within half a pixel of pixel (14, 14), as in MNIST. A digit
// that would extend beyond the image is moved only to the edge.
func center(pix []byte, g *paper) {
	var ink [box][box]byte
	var mass, mx, my int
	x0, x1, y0, y1 := box, -1, box, -1 // columns and rows with ink
	for y := range g {
		for x := range g[y] {
			v := int(float64(g[y][x]*255) + 0.5)
			ink[y][x] = byte(v)
			if v > 0 {
				x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
			}
			mass += v
			mx += v * x
			my += v * y
		}
	}
	dx, dy := Size/2-roundDiv(mx, mass), Size/2-roundDiv(my, mass)
	dx = min(max(dx, -x0), Size-1-x1)
	dy = min(max(dy, -y0), Size-1-y1)
	clear(pix)
	for y := y0; y <= y1; y++ {
		copy(pix[(y+dy)*Size+x0+dx:], ink[y][x0:x1+1])
	}
}

// roundDiv returns a/b rounded to the nearest integer, for a >= 0 and b > 0.
func roundDiv(a, b int) int { return (2*a + b) / (2 * b) }
