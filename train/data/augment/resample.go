package augment

import (
	"math"

	"inkstone/internal/interpolate"
)

// Places in the source are fixed-point numbers with 24 bits after the point: a row's
// worth of steps loses nothing to rounding, and the sums are exact on any processor.
// Interpolation uses the first 8 of these bits.
const (
	pointBits  = 24
	weightBits = 8
	one        = 1 << weightBits
)

// line holds the places in the source of a row of pixels.
type line struct{ x, y []int64 }

func newLine(width int) line {
	return line{x: make([]int64, width), y: make([]int64, width)}
}

// fixed rounds to the nearest fixed-point number.
func fixed(v float64) int64 { return int64(math.Floor(float64(v*(1<<pointBits)) + 0.5)) }

// resample writes the image in the frame to dst: each pixel takes its value at the
// place to which m, and then the field, send it, by bilinear interpolation.
func (a *Augmenter) resample(dst []byte, m inverse) {
	// The border moves the image by one pixel; half of the last bit of the weights makes
	// cutting off a rounding.
	const origin = 1<<pointBits + 1<<(pointBits-weightBits-1)
	stepX, stepY := fixed(m.xx), fixed(m.yx)
	for y := range a.height {
		px := fixed(float64(m.xy*float64(y))+m.x0) + origin
		py := fixed(float64(m.yy*float64(y))+m.y0) + origin
		xs, ys := a.line.x, a.line.y[:len(a.line.x)]
		for x := range xs {
			xs[x], ys[x] = px, py
			px += stepX
			py += stepY
		}
		if a.field != nil {
			a.field.displace(xs, ys, y)
		}
		a.sample(dst[y*a.width:(y+1)*a.width], xs, ys)
	}
}

// sample interpolates in the frame at the places (xs[i], ys[i]).
func (a *Augmenter) sample(row []byte, xs, ys []int64) {
	height, width, stride := uint64(a.height), uint64(a.width), a.width+2
	frame := a.frame
	xs, ys = xs[:len(row)], ys[:len(row)]
	for i := range row {
		px, py := xs[i], ys[i]
		x, y := px>>pointBits, py>>pointBits
		// At x from 0 to width and y from 0 to height, the pixel to the right and below
		// lies in the frame too. Negative numbers become large ones.
		if uint64(x) > width || uint64(y) > height {
			row[i] = 0
			continue
		}
		k := int(y)*stride + int(x)
		top, bottom := frame[k:k+2:k+2], frame[k+stride:k+stride+2:k+stride+2]
		wx := uint32(px>>(pointBits-weightBits)) & (one - 1)
		wy := uint32(py>>(pointBits-weightBits)) & (one - 1)
		row[i] = interpolate.Bilinear(top[0], top[1], bottom[0], bottom[1], wx, wy, weightBits)
	}
}
