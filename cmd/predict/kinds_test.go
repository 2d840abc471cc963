package main

import (
	"image"
	"math"
	"math/rand/v2"
)

// kind is a way to photograph a digit of 28 x 28 pixels.
type kind struct {
	name    string
	quality int // of the JPEG file, 0 for PNG
	paint   func(pixels []byte, rng *rand.Rand) image.Image
}

// between draws a number.
func between(rng *rand.Rand, low, high float64) float64 { return low + (high-low)*rng.Float64() }

var (
	white = rgb{0.93, 0.93, 0.91}
	black = rgb{0.1, 0.1, 0.12}
)

// placed draws the place of a digit: near the middle, of the given side, slightly turned.
func placed(pixels []byte, rng *rand.Rand, side float64) func(x, y float64) float64 {
	return digit(pixels, between(rng, 0.42, 0.58), between(rng, 0.42, 0.58), side, between(rng, -0.1, 0.1))
}

// kinds are the photographs that the steps of package picture were developed with.
// laterKinds were made afterwards.
var kinds = []kind{
	{"vignette", 90, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(400, 400, white, rng)
		c.blend(black, placed(pixels, rng, 0.6))
		x0, y0 := between(rng, 0.3, 0.7), between(rng, 0.3, 0.7)
		c.light(func(x, y float64) float64 { return 1 - 0.9*((x-x0)*(x-x0)+(y-y0)*(y-y0)) })
		c.noise(0.02)
		return c.image()
	}},
	{"wooden desk", 85, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(480, 480, rgb{0.45, 0.3, 0.18}, rng)
		c.light(func(x, y float64) float64 { return 1 + 0.15*math.Sin(60*y+3*math.Sin(4*x)) })
		angle := between(rng, -0.2, 0.2)
		c.blend(white, rectangle(0.5, 0.5, 0.68, 0.65, angle))
		c.blend(black, digit(pixels, 0.5, 0.5, 0.4, angle/2))
		c.blur(1)
		c.noise(0.02)
		return c.image()
	}},
	{"shadow of a pen", 85, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(400, 400, white, rng)
		c.blend(black, placed(pixels, rng, 0.5))
		a, m := between(rng, 0.5, 1), between(rng, -0.1, 0.1)
		c.light(func(x, y float64) float64 {
			if math.Abs(y-0.5-m-a*(x-0.5)) < 0.06 {
				return 0.55
			}
			return 1
		})
		c.blur(2)
		c.noise(0.01)
		return c.image()
	}},
	{"sharpened", 70, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(300, 300, rgb{0.8, 0.8, 0.8}, rng)
		c.blend(black, placed(pixels, rng, 0.6))
		c.blur(1)
		soft := newCanvas(300, 300, white, rng)
		copy(soft.pix, c.pix)
		soft.blur(4)
		for k := range c.pix {
			for i := range c.pix[k] {
				c.pix[k][i] += 0.8 * (c.pix[k][i] - soft.pix[k][i])
			}
		}
		return c.image()
	}},
	{"small on a page", 90, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(1200, 1200, white, rng)
		c.blend(black, digit(pixels, between(rng, 0.2, 0.8), between(rng, 0.2, 0.8), 0.1, 0))
		c.light(func(x, y float64) float64 { return 0.9 - 0.3*x + 0.1*y })
		c.noise(0.02)
		return c.image()
	}},
	{"whiteboard", 80, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(400, 400, rgb{0.75, 0.77, 0.8}, rng)
		x0, y0 := rng.Float64(), rng.Float64()
		c.blend(rgb{1, 1, 1}, func(x, y float64) float64 { return 1.2 - 6*math.Hypot(x-x0, y-y0) })
		c.blend(rgb{0.1, 0.5, 0.2}, placed(pixels, rng, 0.6))
		c.noise(0.01)
		return c.image()
	}},
	{"tilted squares", 85, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(400, 400, white, rng)
		angle := between(rng, -0.15, 0.15)
		d := between(rng, 0.05, 0.1)
		c.blend(rgb{0.35, 0.45, 0.75}, ruling(d, 0.005, angle))
		c.blend(rgb{0.35, 0.45, 0.75}, ruling(d, 0.005, angle+math.Pi/2))
		c.blend(rgb{0.25, 0.25, 0.27}, placed(pixels, rng, 0.55))
		c.blur(1)
		c.noise(0.015)
		return c.image()
	}},
	{"status bar", 0, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(400, 400, rgb{0.07, 0.07, 0.09}, rng)
		c.blend(rgb{0.3, 0.3, 0.35}, func(_, y float64) float64 { return 1 - math.Floor(y/0.05) })
		c.blend(rgb{0.9, 0.9, 0.9}, rectangle(0.5, 0.97, 0.3, 0.006, 0))
		c.blend(rgb{0.9, 0.9, 0.9}, placed(pixels, rng, 0.5))
		return c.image()
	}},
	{"margin line", 85, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(400, 400, white, rng)
		c.blend(rgb{0.4, 0.5, 0.8}, ruling(0.12, 0.008, between(rng, -0.05, 0.05)))
		c.blend(rgb{0.8, 0.2, 0.2}, rectangle(between(rng, 0.1, 0.15), 0.5, 0.01, 2, between(rng, -0.05, 0.05)))
		c.blend(rgb{0.15, 0.15, 0.5}, placed(pixels, rng, 0.5))
		c.blur(1)
		c.noise(0.015)
		return c.image()
	}},
	{"tight crop", 0, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(200, 200, white, rng)
		c.blend(black, digit(pixels, 0.5, 0.5, between(rng, 1.2, 1.4), 0))
		c.noise(0.01)
		return c.image()
	}},
	{"coffee stain", 85, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(400, 400, white, rng)
		x0, y0, r := rng.Float64(), rng.Float64(), between(rng, 0.2, 0.4)
		c.blend(rgb{0.6, 0.45, 0.3}, func(x, y float64) float64 {
			return 0.5 * math.Exp(-math.Pow((math.Hypot(x-x0, y-y0)-r)/0.03, 2))
		})
		c.blend(rgb{0.1, 0.1, 0.4}, placed(pixels, rng, 0.5))
		c.noise(0.015)
		return c.image()
	}},
	{"faint pencil", 80, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(400, 400, white, rng)
		ink := placed(pixels, rng, 0.6)
		c.blend(rgb{0.65, 0.65, 0.67}, func(x, y float64) float64 { return ink(x, y) * between(rng, 0.5, 1) })
		c.light(func(x, y float64) float64 { return 0.9 - 0.2*y })
		c.blur(1)
		c.noise(0.02)
		return c.image()
	}},
	{"rounded box", 0, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(400, 400, white, rng)
		c.blend(rgb{0.2, 0.2, 0.2}, func(x, y float64) float64 {
			const w, h, r = 0.44, 0.4, 0.1
			dx, dy := max(math.Abs(x-0.5)-w+r, 0), max(math.Abs(y-0.5)-h+r, 0)
			inside := min(max(math.Abs(x-0.5)-w+r, math.Abs(y-0.5)-h+r), 0)
			return 2 - 400*math.Abs(math.Hypot(dx, dy)+inside-r)
		})
		c.blend(black, placed(pixels, rng, 0.45))
		return c.image()
	}},
	{"folded paper", 85, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(400, 400, white, rng)
		c.blend(black, placed(pixels, rng, 0.5))
		f := between(rng, 0.4, 0.6)
		c.light(func(x, y float64) float64 {
			l := 1.0
			if x > f {
				l *= 0.8
			}
			if y > f {
				l *= 0.85
			}
			return l * (1 - 0.25*math.Exp(-math.Pow((x-f)/0.006, 2)) - 0.25*math.Exp(-math.Pow((y-f)/0.006, 2)))
		})
		c.noise(0.015)
		return c.image()
	}},
}
