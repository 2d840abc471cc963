// Package picture brings drawings and photographs of characters to the form of MNIST's
// images, so that a network trained on them can read them.
//
// The steps are in the files decode, reduce, orient and color, which read a picture;
// background, ink, lines, mask and marks, which separate characters from the rest; characters,
// strokes and place, which give them MNIST's form.
package picture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
)

const (
	// Size is the height and width of the result.
	Size = 28

	box = 20 // the longer side of the ink in the result
)

// ErrBlank is the error of a picture without ink: nothing in it stands out from its
// background.
var ErrBlank = errors.New("the picture is blank: nothing differs from the background")

// Picture holds what was found in a picture. Its images have MNIST's form: 28 x 28 gray
// pixels with white ink (255) on black (0), the longer side of the ink 20 pixels, the center
// of its mass in the middle (http://yann.lecun.com/exdb/mnist/).
type Picture struct {
	// Image holds all characters together, as one.
	Image *image.Gray
	// Row holds each character, from left to right. There is at least one.
	Row []*image.Gray
	// Doubts are reasons why the images may not be what the picture means. Usually there are none.
	Doubts []string

	err error // of the call that should have read the picture
}

// Read reads a PNG, JPEG or GIF file (of the latter, the first frame) as [Find] does, upright
// as its Exif orientation says. A picture of more than limit pixels is refused before it is
// decoded; 0 means [MaxPixels]. With an error Read returns a picture that shows the error. Errors name the file. They are [ErrFormat],
// [ErrTooLarge], [ErrBlank], that of the context, or those of the file system and of the
// decoder.
func Read(ctx context.Context, path string, limit int) (*Picture, error) {
	c, err := decode(ctx, path, limit)
	if err != nil {
		return failure(err)
	}
	p, err := convert(c.gray())
	if err != nil {
		return failure(fmt.Errorf("%s: %w", path, err))
	}
	return p, nil
}

// ReadFrom reads a picture as [Read] does from the content of a file, such as the standard input.
// Its errors name no file.
func ReadFrom(ctx context.Context, content io.ReadSeeker, limit int) (*Picture, error) {
	if content == nil {
		return failure(errors.New("the content of the picture is nil"))
	}
	c, err := decodeFrom(ctx, content, limit)
	if err != nil {
		return failure(err)
	}
	return convert(c.gray())
}

// Find finds the characters in a picture and brings them to MNIST's form.
//
// The ink may be darker or brighter than its background, or of another color. The background
// may be unevenly lit, as paper is in a photograph; transparent parts count as background.
// Long thin straight lines and what reaches the border of the picture are left out, unless
// nothing else is left. Strokes that would be thinner than a pixel are thickened. A picture
// that has MNIST's form already, in either polarity, is returned as it is. A picture without
// ink gives [ErrBlank].
func Find(img image.Image) (*Picture, error) {
	if img == nil || img.Bounds().Empty() {
		return failure(errors.New("the picture has no pixels"))
	}
	return convert(reduce(img).gray())
}

// FromImage returns the character in a picture in MNIST's form. See [Find], which also finds
// several and reports doubts.
func FromImage(img image.Image) (*image.Gray, error) {
	p, err := Find(img)
	if err != nil {
		return nil, err
	}
	return p.Image, nil
}

func convert(gray *plane) (*Picture, error) {
	if done := inMNISTForm(gray); done != nil {
		return &Picture{Image: done, Row: []*image.Gray{done}}, nil
	}
	f := find(gray)
	if f == nil {
		return failure(ErrBlank)
	}
	p := &Picture{Doubts: f.doubts}
	for _, c := range f.characters {
		p.Row = append(p.Row, f.image([]character{c}))
	}
	p.Image = p.Row[0]
	if len(f.characters) > 1 {
		p.Image = f.image(f.characters)
	}
	return p, nil
}

// image returns characters together in MNIST's form.
func (f *finding) image(characters []character) *image.Gray {
	one := &marks{ink: f.ink, lines: newMask(f.ink.width, f.ink.height)}
	strokes := one.strokes(characters)
	low := strokes.low
	ink := strokes.thicken(strokes.extent(low))
	return place(ink, ink.extent(low))
}
