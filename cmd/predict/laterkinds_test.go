package main

import (
	"image"
	"math"
	"math/rand/v2"
)

// laterKinds are photographs that were made when package picture was finished. They show what
// it does with pictures that it was not made for.
var laterKinds = []kind{
	{"perspective", 85, func(pixels []byte, rng *rand.Rand) image.Image {
		// The sheet leans backward: its upper edge is farther away and so shorter.
		c := newCanvas(400, 400, rgb{0.3, 0.32, 0.35}, rng)
		lean, turn := between(rng, 0.2, 0.5), between(rng, -0.3, 0.3)
		ink := digit(pixels, 0.5, 0.5, 0.55, 0)
		sheet := rectangle(0.5, 0.5, 1, 1, 0)
		onSheet := func(f func(x, y float64) float64) func(x, y float64) float64 {
			return func(x, y float64) float64 {
				dx, dy := (x-0.5)/0.75, (y-0.5)/0.75
				depth := 1 - lean*dy - turn*dx
				return f(0.5+dx*depth, 0.5+dy*depth)
			}
		}
		c.blend(white, onSheet(sheet))
		c.blend(black, onSheet(ink))
		c.blur(1)
		c.noise(0.015)
		return c.image()
	}},
	{"low light", 75, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(320, 320, white, rng)
		c.blend(black, placed(pixels, rng, 0.55))
		x0, y0 := rng.Float64(), rng.Float64()
		c.light(func(x, y float64) float64 { return 0.3 - 0.12*math.Hypot(x-x0, y-y0) })
		c.blur(1)
		c.noise(0.035)
		return c.image()
	}},
	{"blue on yellow", 85, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(400, 400, rgb{0.95, 0.85, 0.3}, rng)
		c.blend(rgb{0.15, 0.25, 0.8}, placed(pixels, rng, 0.5))
		c.light(func(x, y float64) float64 { return 1 - 0.3*x*y })
		c.blur(1)
		c.noise(0.02)
		return c.image()
	}},
	{"strong compression", 8, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(200, 200, rgb{0.85, 0.83, 0.8}, rng)
		c.blend(black, placed(pixels, rng, 0.55))
		c.light(func(x, _ float64) float64 { return 1 - 0.2*x })
		c.blur(1)
		c.noise(0.02)
		return c.image()
	}},
	{"chalk", 85, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(400, 400, rgb{0.12, 0.25, 0.2}, rng)
		for range 6 { // smudges of a sponge
			x0, y0, angle := rng.Float64(), rng.Float64(), between(rng, -0.5, 0.5)
			sin, cos := math.Sincos(angle)
			c.blend(rgb{0.7, 0.75, 0.7}, func(x, y float64) float64 {
				along, across := cos*(x-x0)+sin*(y-y0), cos*(y-y0)-sin*(x-x0)
				return 0.3 * math.Exp(-math.Pow(along/0.3, 2)-math.Pow(across/0.08, 2))
			})
		}
		ink := placed(pixels, rng, 0.55)
		c.blend(rgb{0.9, 0.92, 0.88}, func(x, y float64) float64 { return ink(x, y) * between(rng, 0.3, 1) })
		c.blur(1)
		c.noise(0.02)
		return c.image()
	}},
	{"sticky note", 85, func(pixels []byte, rng *rand.Rand) image.Image {
		c := newCanvas(480, 480, rgb{0.8, 0.8, 0.76}, rng)
		c.light(func(x, y float64) float64 { return 1 + 0.03*math.Sin(90*x)*math.Sin(70*y) })
		angle := between(rng, -0.15, 0.15)
		x0, y0 := between(rng, 0.4, 0.6), between(rng, 0.4, 0.6)
		shadow := rectangle(x0+0.01, y0+0.015, 0.42, 0.42, angle)
		c.light(func(x, y float64) float64 { return 1 - 0.35*shadow(x, y) })
		c.blend(rgb{0.98, 0.9, 0.4}, rectangle(x0, y0, 0.42, 0.42, angle))
		c.blend(black, digit(pixels, x0, y0, 0.32, angle))
		c.blur(1)
		c.noise(0.015)
		return c.image()
	}},
}
