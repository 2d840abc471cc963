package printed

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"image"
)

// folders are where Debian and its relatives keep TrueType fonts.
var folders = []string{"/usr/share/fonts/truetype"}

// families are the beginnings of the names of the fonts that the pictures use, so that two
// machines with these fonts draw the same pictures: Debian's packages fonts-dejavu,
// fonts-liberation and fonts-freefont-ttf.
var families = []string{"DejaVuSans", "DejaVuSerif", "LiberationMono", "LiberationSans", "LiberationSerif", "FreeMono", "FreeSans", "FreeSerif"}

// Fonts returns the fonts of the machine that the pictures use, by name. There are none where
// Debian's packages are missing.
func Fonts() ([]Font, error) {
	var fonts []Font
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			name, isFont := strings.CutSuffix(filepath.Base(path), ".ttf")
			if err != nil || !isFont || !slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(name, f) }) {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if f, err := opentype.Parse(content); err == nil && hasDigits(f) {
				fonts = append(fonts, Font{name, f})
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	slices.SortFunc(fonts, func(a, b Font) int { return strings.Compare(a.Name, b.Name) })
	return fonts, nil
}

// hasDigits reports whether a font has glyphs for the ten digits.
func hasDigits(f *opentype.Font) bool {
	var buffer sfnt.Buffer
	for digit := '0'; digit <= '9'; digit++ {
		if index, err := f.GlyphIndex(&buffer, digit); err != nil || index == 0 {
			return false
		}
	}
	return true
}

// write returns the ink of a text in a font of the given size in pixels.
func write(face font.Face, text string, size int) *image.Alpha {
	mask := image.NewAlpha(image.Rect(0, 0, size*(len(text)+1), 2*size))
	d := font.Drawer{Dst: mask, Src: image.Opaque, Face: face, Dot: fixed.P(size/2, size*3/2)}
	for _, digit := range text {
		d.DrawString(string(digit))
		d.Dot.X += fixed.I(size / 12) // so that the digits do not touch
	}
	return mask
}

// trimmed returns the part of a mask with ink.
func trimmed(mask *image.Alpha) *image.Alpha {
	box := image.Rectangle{}
	for y := mask.Rect.Min.Y; y < mask.Rect.Max.Y; y++ {
		for x := mask.Rect.Min.X; x < mask.Rect.Max.X; x++ {
			if mask.AlphaAt(x, y).A > 0 {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return mask.SubImage(box).(*image.Alpha)
}
