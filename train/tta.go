package train

import (
	"fmt"
	"math"

	"inkstone/internal/interpolate"
)

// View is a transformation of an image. The image is scaled and rotated about its middle, then
// shifted. Pixels outside of the image are background, 0.
type View struct {
	Right, Down float64 // shift, in pixels, smaller than the image
	Angle       float64 // rotation, in degrees counterclockwise, from -180 to 180
	Scale       float64 // factor from 0.1 to 10; 0 means 1
}

// TestTimeAugmentation returns nine views that do not change which digit an image shows: the
// image itself, shifts by one pixel, rotations by 8 degrees, and scaling by 0.94 and 1.06. The
// average of a network's probabilities over such views is due to Krizhevsky, Sutskever and
// Hinton, "ImageNet classification with deep convolutional neural networks", NIPS 2012, section
// 4.1.
func TestTimeAugmentation() []View {
	return []View{
		{},
		{Right: 1}, {Right: -1}, {Down: 1}, {Down: -1},
		{Angle: 8}, {Angle: -8},
		{Scale: 0.94}, {Scale: 1.06},
	}
}

// check returns an error if the view is not valid for images of height x width pixels.
func (v View) check(height, width int) error {
	side := float64(min(height, width))
	switch {
	case !(math.Abs(v.Right) < side && math.Abs(v.Down) < side): // also refuses NaN
		return fmt.Errorf("view: shift by %v, %v pixels, want less than the smaller side of %dx%d", v.Right, v.Down, height, width)
	case !(math.Abs(v.Angle) <= 180):
		return fmt.Errorf("view: rotation by %v degrees, want -180 to 180", v.Angle)
	case !(v.Scale == 0 || v.Scale >= 0.1 && v.Scale <= 10):
		return fmt.Errorf("view: scale of %v, want 0.1 to 10, or 0 for 1", v.Scale)
	}
	return nil
}

// weightBits is the number of fractional bits of a coordinate, for a precision of 1/1024 pixel.
const weightBits = 10

// warp applies a view to images of one size. It holds the point of the image for each pixel of
// the result.
type warp struct {
	width  int
	frame  []byte // see interpolate.NewFrame
	points []framePoint
}

// framePoint is a point of the frame, given by the pixel above and to the left of it and the
// distances from that pixel in 1024ths of a pixel. A point outside of the image is the zero
// framePoint, whose pixel is background.
type framePoint struct {
	pixel       int32
	right, down uint32
}

// newWarp returns the warp of a view. The pixel p of the result is the point
//
//	c + R^-1 (p - c - shift) / scale
//
// of the source, with c the middle of the image and R the rotation.
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
	w := &warp{width: width, frame: interpolate.NewFrame(height, width), points: make([]framePoint, height*width)}
	for i := range w.points {
		x, y := float64(i%width)-cx-v.Right, float64(i/width)-cy-v.Down
		// y points down, so the matrix of a counterclockwise rotation is (cos sin; -sin cos).
		// The conversions stop the compiler from fusing products and sums.
		sx := cx + (float64(cos*x)-float64(sin*y))/scale
		sy := cy + (float64(sin*x)+float64(cos*y))/scale
		w.points[i] = newFramePoint(sx, sy, height, width)
	}
	return w, nil
}

// newFramePoint returns the point of the frame for a point (x, y) of the image.
func newFramePoint(x, y float64, height, width int) framePoint {
	left, right := split(x)
	top, down := split(y)
	if left < -1 || left >= width || top < -1 || top >= height {
		return framePoint{}
	}
	return framePoint{int32((top+1)*(width+2) + left + 1), right, down}
}

// split returns the integer part of a coordinate and the rest in 1024ths.
func split(v float64) (whole int, rest uint32) {
	fixed := int(math.Floor(v*(1<<weightBits) + 0.5))
	return fixed >> weightBits, uint32(fixed & (1<<weightBits - 1))
}

// apply writes the view of the image src to dst.
func (w *warp) apply(dst, src []byte) {
	interpolate.FillFrame(w.frame, src, w.width)
	for i, p := range w.points {
		above, below := w.frame[p.pixel:], w.frame[int(p.pixel)+w.width+2:]
		dst[i] = interpolate.Bilinear(above[0], above[1], below[0], below[1], p.right, p.down, weightBits)
	}
}
