// Package picture converts drawings and photographs of a single character to the form of
// MNIST's images, so that a network that is trained on MNIST can read them.
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

	box       = 20                // longer side of the ink in the result
	maxPixels = 100 * 1000 * 1000 // largest number of pixels of a file
)

// ErrBlank reports a picture without ink: nothing in it differs from the background.
var ErrBlank = errors.New("the picture is blank: nothing differs from the background")

// Read reads a PNG, JPEG or GIF file and converts it to MNIST's form as [FromImage] does. Of a
// GIF file it reads the first frame. Its errors name the file.
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

// decode reads a picture file. It returns an error if the picture has too many pixels.
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
		return nil, fmt.Errorf("%s: the picture has %d x %d pixels, want 1 to %d", path, config.Width, config.Height, maxPixels)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: the picture is damaged: %w", path, err)
	}
	return img, nil
}

// FromImage converts a picture of one character to MNIST's form. The result has 28 x 28 gray
// pixels, 255 for ink and 0 for background. The longer side of the ink has 20 pixels, and its
// center of mass is in the middle (http://yann.lecun.com/exdb/mnist/).
//
// The ink may be darker or brighter than the background. The background may be unevenly lit,
// as in a photograph. Transparent parts are background. The pixels of a picture that has
// MNIST's form already do not change, except that black ink on white becomes white on black.
// FromImage returns [ErrBlank] for a picture without ink.
func FromImage(img image.Image) (*image.Gray, error) {
	if img == nil || img.Bounds().Empty() {
		return nil, errors.New("the picture has no pixels")
	}
	gray := luminance(img)
	if done := inMNISTForm(gray); done != nil {
		return done, nil
	}
	ink, low := extract(gray)
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
