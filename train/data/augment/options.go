package augment

import (
	"fmt"
	"math"
)

// Options holds the strength of each distortion. The amount of a distortion is drawn for
// each image from a uniform distribution over the range below. A strength of 0 turns the
// distortion off, and the zero Options do not change images.
type Options struct {
	// Shift is the largest shift along each axis, in pixels. The shift is from -Shift to
	// Shift.
	Shift float64

	// Rotation is the largest rotation about the middle of the image, in degrees. The angle
	// is from -Rotation to Rotation.
	Rotation float64

	// Scale is the largest relative change of size. Width and height are multiplied by
	// two independent factors from 1-Scale to 1+Scale, as in Cireşan et al., "Deep, big,
	// simple neural nets for handwritten digit recognition", Neural Computation 22(12),
	// 2010.
	Scale float64

	// Shear is the largest slant. A row at height v above the middle moves to the right by
	// s*v pixels with s from -Shear to Shear.
	Shear float64

	// Elastic is the strength of the elastic distortion.
	Elastic Elastic

	// Thickness is the largest change of the width of strokes, in pixels on either side of
	// the line. A positive amount is a gray dilation, a negative amount a gray erosion, with
	// a cross of a pixel and its four neighbors. A fraction of a pixel mixes the images
	// before and after a step of one pixel.
	Thickness float64

	// Noise is the largest standard deviation of the normal noise that is added to each
	// pixel, as a fraction of 255. The sums are clipped to 0 to 255.
	Noise float64

	// Cutout is the side of a square that is set to 0, the background, in pixels. Its middle
	// is a random pixel, so part of the square may lie outside of the image: DeVries and
	// Taylor, "Improved regularization of convolutional neural networks with cutout",
	// arXiv:1708.04552.
	Cutout int
}

// Elastic is the strength of the elastic distortion of Simard, Steinkraus and Platt, "Best
// practices for convolutional neural networks applied to visual document analysis", ICDAR
// 2003. Each pixel has a random displacement from -1 to 1 along each axis. The field of
// displacements is smoothed by a Gaussian and multiplied by Alpha.
//
// For Sigma of at least one pixel the root mean square of the displacement along an axis is
// Alpha / (2 Sigma sqrt(3 pi)). The paper used Alpha 34 and Sigma 4 on MNIST, which gives
// 1.4 pixels.
type Elastic struct {
	Alpha float64 // factor of the displacements, in pixels
	Sigma float64 // standard deviation of the Gaussian, in pixels
}

// maxSide is the largest height and width of an image.
const maxSide = 1 << 14

// strength describes one number of [Options]. The two numbers of the elastic distortion
// have the same key.
type strength struct {
	key, name string // in the text form and in errors
	unit      string
	max       float64
	whole     bool
	get       func(o *Options) float64
	set       func(o *Options, v float64)
}

// strengths lists the numbers in the order of the text form.
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

// float returns the strength whose value is a float64 field.
func float(key, name, unit string, limit float64, field func(*Options) *float64) strength {
	return strength{
		key: key, name: name, unit: unit, max: limit,
		get: func(o *Options) float64 { return *field(o) },
		set: func(o *Options, v float64) { *field(o) = v },
	}
}

// check returns an error if v is not a valid value of the strength.
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

// check returns an error for the first strength that is out of range.
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
