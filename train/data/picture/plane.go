package picture

import (
	"image"
	"image/color"
	"image/draw"
	"slices"
)

// workSide bounds the longer side of the pictures that the work is done on: six
// times what the result needs, and a photograph's noise is averaged away.
const workSide = 256

// plane is a picture of numbers between 0 and 1.
type plane struct {
	width, height int
	at            []float64 // row-major
}

func newPlane(width, height int) *plane {
	return &plane{width, height, make([]float64, width*height)}
}

// luminance returns the brightness of a picture, reduced to a bearable size. Where the
// picture is transparent, it puts a background that the rest stands out from.
func luminance(img image.Image) *plane {
	bounds := img.Bounds()
	rgba, ok := img.(*image.NRGBA)
	if !ok {
		rgba = image.NewNRGBA(bounds)
		draw.Draw(rgba, bounds, img, bounds.Min, draw.Src)
	}
	grey, alpha := newPlane(bounds.Dx(), bounds.Dy()), newPlane(bounds.Dx(), bounds.Dy())
	opaque := 0.0
	for y := range grey.height {
		for x := range grey.width {
			i := rgba.PixOffset(bounds.Min.X+x, bounds.Min.Y+y)
			pix := rgba.Pix[i : i+4 : i+4]
			level := color.GrayModel.Convert(color.RGBA{pix[0], pix[1], pix[2], 255}).(color.Gray).Y
			k := y*grey.width + x
			grey.at[k], alpha.at[k] = float64(level)/255, float64(pix[3])/255
			opaque += alpha.at[k]
		}
	}
	if opaque < float64(len(alpha.at)) {
		ground := behind(grey, alpha, opaque)
		for k, a := range alpha.at {
			grey.at[k] = a*grey.at[k] + (1-a)*ground
		}
	}
	if longer := max(grey.width, grey.height); longer > workSide {
		scale := float64(workSide) / float64(longer)
		grey = grey.resize(0, 0, float64(grey.width), float64(grey.height),
			max(1, int(float64(grey.width)*scale+0.5)), max(1, int(float64(grey.height)*scale+0.5)))
	}
	return grey
}

// behind chooses the level that shows through where a picture is transparent.
//
// A picture that is mostly transparent is ink on nothing: the background is whichever
// of black and white the ink stands out from. Otherwise the picture brings its
// background along, and the median of what is opaque continues it.
func behind(grey, alpha *plane, opaque float64) float64 {
	if opaque < float64(len(alpha.at))/2 {
		sum := 0.0
		for k, a := range alpha.at {
			sum += a * grey.at[k]
		}
		if sum < opaque/2 {
			return 1
		}
		return 0
	}
	var levels []float64
	for k, a := range alpha.at {
		if a > 0.5 {
			levels = append(levels, grey.at[k])
		}
	}
	return median(levels)
}

// resize returns the rectangle of p with these corners, in pixels and parts of
// pixels, at another size. Each new pixel is the average of the area that it covers,
// which keeps the edges of strokes smooth when the picture shrinks and gives back the
// original when it had been enlarged by a whole factor.
func (p *plane) resize(left, top, right, bottom float64, width, height int) *plane {
	narrow := newPlane(width, p.height)
	for x, weights := range coverage(left, right, width, p.width) {
		for y := range p.height {
			sum := 0.0
			for k, w := range weights.of {
				sum += w * p.at[y*p.width+weights.first+k]
			}
			narrow.at[y*width+x] = sum
		}
	}
	small := newPlane(width, height)
	for y, weights := range coverage(top, bottom, height, p.height) {
		for x := range width {
			sum := 0.0
			for k, w := range weights.of {
				sum += w * narrow.at[(weights.first+k)*width+x]
			}
			small.at[y*width+x] = sum
		}
	}
	return small
}

// cover holds the parts of consecutive old pixels, from first on, that make up a new one.
type cover struct {
	first int
	of    []float64 // sum to 1
}

// coverage divides the stretch from..to of old pixels among n new ones. A new pixel
// smaller than an old one looks at a whole pixel's breadth around its centre, which
// interpolates linearly.
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
			c.of = append(c.of, part/(b-a))
		}
		covers[i] = c
	}
	return covers
}

// median returns the middle of the values, 0 for none. It sorts them.
func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile returns the value below which the fraction q of the values lies, 0 for
// none. It sorts them.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(int(q*float64(len(values))), len(values)-1)]
}
