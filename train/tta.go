package train

import (
	"fmt"
	"math"
)

// View is a way to look at an image once more: scaled and turned about its middle, then
// shifted. What comes in from outside the image is background, 0.
type View struct {
	Right, Down float64 // shift, in pixels
	Angle       float64 // degrees, counter-clockwise
	Scale       float64 // factor; 0 stands for 1
}

// TestTimeAugmentation lists views that leave a digit what it is: the image as it
// is, shifts by a pixel, rotations by 8 degrees, and a size 6 % smaller and larger.
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

// check reports a view that cannot be one of images of that size.
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

// weightBits is the precision of the weights of an interpolation: whole numbers that
// sum to 1<<weightBits, so that every processor gives the same bytes.
const weightBits = 10

// warp is a view of images of one size, prepared: from which pixels, with which
// weights, each pixel of the result is mixed.
type warp []blend

// blend is a bilinear interpolation. A pixel outside the image has weight 0.
type blend struct {
	from   [4]int32
	weight [4]int32
}

// newWarp prepares a view. The pixel p of the result is at
//
//	c + R^-1 (p - c - shift) / scale
//
// in the source, with c the middle of the image and R the rotation.
func newWarp(v View, height, width int) (warp, error) {
	if err := v.check(height, width); err != nil {
		return nil, err
	}
	scale := v.Scale
	if scale == 0 {
		scale = 1
	}
	sin, cos := math.Sincos(v.Angle * (math.Pi / 180))
	cx, cy := float64(width-1)/2, float64(height-1)/2
	w := make(warp, height*width)
	for i := range w {
		x, y := float64(i%width)-cx-v.Right, float64(i/width)-cy-v.Down
		// y points down, so a turn against the clock is by the matrix (cos sin; -sin cos).
		// The conversions keep the compiler from fusing products and sums.
		sx := cx + (float64(cos*x)-float64(sin*y))/scale
		sy := cy + (float64(sin*x)+float64(cos*y))/scale
		w[i] = newBlend(sx, sy, height, width)
	}
	return w, nil
}

// newBlend interpolates at a place in the image.
func newBlend(x, y float64, height, width int) blend {
	x0, x1 := parts(x)
	y0, y1 := parts(y)
	var b blend
	for k := range 4 {
		i, wx := x0, 1<<weightBits-x1
		if k%2 == 1 {
			i, wx = x0+1, x1
		}
		j, wy := y0, 1<<weightBits-y1
		if k/2 == 1 {
			j, wy = y0+1, y1
		}
		if i >= 0 && i < width && j >= 0 && j < height {
			b.from[k], b.weight[k] = int32(j*width+i), int32(wx*wy)
		}
	}
	return b
}

// parts cuts a coordinate into the whole number below it and the weight of the next.
func parts(v float64) (whole, weight int) {
	fixed := int(math.Floor(v*(1<<weightBits) + 0.5))
	return fixed >> weightBits, fixed & (1<<weightBits - 1)
}

// apply writes the view of the image src to dst.
func (w warp) apply(dst, src []byte) {
	const half = 1 << (2*weightBits - 1)
	for i := range w {
		b := &w[i]
		sum := int32(half)
		for k, from := range b.from {
			sum += b.weight[k] * int32(src[from])
		}
		dst[i] = byte(sum >> (2 * weightBits))
	}
}
