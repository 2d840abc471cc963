package picture

import (
	"image"
	"image/color"
	"image/draw"
	"slices"
)

// workSide is the largest side of a picture that is processed. Larger pictures are reduced,
// which also averages the noise of a photograph.
const workSide = 256

// plane is a picture of numbers between 0 and 1.
type plane struct {
	width, height int
	value         []float64 // row, column
}

// newPlane returns a plane of zeros.
func newPlane(width, height int) *plane {
	return &plane{width, height, make([]float64, width*height)}
}

// luminance returns the brightness of a picture, reduced to workSide. Transparent parts get a
// background that differs from the ink.
func luminance(img image.Image) *plane {
	bounds := img.Bounds()
	rgba, ok := img.(*image.NRGBA)
	if !ok {
		rgba = image.NewNRGBA(bounds)
		draw.Draw(rgba, bounds, img, bounds.Min, draw.Src)
	}
	gray, alpha := newPlane(bounds.Dx(), bounds.Dy()), newPlane(bounds.Dx(), bounds.Dy())
	opaque := 0.0
	for y := range gray.height {
		for x := range gray.width {
			i := rgba.PixOffset(bounds.Min.X+x, bounds.Min.Y+y)
			pix := rgba.Pix[i : i+4 : i+4]
			level := color.GrayModel.Convert(color.RGBA{pix[0], pix[1], pix[2], 255}).(color.Gray).Y
			k := y*gray.width + x
			gray.value[k], alpha.value[k] = float64(level)/255, float64(pix[3])/255
			opaque += alpha.value[k]
		}
	}
	if opaque < float64(len(alpha.value)) {
		background := backgroundLevel(gray, alpha, opaque)
		for k, a := range alpha.value {
			gray.value[k] = a*gray.value[k] + (1-a)*background
		}
	}
	if longer := max(gray.width, gray.height); longer > workSide {
		scale := float64(workSide) / float64(longer)
		gray = gray.resize(0, 0, float64(gray.width), float64(gray.height),
			max(1, int(float64(gray.width)*scale+0.5)), max(1, int(float64(gray.height)*scale+0.5)))
	}
	return gray
}

// backgroundLevel returns the brightness of the background for the transparent parts of a
// picture. opaque is the sum of alpha.
//
// If most of the picture is transparent, the opaque part is ink. The background is then black
// or white, whichever differs more from the ink. Otherwise most of the opaque part is
// background, and its median is the level.
func backgroundLevel(gray, alpha *plane, opaque float64) float64 {
	if opaque < float64(len(alpha.value))/2 {
		sum := 0.0
		for k, a := range alpha.value {
			sum += a * gray.value[k]
		}
		if sum < opaque/2 {
			return 1
		}
		return 0
	}
	var levels []float64
	for k, a := range alpha.value {
		if a > 0.5 {
			levels = append(levels, gray.value[k])
		}
	}
	return median(levels)
}

// resize returns a rectangle of p, whose corners may be between pixels, in the size width x
// height. Each new pixel is the average of the area that it covers. This keeps the edges of
// strokes smooth when the picture shrinks. A picture that was enlarged by an integer factor
// gets its original pixels back.
func (p *plane) resize(left, top, right, bottom float64, width, height int) *plane {
	narrow := newPlane(width, p.height)
	for x, weights := range coverage(left, right, width, p.width) {
		for y := range p.height {
			sum := 0.0
			for k, w := range weights.share {
				sum += w * p.value[y*p.width+weights.first+k]
			}
			narrow.value[y*width+x] = sum
		}
	}
	small := newPlane(width, height)
	for y, weights := range coverage(top, bottom, height, p.height) {
		for x := range width {
			sum := 0.0
			for k, w := range weights.share {
				sum += w * narrow.value[(weights.first+k)*width+x]
			}
			small.value[y*width+x] = sum
		}
	}
	return small
}

// cover holds the weights of consecutive old pixels in a new pixel.
type cover struct {
	first int       // index of the first old pixel
	share []float64 // weights, whose sum is 1
}

// coverage divides the interval from..to of old pixels into n new pixels. A new pixel that is
// smaller than an old one covers the width of an old pixel around its middle, which gives
// linear interpolation.
func coverage(from, to float64, n, old int) []cover {
	covers := make([]cover, n)
	step := (to - from) / float64(n)
	for i := range covers {
		a, b := from+float64(i)*step, from+float64(i+1)*step
		if step < 1 {
			middle := (a + b) / 2
			a, b = middle-0.5, middle+0.5
		}
		a, b = max(a, 0), min(b, float64(old))
		first := min(int(a), old-1)
		c := cover{first: first}
		for k := first; k < old && float64(k) < b; k++ {
			part := min(b, float64(k+1)) - max(a, float64(k))
			c.share = append(c.share, part/(b-a))
		}
		covers[i] = c
	}
	return covers
}

// median returns the median of the values, or 0 if there are none. It sorts the values.
func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile returns the value below which the fraction q of the values lies, or 0 if there are
// none. It sorts the values.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(int(q*float64(len(values))), len(values)-1)]
}
