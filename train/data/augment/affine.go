package augment

import "math"

// affine is an affine map of an image: scale, then shear, then rotation, all about the
// middle of the image, then shift. x points right and y points down.
type affine struct {
	shiftX, shiftY float64 // pixels, to the right and down
	angle          float64 // degrees, counterclockwise
	scaleX, scaleY float64 // factors
	shear          float64 // shift of a row to the right, per row above the middle
}

// inverse is a map from a pixel (x, y) of the distorted image to a point of the source:
// (xx*x + xy*y + x0, yx*x + yy*y + y0). Pixel centers have integer coordinates.
type inverse struct {
	xx, xy, x0 float64
	yx, yy, y0 float64
}

// inverse returns the map that undoes the steps in reverse order. With v the vector from the
// middle c, the steps are
//
//	scale:    (scaleX vx, scaleY vy)
//	shear:    (vx - shear vy, vy)
//	rotation: (cos vx + sin vy, -sin vx + cos vy)
//
// and the source of the pixel p is c + scale^-1 shear^-1 rotation^-1 (p - c - shift).
func (t *affine) inverse(height, width int) inverse {
	sin, cos := math.Sincos(t.angle * (math.Pi / 180))
	// The conversions to float64 stop the compiler from fusing products and sums, which
	// would give different bits on different processors.
	m := inverse{
		xx: (cos + float64(t.shear*sin)) / t.scaleX, xy: (float64(t.shear*cos) - sin) / t.scaleX,
		yx: sin / t.scaleY, yy: cos / t.scaleY,
	}
	cx, cy := float64(width-1)/2, float64(height-1)/2
	dx, dy := cx+t.shiftX, cy+t.shiftY
	m.x0 = cx - float64(m.xx*dx) - float64(m.xy*dy)
	m.y0 = cy - float64(m.yx*dx) - float64(m.yy*dy)
	return m
}
