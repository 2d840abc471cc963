package augment

import (
	"fmt"
	"math"
)

// Distortion distorts every image by the same amounts, to measure what a network tolerates. Its
// steps are those of an [Augmenter] in their order: the width of strokes, rotation about the
// middle, shift, blur, noise. The zero Distortion changes nothing.
type Distortion struct {
	Thickness   float64 // change of the width of strokes on either side, in pixels, from -4 to 4
	Rotation    float64 // degrees, counterclockwise, from -180 to 180
	Right, Down float64 // shift in pixels, up to the side of the image
	Blur        float64 // standard deviation of a Gaussian, in pixels, from 0 to 10; background lies around the image
	Noise       float64 // standard deviation of normal noise, as a fraction of 255, from 0 to 1
}

// Fixed applies a [Distortion] to images of one size. It owns its buffers, so each goroutine
// needs its own.
type Fixed struct {
	augmenter *Augmenter
	amounts   amounts
	kernel    []float64 // weights of the Gaussian, nil without blur
	rows      []float64 // the image, blurred along the rows
}

// maxBlur is the largest standard deviation of the blur, in pixels.
const maxBlur = 10

// New returns the distortion for images of height x width pixels. It returns an error if an
// amount is out of its range, or if a side is below 1 or above 16384.
func (d Distortion) New(height, width int) (*Fixed, error) {
	a, err := New(Options{
		Shift: max(math.Abs(d.Right), math.Abs(d.Down)), Rotation: math.Abs(d.Rotation),
		Thickness: math.Abs(d.Thickness), Noise: d.Noise,
	}, height, width) // checks the amounts
	if err != nil {
		return nil, err
	}
	if !(d.Blur >= 0 && d.Blur <= maxBlur) {
		return nil, fmt.Errorf("augmentation: blur of %v pixels, want 0 to %d", d.Blur, maxBlur)
	}
	f := &Fixed{augmenter: a, amounts: amounts{
		affine:    affine{shiftX: d.Right, shiftY: d.Down, angle: d.Rotation, scaleX: 1, scaleY: 1},
		thickness: d.Thickness, noise: d.Noise,
	}}
	if d.Blur > 0 {
		f.kernel, f.rows = gaussian(d.Blur), make([]float64, height*width)
	}
	return f, nil
}

// Apply distorts the image src and writes the result to dst. Both hold height x width bytes, row
// by row, with 0 for the background, and may be the same slice. The noise depends on the seed.
// Apply returns an error if a slice has another length.
func (f *Fixed) Apply(dst, src []byte, seed uint64) error {
	a := f.augmenter
	if n := a.height * a.width; len(src) != n || len(dst) != n {
		return fmt.Errorf("augmentation: source of %d and destination of %d bytes, want %d for %dx%d pixels",
			len(src), len(dst), n, a.height, a.width)
	}
	a.distort(dst, src, f.amounts)
	if f.kernel != nil {
		f.blur(dst)
	}
	a.noise(dst, f.amounts.noise, seed)
	return nil
}

// gaussian returns the weights of a Gaussian from -3 to 3 standard deviations. Their sum is 1.
func gaussian(sigma float64) []float64 {
	half := int(math.Ceil(reach * sigma))
	kernel := make([]float64, 2*half+1)
	sum := 0.0
	for i := range kernel {
		z := float64(i-half) / sigma
		kernel[i] = math.Exp(-z * z / 2)
		sum += kernel[i]
	}
	for i := range kernel {
		kernel[i] /= sum
	}
	return kernel
}

// blur convolves an image with the Gaussian, first along the rows, then along the columns.
func (f *Fixed) blur(image []byte) {
	height, width, half := f.augmenter.height, f.augmenter.width, len(f.kernel)/2
	for y := range height {
		for x := range width {
			sum := 0.0
			for k := max(0, half-x); k < len(f.kernel) && x+k-half < width; k++ {
				sum += float64(f.kernel[k] * float64(image[y*width+x+k-half])) // not fused, see affine.inverse
			}
			f.rows[y*width+x] = sum
		}
	}
	for y := range height {
		for x := range width {
			sum := 0.5
			for k := max(0, half-y); k < len(f.kernel) && y+k-half < height; k++ {
				sum += float64(f.kernel[k] * f.rows[(y+k-half)*width+x])
			}
			image[y*width+x] = byte(min(sum, 255))
		}
	}
}
