package augment

import (
	"fmt"
	"math"
)

// Options holds the strength of each distortion. Each image draws its own amounts,
// evenly from the stated range. Zero leaves a distortion out, and the zero Options
// leave images as they are.
type Options struct {
	// Shift is the largest shift along each axis, in pixels either way.
	Shift float64

	// Rotation is the largest angle about the middle of the image, in degrees either way.
	Rotation float64

	// Scale is the largest change of size, as a fraction: width and height are multiplied
	// by factors from 1-Scale to 1+Scale, each by its own, as in Cireşan et al., "Deep,
	// big, simple neural nets for handwritten digit recognition", Neural Computation
	// 22(12), 2010.
	Scale float64

	// Shear is the largest slant: a row at height v above the middle moves to the right
	// by s*v with s from -Shear to Shear.
	Shear float64

	// Elastic bends the image.
	Elastic Elastic

	// Thickness is the largest change of the width of strokes, in pixels on either side of
	// the line: above 0 a grey dilation, below 0 a grey erosion, by the cross of a pixel and
	// its four neighbours. A fraction of a pixel mixes the image with the next step.
	Thickness float64

	// Noise is the largest standard deviation of the normal noise added to each pixel, as a
	// fraction of full scale (255). The sum is cut off at 0 and 255.
	Noise float64

	// Cutout is the side, in pixels, of a square set to 0, the background. Its middle is
	// drawn evenly from the pixels, so that part of it may lie outside: DeVries and Taylor,
	// "Improved regularization of convolutional neural networks with cutout",
	// arXiv:1708.04552.
	Cutout int
}

// Elastic is the distortion of Simard, Steinkraus and Platt, "Best practices for
// convolutional neural networks applied to visual document analysis", ICDAR 2003:
// each pixel draws a displacement evenly from -1 to 1 along each axis; the field is
// smoothed by a Gaussian and multiplied by Alpha.
//
// The root mean square of the displacement along an axis is, for Sigma of a pixel and
// more, Alpha / (2 Sigma sqrt(3 pi)). The paper used Alpha 34 with Sigma 4 on MNIST:
// 1.4 pixels.
type Elastic struct {
	Alpha float64 // strength, in pixels
	Sigma float64 // standard deviation of the Gaussian, in pixels
}

// maxSide is the largest height and width of an image.
const maxSide = 1 << 14

// strength is one number of the options: where it lies, how it is written, and what
// it may be. The two of the elastic distortion share a key.
type strength struct {
	key, name string
	unit      string
	max       float64
	whole     bool
	get       func(o *Options) float64
	set       func(o *Options, v float64)
}

// strengths lists them in the order in which they are written.
var strengths = []strength{
	float("shift", "shift", "pixels", maxSide, func(o *Options) *float64 { return &o.Shift }),
	float("rotate", "rotate", "degrees", 180, func(o *Options) *float64 { return &o.Rotation }),
	float("scale", "scale", "", 0.9, func(o *Options) *float64 { return &o.Scale }),
	float("shear", "shear", "", 2, func(o *Options) *float64 { return &o.Shear }),
	float("elastic", "elastic alpha", "pixels", 10000, func(o *Options) *float64 { return &o.Elastic.Alpha }),
	float("elastic", "elastic sigma", "pixels", 1000, func(o *Options) *float64 { return &o.Elastic.Sigma }),
	float("thickness", "thickness", "pixels", 4, func(o *Options) *float64 { return &o.Thickness }),
	float("noise", "noise", "", 1, func(o *Options) *float64 { return &o.Noise }),
	{
		key: "cutout", name: "cutout", unit: "pixels", max: maxSide, whole: true,
		get: func(o *Options) float64 { return float64(o.Cutout) },
		set: func(o *Options, v float64) { o.Cutout = int(v) },
	},
}

func float(key, name, unit string, limit float64, field func(*Options) *float64) strength {
	return strength{
		key: key, name: name, unit: unit, max: limit,
		get: func(o *Options) float64 { return *field(o) },
		set: func(o *Options, v float64) { *field(o) = v },
	}
}

// check reports a value that the strength may not have.
func (s *strength) check(v float64) error {
	unit := s.unit
	if unit != "" {
		unit = " " + unit
	}
	if !(v >= 0 && v <= s.max) { // also refuses NaN
		return fmt.Errorf("augmentation: %s of %v%s, want 0 to %v", s.name, v, unit, s.max)
	}
	if s.whole && v != math.Trunc(v) {
		return fmt.Errorf("augmentation: %s of %v%s, want a whole number", s.name, v, unit)
	}
	return nil
}

// check reports the first strength that is out of range for images of any size.
func (o *Options) check() error {
	for i := range strengths {
		if err := strengths[i].check(strengths[i].get(o)); err != nil {
			return err
		}
	}
	if o.Elastic.Alpha > 0 && o.Elastic.Sigma == 0 {
		return fmt.Errorf("augmentation: elastic alpha of %v pixels with sigma 0, want a sigma above 0", o.Elastic.Alpha)
	}
	return nil
}
