package augment

import "math"

// affine is a linear map about the middle of the image and a shift: scale first, then
// shear, rotation and shift. x points right and y down.
type affine struct {
	shiftX, shiftY float64 // pixels, to the right and down
	angle          float64 // degrees, counter-clockwise as one looks at the image
	scaleX, scaleY float64 // factors
	shear          float64 // how far a row moves right for each row it lies above the middle
}

// inverse is a map from pixels of the distorted image to places in the source:
// (xx*x + xy*y + x0, yx*x + yy*y + y0), with pixel centres at whole numbers.
type inverse struct {
	xx, xy, x0 float64
	yx, yy, y0 float64
}

// inverse undoes the steps in reverse order. With the vector v from the middle c,
//
//	scale:    (scaleX vx, scaleY vy)
//	shear:    (vx - shear vy, vy)
//	rotation: (cos vx + sin vy, -sin vx + cos vy)
//
// the source of the pixel p is c + scale^-1 shear^-1 rotation^-1 (p - c - shift).
func (t *affine) inverse(height, width int) inverse {
	sin, cos := math.Sincos(t.angle * (math.Pi / 180))
	// The conversions keep the compiler from fusing products and sums, which would
	// give other bits on other processors.
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
