package picture

import (
	"image"
	"math"
)

// middle is the coordinate of the center of mass, with the middle of the first pixel at 0.5.
// MNIST rounds to the pixel below and to the right of the middle of the image, so the mean
// over its images is 14.5, not 14.
const middle = Size/2 + 0.5

// place scales an area of the ink so that its longer side fills the box. It moves the center
// of mass to the middle of the result, or as far as the ink stays inside.
func place(ink *plane, area image.Rectangle) *image.Gray {
	scale := box / float64(max(area.Dx(), area.Dy()))
	width := max(1, int(float64(area.Dx())*scale+0.5))
	height := max(1, int(float64(area.Dy())*scale+0.5))
	small := ink.resize(float64(area.Min.X), float64(area.Min.Y), float64(area.Max.X), float64(area.Max.Y), width, height)

	x, y := small.center()
	left := min(max(int(math.Round(middle-x)), 0), Size-width)
	top := min(max(int(math.Round(middle-y)), 0), Size-height)
	img := image.NewGray(image.Rect(0, 0, Size, Size))
	for k, v := range small.value {
		img.Pix[(top+k/width)*Size+left+k%width] = uint8(math.Round(255 * min(max(v, 0), 1)))
	}
	return img
}

// center returns the center of mass, with the middle of the first pixel at 0.5.
func (p *plane) center() (x, y float64) {
	mass := 0.0
	for k, v := range p.value {
		mass += v
		x += v * (float64(k%p.width) + 0.5)
		y += v * (float64(k/p.width) + 0.5)
	}
	return x / mass, y / mass
}

// inMNISTForm returns the picture with white ink if it has MNIST's form already, or nil. Such
// a picture has the size 28 x 28, a border of one color, ink whose longer side is 18 to 20
// pixels, and the center of mass within a pixel of the middle.
func inMNISTForm(p *plane) *image.Gray {
	if p.width != Size || p.height != Size {
		return nil
	}
	background := math.Round(p.value[0])
	ink := newPlane(Size, Size)
	for k, v := range p.value {
		ink.value[k] = math.Abs(v - background)
		x, y := k%Size, k/Size
		if min(x, y, Size-1-x, Size-1-y) == 0 && ink.value[k] > 0 {
			return nil
		}
	}
	area := ink.extent(0)
	if longer := max(area.Dx(), area.Dy()); area.Empty() || longer < box-2 || longer > box {
		return nil
	}
	if x, y := ink.center(); math.Abs(x-middle) > 1 || math.Abs(y-middle) > 1 {
		return nil
	}
	img := image.NewGray(image.Rect(0, 0, Size, Size))
	for k, v := range ink.value {
		img.Pix[k] = uint8(math.Round(255 * v))
	}
	return img
}
