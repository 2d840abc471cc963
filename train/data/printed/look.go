package printed

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"

	scaled "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// look says how a text is drawn.
type look struct {
	angle      float64 // in radians
	height     float64 // of the text, in pixels
	cropped    bool    // the picture ends a few pixels from the ink
	colored    bool
	bright     bool // bright ink on dark paper
	ink, paper color.RGBA
}

func between(rng *rand.Rand, low, high float64) float64 { return low + (high-low)*rng.Float64() }

// chooseLook draws a look: one picture in three each is cropped, in color, and bright on dark.
func chooseLook(rng *rand.Rand) look {
	l := look{
		angle: between(rng, -15, 15) * math.Pi / 180, height: math.Exp(between(rng, math.Log(24), math.Log(320))),
		cropped: rng.IntN(3) == 0, colored: rng.IntN(3) == 0, bright: rng.IntN(3) == 0,
	}
	dark, light := shade(rng, l.colored, 0, 0.3), shade(rng, l.colored, 0.75, 1)
	l.ink, l.paper = dark, light
	if l.bright {
		l.ink, l.paper = light, dark
	}
	return l
}

// shade draws a color of a brightness between low and high, from 0 to 1.
func shade(rng *rand.Rand, colored bool, low, high float64) color.RGBA {
	level := between(rng, low, high)
	part := func() uint8 {
		v := level
		if colored {
			v += between(rng, -0.25, 0.25)
		}
		return uint8(255 * min(max(v, 0), 1))
	}
	if !colored {
		g := part()
		return color.RGBA{g, g, g, 255}
	}
	return color.RGBA{part(), part(), part(), 255}
}

// String describes the look: "24 pixels, turned by -3°, cropped, bright on dark, in color".
func (l look) String() string {
	s := fmt.Sprintf("%.0f pixels, turned by %.0f°", l.height, l.angle*180/math.Pi)
	if l.cropped {
		s += ", cropped"
	}
	if l.bright {
		s += ", bright on dark"
	}
	if l.colored {
		s += ", in color"
	}
	return s
}

// paint draws the ink of a mask, which has no margin.
func (l look) paint(mask *image.Alpha, rng *rand.Rand) image.Image {
	sin, cos := math.Sincos(l.angle)
	scale := l.height / float64(mask.Rect.Dy())
	w, h := float64(mask.Rect.Dx())*scale, float64(mask.Rect.Dy())*scale
	// The box around the turned text, and the margins.
	boxW, boxH := w*cos+h*math.Abs(sin), w*math.Abs(sin)+h*cos
	margins := [4]float64{} // left, top, right, bottom
	for i := range margins {
		if margins[i] = between(rng, 0.3, 1.2) * l.height; l.cropped {
			margins[i] = between(rng, 2, 2+0.06*l.height)
		}
	}
	width, height := int(boxW+margins[0]+margins[2]), int(boxH+margins[1]+margins[3])
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(picture, picture.Rect, image.NewUniform(l.paper), image.Point{}, draw.Src)
	turned := image.NewAlpha(picture.Rect)
	// From a point of the mask to a point of the picture: to its middle, scaled and turned, to the
	// middle of the box.
	midX, midY := margins[0]+boxW/2, margins[1]+boxH/2
	mx, my := float64(mask.Rect.Min.X+mask.Rect.Max.X)/2, float64(mask.Rect.Min.Y+mask.Rect.Max.Y)/2
	a, b := scale*cos, scale*sin
	m := f64.Aff3{a, -b, midX - a*mx + b*my, b, a, midY - b*mx - a*my}
	scaled.BiLinear.Transform(turned, m, mask, mask.Rect, scaled.Src, nil)
	draw.DrawMask(picture, picture.Rect, image.NewUniform(l.ink), image.Point{}, turned, image.Point{}, draw.Over)
	return picture
}
