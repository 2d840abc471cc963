// Package picture brings drawings and photographs of a single character to the form
// of MNIST's images, so that a network trained on them can read it.
package picture

import (
	"errors"
	"fmt"
	"image"
	_ "image/gif" // for Read
	_ "image/jpeg"
	_ "image/png"
	"io"
	"os"
)

const (
	// Size is the height and width of the result.
	Size = 28

	box       = 20                // the longer side of the ink in the result
	maxPixels = 100 * 1000 * 1000 // of a file; more are refused before any is decoded
)

// ErrBlank says that a picture has no ink: nothing in it stands out from its
// background.
var ErrBlank = errors.New("the picture is blank: nothing stands out from the background")

// Read reads a PNG, JPEG or GIF file (of the latter, the first frame) and brings it
// to MNIST's form as FromImage does. Its errors name the file.
func Read(path string) (*image.Gray, error) {
	img, err := decode(path)
	if err != nil {
		return nil, err
	}
	gray, err := FromImage(img)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return gray, nil
}

// decode reads a picture file of a bearable size.
func decode(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	config, _, err := image.DecodeConfig(f)
	if err != nil {
		return nil, fmt.Errorf("%s: not a PNG, JPEG or GIF picture: %w", path, err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxPixels/config.Height {
		return nil, fmt.Errorf("%s: %d x %d pixels, want 1 x 1 to %d in all", path, config.Width, config.Height, maxPixels)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: broken picture: %w", path, err)
	}
	return img, nil
}

// FromImage brings a picture of one character to MNIST's form: 28 x 28 grey pixels
// with white ink (255) on black (0), the longer side of the ink 20 pixels, the
// centre of its mass in the middle (http://yann.lecun.com/exdb/mnist/).
//
// The ink may be darker or brighter than its background, and the background may be
// unevenly lit, as paper is in a photograph; transparent parts count as
// background. A picture that has MNIST's form already, in either polarity, comes back
// as it is. A picture without ink gives ErrBlank.
func FromImage(img image.Image) (*image.Gray, error) {
	if img == nil || img.Bounds().Empty() {
		return nil, errors.New("the picture has no pixels")
	}
	grey := luminance(img)
	if done := alreadyThere(grey); done != nil {
		return done, nil
	}
	ink, low := extract(grey)
	if ink == nil {
		return nil, ErrBlank
	}
	ink.keepStrokes(low)
	area := ink.extent(low)
	if area.Empty() {
		return nil, ErrBlank
	}
	return place(ink, area), nil
}
