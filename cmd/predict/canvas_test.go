package main

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
)

// rgb is a color, each part from 0 to 1.
type rgb [3]float64

// canvas is a picture that tests paint on, to make photographs of digits.
type canvas struct {
	width, height int
	pix           []rgb
	rng           *rand.Rand
}

func newCanvas(width, height int, paper rgb, rng *rand.Rand) *canvas {
	c := &canvas{width, height, make([]rgb, width*height), rng}
	for k := range c.pix {
		c.pix[k] = paper
	}
	return c
}

// each replaces each pixel by what f returns for it; x and y run from 0 to 1.
func (c *canvas) each(f func(x, y float64, old rgb) rgb) {
	for k := range c.pix {
		c.pix[k] = f((float64(k%c.width)+0.5)/float64(c.width), (float64(k/c.width)+0.5)/float64(c.height), c.pix[k])
	}
}

// blend mixes a color over each pixel, by the amount that f returns for it.
func (c *canvas) blend(paint rgb, f func(x, y float64) float64) {
	c.each(func(x, y float64, old rgb) rgb {
		a := min(max(f(x, y), 0), 1)
		for i := range old {
			old[i] += a * (paint[i] - old[i])
		}
		return old
	})
}

// light multiplies each pixel by what f returns for it.
func (c *canvas) light(f func(x, y float64) float64) {
	c.each(func(x, y float64, old rgb) rgb {
		l := f(x, y)
		return rgb{old[0] * l, old[1] * l, old[2] * l}
	})
}

// noise adds normally distributed noise of the given deviation to each part of each pixel.
func (c *canvas) noise(deviation float64) {
	for k := range c.pix {
		for i := range c.pix[k] {
			c.pix[k][i] += deviation * c.rng.NormFloat64()
		}
	}
}

// blur replaces each pixel by the mean of the 3 x 3 pixels around it, n times.
func (c *canvas) blur(n int) {
	for range n {
		old := append([]rgb(nil), c.pix...)
		for k := range c.pix {
			var sum rgb
			count := 0.0
			for y := max(k/c.width-1, 0); y <= min(k/c.width+1, c.height-1); y++ {
				for x := max(k%c.width-1, 0); x <= min(k%c.width+1, c.width-1); x++ {
					for i := range sum {
						sum[i] += old[y*c.width+x][i]
					}
					count++
				}
			}
			c.pix[k] = rgb{sum[0] / count, sum[1] / count, sum[2] / count}
		}
	}
}

// image returns the picture with 8 bits for each part.
func (c *canvas) image() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, c.width, c.height))
	for k, p := range c.pix {
		var b [3]uint8
		for i, v := range p {
			b[i] = uint8(math.Round(255 * min(max(v, 0), 1)))
		}
		img.SetNRGBA(k%c.width, k/c.width, color.NRGBA{b[0], b[1], b[2], 255})
	}
	return img
}

// digit returns the ink of an image of 28 x 28 pixels in the square with the given middle and
// side, turned by an angle in radians, between the pixels by bilinear interpolation.
func digit(pixels []byte, middleX, middleY, side, angle float64) func(x, y float64) float64 {
	at := func(x, y int) float64 {
		if x < 0 || y < 0 || x >= 28 || y >= 28 {
			return 0
		}
		return float64(pixels[y*28+x]) / 255
	}
	sin, cos := math.Sincos(angle)
	return func(x, y float64) float64 {
		dx, dy := (x-middleX)/side, (y-middleY)/side
		u, v := 28*(cos*dx+sin*dy+0.5)-0.5, 28*(cos*dy-sin*dx+0.5)-0.5
		fx, fy := math.Floor(u), math.Floor(v)
		tx, ty := u-fx, v-fy
		i, j := int(fx), int(fy)
		ink := (1-ty)*((1-tx)*at(i, j)+tx*at(i+1, j)) + ty*((1-tx)*at(i, j+1)+tx*at(i+1, j+1))
		// The soft edges of 28 pixels would be blurred in a large picture.
		return min(max((ink-0.35)/0.3, 0), 1)
	}
}

// rectangle returns 1 in a rectangle that is turned around its middle, 0 outside.
func rectangle(middleX, middleY, width, height, angle float64) func(x, y float64) float64 {
	sin, cos := math.Sincos(angle)
	return func(x, y float64) float64 {
		dx, dy := x-middleX, y-middleY
		if math.Abs(cos*dx+sin*dy) < width/2 && math.Abs(cos*dy-sin*dx) < height/2 {
			return 1
		}
		return 0
	}
}

// ruling returns 1 on parallel lines with the given distance and width, 0 between them.
func ruling(distance, width, angle float64) func(x, y float64) float64 {
	sin, cos := math.Sincos(angle)
	return func(x, y float64) float64 {
		if d := math.Mod(cos*y-sin*x+10, distance); d < width {
			return 1
		}
		return 0
	}
}
