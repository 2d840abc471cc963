package picture

import (
	"image"
	"image/color"
	"math/bits"
)

// baseSide bounds the longer side of a picture after it is read. A sheet of paper whose
// characters are a tenth as high as the sheet still has a hundred rows for each.
const baseSide = 1024

// colors is a picture in three planes.
type colors struct {
	width, height int
	planes        [3][]float32 // red, green, blue, each from 0 to 1, row-major
}

func newColors(width, height int) *colors {
	c := &colors{width: width, height: height}
	for i := range c.planes {
		c.planes[i] = make([]float32, width*height)
	}
	return c
}

// reduce returns the picture with at most [baseSide] pixels in width and height. A pixel of
// the result is the mean of a square of pixels, so that noise is averaged away. Nothing as
// large as the picture itself is allocated.
//
// Where the picture is transparent, a background from which the rest stands out shows
// through. A picture with 16 bits for each value that uses only the lower ones, as
// scientific cameras and converters write it, is brightened to the full range.
func reduce(img image.Image) *colors {
	b := img.Bounds()
	side := max(1, (max(b.Dx(), b.Dy())+baseSide-1)/baseSide)
	c := newColors((b.Dx()+side-1)/side, (b.Dy()+side-1)/side)
	alpha := make([]float32, c.width*c.height)
	at := pixels(img)
	var highest uint32
	row := make([][4]uint64, c.width)
	for y := range c.height {
		clear(row)
		top := b.Min.Y + y*side
		bottom := min(top+side, b.Max.Y)
		for sy := top; sy < bottom; sy++ {
			for x := range row {
				sum := &row[x]
				left := b.Min.X + x*side
				for sx := left; sx < min(left+side, b.Max.X); sx++ {
					red, green, blue, a := at(sx, sy)
					sum[0] += uint64(red)
					sum[1] += uint64(green)
					sum[2] += uint64(blue)
					sum[3] += uint64(a)
					highest = max(highest, red, green, blue)
				}
			}
		}
		for x := range row {
			area := float32((bottom - top) * (min((x+1)*side, b.Dx()) - x*side))
			for i := range c.planes {
				c.planes[i][y*c.width+x] = float32(row[x][i]) / area / 0xFFFF
			}
			alpha[y*c.width+x] = float32(row[x][3]) / area / 0xFFFF
		}
	}
	if used := bits.Len32(highest); used > 0 && used <= 14 && sixteenBit(img) {
		c.scale(0xFFFF / float32(uint32(1)<<max(used, 8)-1))
	}
	c.fillTransparent(alpha)
	return c
}

// pixels returns a function for the color of a pixel, multiplied by alpha, in 16 bits.
func pixels(img image.Image) func(x, y int) (r, g, b, a uint32) {
	if fast, ok := img.(image.RGBA64Image); ok {
		return func(x, y int) (r, g, b, a uint32) {
			p := fast.RGBA64At(x, y)
			return uint32(p.R), uint32(p.G), uint32(p.B), uint32(p.A)
		}
	}
	return func(x, y int) (r, g, b, a uint32) { return img.At(x, y).RGBA() }
}

// sixteenBit reports whether a picture has 16 bits for each value.
func sixteenBit(img image.Image) bool {
	switch img.ColorModel() {
	case color.Gray16Model, color.RGBA64Model, color.NRGBA64Model:
		return true
	}
	return false
}

func (c *colors) scale(factor float32) {
	for _, plane := range c.planes {
		for k := range plane {
			plane[k] = min(plane[k]*factor, 1)
		}
	}
}

// fillTransparent adds the background that shows through where alpha is below 1.
//
// A picture that is mostly transparent is ink without paper: the background is black or
// white, whichever is farther from the ink. Otherwise the picture has its own background,
// and the median of its opaque part continues it.
func (c *colors) fillTransparent(alpha []float32) {
	var opaque, sum float64
	for k, a := range alpha {
		opaque += float64(a)
		sum += float64(c.planes[0][k]+c.planes[1][k]+c.planes[2][k]) / 3
	}
	if opaque > float64(len(alpha))*(1-1e-6) {
		return
	}
	for _, plane := range c.planes {
		ground := float32(0)
		switch {
		case opaque >= float64(len(alpha))/2:
			var levels []float64
			for k, a := range alpha {
				if a > 0.5 {
					levels = append(levels, float64(plane[k]/a))
				}
			}
			ground = float32(median(levels))
		case sum < opaque/2:
			ground = 1
		}
		for k, a := range alpha {
			plane[k] += (1 - a) * ground
		}
	}
}
