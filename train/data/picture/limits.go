package picture

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"strings"
)

// MaxPixels is the usual limit for the number of pixels of a picture, 64 megapixels. A camera
// has 12 to 50.
const MaxPixels = 64 << 20

// ErrTooLarge is the error of a picture with more pixels than the limit.
var ErrTooLarge = errors.New("the picture is too large")

// checkSize returns an error if a picture is too large to be decoded. It looks at the header
// of the file only. A picture may have at most limit pixels, and its decoder may hold at most
// 4 bytes for each pixel of the limit: a picture with more bytes for each pixel may have fewer
// pixels.
func checkSize(config image.Config, header []byte, limit int) error {
	if config.Width < 1 || config.Height < 1 {
		return fmt.Errorf("the picture has %d x %d pixels, want at least 1 x 1", config.Width, config.Height)
	}
	const limitBytes = 4
	most := int(float64(limit) * min(1, limitBytes/decoderBytes(config.ColorModel, header)))
	if config.Width > most/config.Height {
		return fmt.Errorf("%w: %d x %d pixels, want at most %.1f megapixels", ErrTooLarge, config.Width, config.Height, float64(most)/(1<<20))
	}
	return nil
}

// decoderBytes returns the largest number of bytes that a decoder of the standard library
// holds for each pixel of a picture with this header.
func decoderBytes(colors color.Model, header []byte) float64 {
	if j, ok := readJPEG(header); ok {
		return j.decoderBytes()
	}
	n := 4.0 // even for gray levels, which become four values if one of them is transparent
	switch colors {
	case color.Gray16Model, color.RGBA64Model, color.NRGBA64Model:
		n = 8
	}
	// An interlaced PNG is decoded in seven passes; the last has half the pixels.
	const interlace = 28
	if strings.HasPrefix(string(header), "\x89PNG") && len(header) > interlace && header[interlace] != 0 {
		n *= 1.5
	}
	return n
}

// decoderBytes returns the number of bytes that image/jpeg holds for each pixel: a byte for
// each sample, four more for each coefficient of a progressive picture, and a copy of a
// picture in RGB or CMYK.
func (j jpegHeader) decoderBytes() float64 {
	if j.components == 0 {
		return 15 // the frame was not found, so it may be progressive with three full components
	}
	n := j.samples
	if j.progressive {
		n *= 5
	}
	if j.rgb || j.components == 4 {
		n += 4
	}
	return n
}
