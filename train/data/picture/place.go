package picture

import (
	"image"
	"math"
)

// middle is where the center of mass belongs, with the middle of the first pixel at
// 0.5: MNIST rounds to the pixel below and right of the picture's center, so that over
// its images the center of mass is at 14.5, not at 14.
const middle = Size/2 + 0.5

// place scales the given area of the ink so that its longer side fills the box, and
// puts it into the result with the center of mass in the middle, as far as the ink
// stays within.
func place(ink *plane, area image.Rectangle) *image.Gray {
	scale := box / float64(max(area.Dx(), area.Dy()))
	width := max(1, int(float64(area.Dx())*scale+0.5))
	height := max(1, int(float64(area.Dy())*scale+0.5))
	small := ink.resize(float64(area.Min.X), float64(area.Min.Y), float64(area.Max.X), float64(area.Max.Y), width, height)

	x, y := small.massCenter()
	left := min(max(int(math.Round(middle-x)), 0), Size-width)
	top := min(max(int(math.Round(middle-y)), 0), Size-height)
	img := image.NewGray(image.Rect(0, 0, Size, Size))
	for k, v := range small.at {
		img.Pix[(top+k/width)*Size+left+k%width] = uint8(math.Round(255 * min(max(v, 0), 1)))
	}
	return img
}

// massCenter returns the center of mass, where the middle of the first pixel is at 0.5.
func (p *plane) massCenter() (x, y float64) {
	mass := 0.0
	for k, v := range p.at {
		mass += v
		x += v * (float64(k%p.width) + 0.5)
		y += v * (float64(k/p.width) + 0.5)
	}
	return x / mass, y / mass
}

// alreadyThere returns the picture if it has MNIST's form in either polarity: the
// size, an even border of black (or white), ink that fills the box but for two pixels at most and lies
// with its center of mass in the middle. Otherwise it returns nil.
func alreadyThere(p *plane) *image.Gray {
	if p.width != Size || p.height != Size {
		return nil
	}
	background := math.Round(p.at[0])
	ink := newPlane(Size, Size)
	for k, v := range p.at {
		ink.at[k] = math.Abs(v - background)
		x, y := k%Size, k/Size
		if min(x, y, Size-1-x, Size-1-y) == 0 && ink.at[k] > 0 {
			return nil
		}
	}
	area := ink.extent(0)
	if longer := max(area.Dx(), area.Dy()); area.Empty() || longer < box-2 || longer > box {
		return nil
	}
	if x, y := ink.massCenter(); math.Abs(x-middle) > 1 || math.Abs(y-middle) > 1 {
		return nil
	}
	img := image.NewGray(image.Rect(0, 0, Size, Size))
	for k, v := range ink.at {
		img.Pix[k] = uint8(math.Round(255 * v))
	}
	return img
}

// extent returns the smallest rectangle that holds all ink above low.
func (p *plane) extent(low float64) image.Rectangle {
	area := image.Rectangle{Min: image.Pt(math.MaxInt, math.MaxInt)}
	for k, v := range p.at {
		if v > low {
			x, y := k%p.width, k/p.width
			area.Min.X, area.Min.Y = min(area.Min.X, x), min(area.Min.Y, y)
			area.Max.X, area.Max.Y = max(area.Max.X, x+1), max(area.Max.Y, y+1)
		}
	}
	return area
}
