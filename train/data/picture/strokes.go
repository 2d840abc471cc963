package picture

import (
	"image"
	"math"
)

const (
	// thinStroke is the thickness in the result below which strokes are thickened, and
	// usualStroke what they get. MNIST's strokes are 2 to 3 pixels thick. A thinner one would
	// become a faint gray line when it is scaled.
	thinStroke, usualStroke = 1.3, 2.0
)

// thicken returns the ink with strokes that will not be thinner than about two pixels of the
// result, if the longer side of the area becomes the box.
//
// A stroke that is too thin is widened by a morphological dilation with a disk: each pixel gets
// the largest amount of ink in the disk around it.
func (p *plane) thicken(area image.Rectangle) *plane {
	pixel := float64(max(area.Dx(), area.Dy())) / box // of the result
	thickness := p.strokeThickness(area)
	if thickness <= 0 || thickness >= thinStroke*pixel {
		return p
	}
	radius := (usualStroke*pixel - thickness) / 2
	reach := int(radius + 0.5)
	out := newPlane(p.width, p.height)
	for k, v := range p.value {
		if v == 0 {
			continue
		}
		x, y := k%p.width, k/p.width
		for ny := max(y-reach, 0); ny <= min(y+reach, p.height-1); ny++ {
			for nx := max(x-reach, 0); nx <= min(x+reach, p.width-1); nx++ {
				// The edge of the disk is soft over one pixel.
				d := math.Hypot(float64(nx-x), float64(ny-y))
				if in := min(radius+0.5-d, 1); in > 0 {
					n := ny*p.width + nx
					out.value[n] = max(out.value[n], v*in)
				}
			}
		}
	}
	return out
}

// strokeThickness returns the median thickness of the strokes in an area, weighted by ink.
func (p *plane) strokeThickness(area image.Rectangle) float64 {
	var values []float64
	for k, t := range p.above(0.5).thickness() {
		if t > 0 && image.Pt(k%p.width, k/p.width).In(area) {
			values = append(values, float64(t))
		}
	}
	return median(values)
}
