// Package samples draws the pictures on which the book's applications run: a form with a postal code,
// and the letters of another alphabet.
package samples

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gobolditalic"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"inkstone/train/data/digits"
)

// Form returns a form with a row of boxes and a built-in digit in each.
func Form(seed uint64, code string) (*image.Gray, error) {
	const box, gap, margin = 64, 10, 24
	page := image.NewGray(image.Rect(0, 0, 2*margin+len(code)*(box+gap)-gap, box+2*margin))
	draw.Draw(page, page.Bounds(), image.NewUniform(color.Gray{Y: 245}), image.Point{}, draw.Src)
	labels := digits.Labels(seed, 100)
	pixels := make([]byte, digits.Size*digits.Size)
	next := 0
	for n, r := range code {
		if r < '0' || r > '9' {
			return nil, fmt.Errorf("the postal code %q has the character %q, want digits only", code, r)
		}
		for labels[next] != byte(r-'0') {
			next = (next + 1) % len(labels)
		}
		digits.Draw(seed, next, pixels)
		next = (next + 1) % len(labels)
		left := margin + n*(box+gap)
		for y := range box {
			for x := range box {
				ink := pixels[y*digits.Size/box*digits.Size+x*digits.Size/box]
				if x < 2 || y < 2 || x >= box-2 || y >= box-2 {
					ink = 110 // the printed box
				}
				page.SetGray(left+x, margin+y, color.Gray{Y: 245 - byte(int(ink)*220/255)})
			}
		}
	}
	return page, nil
}

// Letters are the classes of Alphabet: Greek letters.
var Letters = []struct {
	Name string
	Rune rune
}{
	{"alpha", 'α'}, {"beta", 'β'}, {"gamma", 'γ'}, {"delta", 'δ'}, {"theta", 'θ'}, {"lambda", 'λ'}, {"xi", 'ξ'}, {"sigma", 'σ'}, {"phi", 'φ'}, {"omega", 'ω'},
}

// Letter returns picture i of a letter: in one of five fonts, large or small, somewhere in the picture.
func Letter(seed uint64, letter, i int) (*image.Gray, error) {
	r := rand.New(rand.NewPCG(seed, uint64(letter)<<32|uint64(i)))
	fonts := [][]byte{goregular.TTF, gobold.TTF, goitalic.TTF, gomono.TTF, gobolditalic.TTF}
	parsed, err := opentype.Parse(fonts[r.IntN(len(fonts))])
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 40 + 24*r.Float64(), DPI: 72})
	if err != nil {
		return nil, err
	}
	defer face.Close()
	page := image.NewGray(image.Rect(0, 0, 96, 96))
	draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src)
	d := font.Drawer{Dst: page, Src: image.NewUniform(color.Gray{Y: byte(r.IntN(80))}), Face: face,
		Dot: fixed.P(20+r.IntN(20), 56+r.IntN(16))}
	d.DrawString(string(Letters[letter].Rune))
	return page, nil
}
