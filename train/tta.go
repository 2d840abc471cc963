package train

import (
	"fmt"
	"math"

	"inkstone/internal/interpolate"
)

// View is a transformation of an image: it is scaled and rotated about its middle, then
// shifted. Outside of the image is background, 0.
type View struct {
	Right, Down float64 // shift, in pixels
	Angle       float64 // degrees, counter-clockwise
	Scale       float64 // factor; 0 stands for 1
}

// TestTimeAugmentation returns views in which a digit stays the same digit: the image
// unchanged, shifts by a pixel, rotations by 8 degrees, and a size 6 % smaller and larger.
// Averaging a network's probabilities over such views is due to Krizhevsky, Sutskever
// and Hinton, "ImageNet classification with deep convolutional neural networks", NIPS
// 2012, section 4.1.
func TestTimeAugmentation() []View {
	return []View{
		{},
		{Right: 1}, {Right: -1}, {Down: 1}, {Down: -1},
		{Angle: 8}, {Angle: -8},
		{Scale: 0.94}, {Scale: 1.06},
	}
}

// check refuses a view that makes no sense for images of that size.
func (v View) check(height, width int) error {
	side := float64(min(height, width))
	switch {
	case !(math.Abs(v.Right) < side && math.Abs(v.Down) < side): // also refuses NaN
		return fmt.Errorf("view: shift by %v, %v pixels, want less than the %dx%d of the image", v.Right, v.Down, height, width)
	case !(math.Abs(v.Angle) <= 180):
		return fmt.Errorf("view: rotation by %v degrees, want -180 to 180", v.Angle)
	case !(v.Scale == 0 || v.Scale >= 0.1 && v.Scale <= 10):
		return fmt.Errorf("view: scale of %v, want 0.1 to 10, or 0 for 1", v.Scale)
	}
	return nil
}

// weightBits is the precision of places between pixels: 1/1024 of a pixel.
const weightBits = 10

// warp is a view of images of one size, prepared: where in the image each pixel of the
// result lies.
type warp struct {
	width  int
	frame  []byte // see interpolate.NewFrame
	places []place
}

// place is a place in the frame: to the right of and below a pixel, by parts of 1024. A
// place outside of the image is the zero place, whose pixel is background.
type place struct {
	pixel       int32
	right, down uint32
}

// newWarp prepares a view. The pixel p of the result is at
//
//	c + R^-1 (p - c - shift) / scale
//
// in the source, with c the middle of the image and R the rotation.
func newWarp(v View, height, width int) (*warp, error) {
	if err := v.check(height, width); err != nil {
		return nil, err
	}
	scale := v.Scale
	if scale == 0 {
		scale = 1
	}
	sin, cos := math.Sincos(v.Angle * (math.Pi / 180))
	cx, cy := float64(width-1)/2, float64(height-1)/2
	w := &warp{width: width, frame: interpolate.NewFrame(height, width), places: make([]place, height*width)}
	for i := range w.places {
		x, y := float64(i%width)-cx-v.Right, float64(i/width)-cy-v.Down
		// y points down, so a turn against the clock is by the matrix (cos sin; -sin cos).
		// The conversions keep the compiler from fusing products and sums.
		sx := cx + (float64(cos*x)-float64(sin*y))/scale
		sy := cy + (float64(sin*x)+float64(cos*y))/scale
		w.places[i] = newPlace(sx, sy, height, width)
	}
	return w, nil
}

// newPlace returns the place of a point of the image in its frame.
func newPlace(x, y float64, height, width int) place {
	left, right := split(x)
	top, down := split(y)
	if left < -1 || left >= width || top < -1 || top >= height {
		return place{}
	}
	return place{int32((top+1)*(width+2) + left + 1), right, down}
}

// split parts a coordinate into the whole number below it and the rest.
func split(v float64) (whole int, rest uint32) {
	fixed := int(math.Floor(v*(1<<weightBits) + 0.5))
	return fixed >> weightBits, uint32(fixed & (1<<weightBits - 1))
}

// apply writes the view of the image src to dst.
func (w *warp) apply(dst, src []byte) {
	interpolate.FillFrame(w.frame, src, w.width)
	for i, p := range w.places {
		above, below := w.frame[p.pixel:], w.frame[int(p.pixel)+w.width+2:]
		dst[i] = interpolate.Bilinear(above[0], above[1], below[0], below[1], p.right, p.down, weightBits)
	}
}
