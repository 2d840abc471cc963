// Package printed draws pictures of digits that do not come from MNIST, to measure how well a
// model reads pictures from outside of the set that it was trained on. Half of the digits are in
// the fonts of the machine, half are built-in digits ([inkstone/train/data/digits]).
//
// The digits are turned by up to 15 degrees, large or small, dark or bright, in color or not, in
// the middle of the picture, elsewhere, or cropped tightly. The same seed and the same fonts give
// the same pictures.
package printed

import (
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"strings"

	"golang.org/x/image/font/opentype"

	"inkstone/internal/random"
	"inkstone/train/data/digits"
)

// Picture is a picture with what is written in it.
type Picture struct {
	Image image.Image
	Text  string // the digits from left to right
	Kind  string // how they are drawn, such as "DejaVuSans-Bold, bright on dark"
}

// Set draws pictures from a seed.
type Set struct {
	fonts []Font
	seed  uint64
}

// NewSet returns the pictures of a seed in these fonts. Two seeds have different pictures.
func NewSet(seed uint64, fonts []Font) (*Set, error) {
	if len(fonts) == 0 {
		return nil, errors.New("printed: there are no fonts")
	}
	return &Set{fonts, seed}, nil
}

// Digit returns picture i, which shows the digit i%10.
func (s *Set) Digit(i int) (Picture, error) {
	return s.picture(random.PrintedDigit, i, string(rune('0'+i%10)))
}

// Row returns a picture of two to six digits side by side.
func (s *Set) Row(i int) (Picture, error) {
	draw := random.New(random.Image(s.seed, i, 0), random.PrintedRow)
	var text strings.Builder
	for range 2 + draw.IntN(5) {
		text.WriteByte(byte('0' + draw.IntN(10)))
	}
	return s.picture(random.PrintedRow+1, i, text.String())
}

// picture draws a text as number i of a stream: even numbers in a font, odd ones with the pen of
// the built-in digits.
func (s *Set) picture(stream random.Stream, i int, text string) (Picture, error) {
	draw := random.New(random.Image(s.seed, i, 0), stream)
	var mask *image.Alpha
	var kind string
	if i/10%2 == 0 {
		f := s.fonts[draw.IntN(len(s.fonts))]
		var err error
		if mask, err = f.mask(text); err != nil {
			return Picture{}, err
		}
		kind = f.Name
	} else {
		mask, kind = handwriting(text, draw), "built-in digits"
	}
	look := chooseLook(draw)
	return Picture{look.paint(mask, draw), text, kind + ", " + look.String()}, nil
}

// handwriting returns the ink of a text in built-in digits, side by side.
func handwriting(text string, draw *rand.Rand) *image.Alpha {
	const size, scale, gap = digits.Size, 8, 3 // a digit has a margin of at least 4 pixels
	seed := draw.Uint64()
	pixels, labels := digits.Generate(seed, 10*len(text))
	mask := image.NewAlpha(image.Rect(0, 0, len(text)*(size-gap)*scale+gap*scale, size*scale))
	for n, digit := range text {
		for i := 10 * n; i < 10*(n+1); i++ { // each ten digits are all different
			if labels[i] == byte(digit-'0') {
				enlarge(mask, n*(size-gap)*scale, pixels[i*size*size:(i+1)*size*size], size, scale)
			}
		}
	}
	return trimmed(mask)
}

// enlarge adds an image of size x size to a mask, scale times as large, with sharp edges.
func enlarge(mask *image.Alpha, left int, pixels []byte, size, scale int) {
	at := func(x, y int) float64 {
		if x < 0 || y < 0 || x >= size || y >= size {
			return 0
		}
		return float64(pixels[y*size+x]) / 255
	}
	for y := range size * scale {
		for x := range size * scale {
			u, v := (float64(x)+0.5)/float64(scale)-0.5, (float64(y)+0.5)/float64(scale)-0.5
			i, j := int(u+1)-1, int(v+1)-1
			tx, ty := u-float64(i), v-float64(j)
			ink := (1-ty)*((1-tx)*at(i, j)+tx*at(i+1, j)) + ty*((1-tx)*at(i, j+1)+tx*at(i+1, j+1))
			// The soft edges of 28 pixels would be blurred in a large picture.
			if a := byte(255 * min(max((ink-0.35)/0.3, 0), 1)); a > mask.AlphaAt(left+x, y).A {
				mask.Pix[mask.PixOffset(left+x, y)] = a
			}
		}
	}
}

// Font is a font with the ten digits.
type Font struct {
	Name string // of the file, without its folder and extension
	font *opentype.Font
}

// mask returns the ink of a text, without a margin.
func (f Font) mask(text string) (*image.Alpha, error) {
	const size = 200 // of the font, in pixels
	face, err := opentype.NewFace(f.font, &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		return nil, fmt.Errorf("printed: font %s: %w", f.Name, err)
	}
	defer face.Close()
	return trimmed(write(face, text, size)), nil
}
