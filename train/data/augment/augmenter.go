package augment

import (
	"fmt"
	"math/rand/v2"

	"inkstone/internal/interpolate"
	"inkstone/internal/random"
)

// Augmenter distorts images of one size. It owns its buffers, so each goroutine needs its
// own Augmenter, see [Augmenter.Clone].
type Augmenter struct {
	options       Options
	height, width int
	identity      bool

	pcg  rand.PCG
	rand *rand.Rand // over pcg

	frame, scratch []byte // see interpolate.NewFrame
	field          *field // nil without an elastic distortion
	row            points
}

// New returns an Augmenter for images of height x width pixels. It returns an error if a
// side is below 1 or above 16384, if a strength is out of its range, or if Shift or Cutout
// is larger than the image.
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
		frame:    interpolate.NewFrame(height, width), scratch: interpolate.NewFrame(height, width),
		row: newPoints(width),
	}
	if options.Elastic.Alpha > 0 {
		a.field = newField(options.Elastic, height, width)
	}
	a.rand = rand.New(&a.pcg)
	return a, nil
}

// Clone returns an Augmenter with the same options and its own buffers, for another
// goroutine. Both write the same bytes for the same image and seed.
func (a *Augmenter) Clone() *Augmenter {
	// New has checked the options and the size already.
	b, _ := New(a.options, a.height, a.width)
	return b
}

// Options returns the options of the Augmenter.
func (a *Augmenter) Options() Options { return a.options }

// Apply distorts the image src and writes the result to dst. Both hold height x width
// bytes, row by row, with 0 for the background, and may be the same slice. The result
// depends on src, the seed and the options only. Changing one strength does not change the
// random amounts of the other distortions.
//
// Apply returns an error if a slice has another length. It does not allocate.
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
	if a.field != nil {
		a.pcg.Seed(random.Augment(seed, random.AugmentElastic))
		a.field.draw(&a.pcg)
	}
	a.distort(dst, src, d)
	a.noise(dst, d.noise, seed)
	a.cut(dst, d.cutX, d.cutY)
	return nil
}

// distort writes the image src to dst, with strokes of another width, moved and deformed.
func (a *Augmenter) distort(dst, src []byte, d amounts) {
	interpolate.FillFrame(a.frame, src, a.width)
	a.thicken(d.thickness)
	a.resample(dst, d.inverse(a.height, a.width))
}

// noise adds noise to an image. seed is the seed of the image.
func (a *Augmenter) noise(image []byte, deviation float64, seed uint64) {
	if deviation > 0 {
		a.pcg.Seed(random.Augment(seed, random.AugmentNoise))
		a.addNoise(image, deviation)
	}
}

// amounts are the random amounts of the distortions of one image.
type amounts struct {
	affine
	thickness  float64 // pixels, negative to thin
	noise      float64 // standard deviation as a fraction of 255
	cutX, cutY int     // middle of the square of the cutout
}

// draw returns random amounts. It draws the same number of random values in the same order
// for all strengths.
func (a *Augmenter) draw() amounts {
	o := &a.options
	d := amounts{affine: affine{
		shiftX: o.Shift * a.uniform(),
		shiftY: o.Shift * a.uniform(),
		angle:  o.Rotation * a.uniform(),
		scaleX: 1 + float64(o.Scale*a.uniform()),
		scaleY: 1 + float64(o.Scale*a.uniform()),
		shear:  o.Shear * a.uniform(),
	}}
	d.thickness = o.Thickness * a.uniform()
	d.noise = o.Noise * a.rand.Float64()
	d.cutX = a.rand.IntN(a.width)
	d.cutY = a.rand.IntN(a.height)
	return d
}

// uniform returns a uniform random number from -1 to 1.
func (a *Augmenter) uniform() float64 { return 2*a.rand.Float64() - 1 }
