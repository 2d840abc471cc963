package augment

import (
	"math"

	"inkstone/internal/interpolate"
)

// Coordinates in the source are fixed-point numbers with 24 fractional bits. Sums of them
// are exact on every processor, and the rounding of a step stays small over a row.
// Interpolation uses the first 8 fractional bits.
const (
	pointBits  = 24
	weightBits = 8
	one        = 1 << weightBits
)

// points holds the coordinates in the source of the pixels of a row.
type points struct{ x, y []int64 }

func newPoints(width int) points {
	return points{x: make([]int64, width), y: make([]int64, width)}
}

// fixed returns v as the nearest fixed-point number.
func fixed(v float64) int64 { return int64(math.Floor(float64(v*(1<<pointBits)) + 0.5)) }

// resample distorts the image in the frame and writes the result to dst. It maps each pixel
// by m, adds the displacement of the field, and interpolates at that point of the frame.
func (a *Augmenter) resample(dst []byte, m inverse) {
	// The border moves the image by one pixel. Half of the last bit of the weights turns
	// the truncation in sample into rounding.
	const origin = 1<<pointBits + 1<<(pointBits-weightBits-1)
	stepX, stepY := fixed(m.xx), fixed(m.yx)
	for y := range a.height {
		px := fixed(float64(m.xy*float64(y))+m.x0) + origin
		py := fixed(float64(m.yy*float64(y))+m.y0) + origin
		xs, ys := a.row.x, a.row.y[:len(a.row.x)]
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

// sample interpolates in the frame at the points (xs[i], ys[i]).
func (a *Augmenter) sample(row []byte, xs, ys []int64) {
	height, width, stride := uint64(a.height), uint64(a.width), a.width+2
	frame := a.frame
	xs, ys = xs[:len(row)], ys[:len(row)]
	for i := range row {
		px, py := xs[i], ys[i]
		x, y := px>>pointBits, py>>pointBits
		// For x from 0 to width and y from 0 to height, the neighbors to the right and below
		// are in the frame. A negative number becomes a large unsigned one.
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
