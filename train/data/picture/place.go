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

	x, y := small.massCenter()
	left := min(max(int(math.Round(middle-x)), 0), Size-width)
	top := min(max(int(math.Round(middle-y)), 0), Size-height)
	img := image.NewGray(image.Rect(0, 0, Size, Size))
	for k, v := range small.value {
		img.Pix[(top+k/width)*Size+left+k%width] = uint8(math.Round(255 * min(max(v, 0), 1)))
	}
	return img
}

// massCenter returns the center of mass, with the middle of the first pixel at 0.5.
func (p *plane) massCenter() (x, y float64) {
	mass := 0.0
	for k, v := range p.value {
		mass += v
		x += v * (float64(k%p.width) + 0.5)
		y += v * (float64(k/p.width) + 0.5)
	}
	return x / mass, y / mass
}

// inMNISTForm returns the picture with white ink if it has MNIST's form already, or nil. Such
// a picture has the size 28 x 28, a black or white background that makes up most of its border,
// ink whose longer side is 18 to 20 pixels, and the center of mass within a pixel of the
// middle. One in a hundred of MNIST's images has ink at the border.
func inMNISTForm(p *plane) *image.Gray {
	if p.width != Size || p.height != Size {
		return nil
	}
	background := math.Round(p.value[0])
	ink := newPlane(Size, Size)
	atBorder := 0
	for k, v := range p.value {
		ink.value[k] = math.Abs(v - background)
		x, y := k%Size, k/Size
		if min(x, y, Size-1-x, Size-1-y) == 0 && ink.value[k] > 0 {
			atBorder++
		}
	}
	if atBorder > Size {
		return nil
	}
	area := ink.extent(0)
	if longer := max(area.Dx(), area.Dy()); area.Empty() || longer < box-2 || longer > box {
		return nil
	}
	if x, y := ink.massCenter(); math.Abs(x-middle) > 1 || math.Abs(y-middle) > 1 {
		return nil
	}
	img := image.NewGray(image.Rect(0, 0, Size, Size))
	for k, v := range ink.value {
		img.Pix[k] = uint8(math.Round(255 * v))
	}
	return img
}

// extent returns the smallest rectangle that holds all ink above low.
func (p *plane) extent(low float64) image.Rectangle {
	area := image.Rectangle{Min: image.Pt(math.MaxInt, math.MaxInt)}
	for k, v := range p.value {
		if v > low {
			x, y := k%p.width, k/p.width
			area.Min.X, area.Min.Y = min(area.Min.X, x), min(area.Min.Y, y)
			area.Max.X, area.Max.Y = max(area.Max.X, x+1), max(area.Max.Y, y+1)
		}
	}
	return area
}
