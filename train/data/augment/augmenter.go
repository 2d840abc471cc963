package augment

import (
	"fmt"
	"math/rand/v2"

	"inkstone/internal/interpolate"
	"inkstone/internal/random"
)

// Augmenter distorts images of one size. It holds the memory that this takes, so a
// goroutine needs one of its own: see [Augmenter.Clone].
type Augmenter struct {
	options       Options
	height, width int
	identity      bool

	pcg  rand.PCG
	rand *rand.Rand // over pcg

	frame, spare []byte // see interpolate.NewFrame
	field        *field // nil without an elastic distortion
	line         line
}

// New returns an augmenter for images of height x width pixels. It refuses a side
// below 1 or above 16384, and strengths out of their range or beyond the image.
func New(options Options, height, width int) (*Augmenter, error) {
	if min(height, width) < 1 || max(height, width) > maxSide {
		return nil, fmt.Errorf("augmentation: images of %dx%d pixels, want sides of 1 to %d", height, width, maxSide)
	}
	if err := options.check(); err != nil {
		return nil, err
	}
	for _, s := range []struct {
		name   string
		pixels float64
	}{{"shift", options.Shift}, {"cutout", float64(options.Cutout)}} {
		if s.pixels > float64(min(height, width)) {
			return nil, fmt.Errorf("augmentation: %s of %v pixels, but images have only %dx%d", s.name, s.pixels, height, width)
		}
	}
	a := &Augmenter{
		options: options, height: height, width: width,
		identity: options.String() == Options{}.String(),
		frame:    interpolate.NewFrame(height, width), spare: interpolate.NewFrame(height, width),
		line: newLine(width),
	}
	if options.Elastic.Alpha > 0 {
		a.field = newField(options.Elastic, height, width)
	}
	a.rand = rand.New(&a.pcg)
	return a, nil
}

// Clone returns an augmenter with the same options and memory of its own, for another
// goroutine. Both give the same bytes for the same image and seed.
func (a *Augmenter) Clone() *Augmenter {
	// The options and the size have passed the checks of New.
	b, _ := New(a.options, a.height, a.width)
	return b
}

// Options returns the strengths that the augmenter was made with.
func (a *Augmenter) Options() Options { return a.options }

// Apply writes a distorted form of the image src to dst, row by row, a byte per pixel
// with 0 for the background. What it writes depends on src, the seed and the options
// alone; options that differ in one strength draw the same amounts for the others.
// dst and src may be the same slice.
//
// It refuses slices that do not have height x width bytes. It does not allocate.
func (a *Augmenter) Apply(dst, src []byte, seed uint64) error {
	if n := a.height * a.width; len(src) != n || len(dst) != n {
		return fmt.Errorf("augmentation: source of %d and destination of %d bytes, want %d for %dx%d pixels",
			len(src), len(dst), n, a.height, a.width)
	}
	if a.identity {
		copy(dst, src)
		return nil
	}
	a.pcg.Seed(random.Augment(seed, random.AugmentAmounts))
	d := a.draw()

	interpolate.FillFrame(a.frame, src, a.width)
	a.thicken(d.thickness)
	if a.field != nil {
		a.pcg.Seed(random.Augment(seed, random.AugmentElastic))
		a.field.draw(&a.pcg)
	}
	a.resample(dst, d.inverse(a.height, a.width))
	if d.noise > 0 {
		a.pcg.Seed(random.Augment(seed, random.AugmentNoise))
		a.addNoise(dst, d.noise)
	}
	a.cut(dst, d.cutX, d.cutY)
	return nil
}

// amounts are what one image draws.
type amounts struct {
	affine
	thickness  float64 // pixels, negative to thin
	noise      float64 // standard deviation as a fraction of 255
	cutX, cutY int     // the middle of the square
}

// draw draws all amounts, always as many numbers in the same order, whatever the
// strengths.
func (a *Augmenter) draw() amounts {
	o := &a.options
	d := amounts{affine: affine{
		shiftX: o.Shift * a.sign(),
		shiftY: o.Shift * a.sign(),
		angle:  o.Rotation * a.sign(),
		scaleX: 1 + float64(o.Scale*a.sign()),
		scaleY: 1 + float64(o.Scale*a.sign()),
		shear:  o.Shear * a.sign(),
	}}
	d.thickness = o.Thickness * a.sign()
	d.noise = o.Noise * a.rand.Float64()
	d.cutX = a.rand.IntN(a.width)
	d.cutY = a.rand.IntN(a.height)
	return d
}

// sign draws evenly from -1 to 1.
func (a *Augmenter) sign() float64 { return 2*a.rand.Float64() - 1 }
