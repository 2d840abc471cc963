package picture

import (
	"image"
	"slices"
)

// plane is a picture of numbers between 0 and 1.
type plane struct {
	width, height int
	value         []float64 // row-major
}

func newPlane(width, height int) *plane {
	return &plane{width, height, make([]float64, width*height)}
}

// blur returns the means of the squares with 2*radius+1 pixels on a side around each pixel,
// as far as they lie in the picture.
func (p *plane) blur(radius int) *plane {
	rows, out := newPlane(p.width, p.height), newPlane(p.width, p.height)
	for y := range p.height {
		mean(p.value[y*p.width:], rows.value[y*p.width:], p.width, 1, radius)
	}
	for x := range p.width {
		mean(rows.value[x:], out.value[x:], p.height, p.width, radius)
	}
	return out
}

// mean writes the means of n numbers with the given stride over a moving window.
func mean(from, to []float64, n, stride, radius int) {
	sum, count := 0.0, 0
	for i := -radius; i < n; i++ {
		if in := i + radius; in < n {
			sum += from[in*stride]
			count++
		}
		if out := i - radius - 1; out >= 0 {
			sum -= from[out*stride]
			count--
		}
		if i >= 0 {
			to[i*stride] = sum / float64(count)
		}
	}
}

// limited returns the picture scaled by a factor, if that is below 1.
func (p *plane) limited(scale float64) *plane {
	if scale >= 1 {
		return p
	}
	return p.resize(0, 0, float64(p.width), float64(p.height),
		max(1, int(float64(p.width)*scale+0.5)), max(1, int(float64(p.height)*scale+0.5)))
}

// crop returns a copy of a part of the picture.
func (p *plane) crop(area image.Rectangle) *plane {
	area = area.Intersect(image.Rect(0, 0, p.width, p.height))
	part := newPlane(area.Dx(), area.Dy())
	for y := range part.height {
		copy(part.value[y*part.width:(y+1)*part.width], p.value[(area.Min.Y+y)*p.width+area.Min.X:])
	}
	return part
}

// inverted returns the picture with bright and dark exchanged.
func (p *plane) inverted() *plane {
	out := newPlane(p.width, p.height)
	for k, v := range p.value {
		out.value[k] = 1 - v
	}
	return out
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
