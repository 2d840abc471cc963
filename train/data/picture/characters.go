package picture

import (
	"cmp"
	"image"
	"slices"
)

// character is a part of a picture that is read as one.
type character struct {
	parts []*part
	box   image.Rectangle
}

const (
	// fragment is the part of the height of the largest character below which a mark is no
	// character of its own.
	fragment = 0.4
	// far is the distance from the largest character, as a part of its size, from which a small
	// mark, such as a caption, does not belong to it; small is what counts as that.
	far, small = 0.15, 0.15
)

// row arranges marks to characters, from left to right. Marks above each other are parts of
// one character, like the bar and the bow of a 5. Marks beside each other are characters of a
// row, if they are of about the same height and at about the same height.
//
// left reports whether a mark was left out that is as large as a character.
func row(parts []*part) (characters []character, left bool) {
	if len(parts) == 0 {
		return nil, false
	}
	largest := slices.MaxFunc(parts, func(a, b *part) int { return cmp.Compare(a.size(), b.size()) })
	size := float64(largest.size())
	parts = slices.DeleteFunc(slices.Clone(parts), func(p *part) bool {
		return float64(p.box.Dy()) < small*size && float64(distance(p.box, largest.box)) > far*size
	})
	slices.SortFunc(parts, func(a, b *part) int { return cmp.Compare(a.box.Min.X, b.box.Min.X) })
	for _, p := range parts {
		if n := len(characters); n > 0 && belongs(characters[n-1].box, p.box, size) {
			c := &characters[n-1]
			c.parts, c.box = append(c.parts, p), c.box.Union(p.box)
			continue
		}
		characters = append(characters, character{[]*part{p}, p.box})
	}
	main := slices.MaxFunc(characters, func(a, b character) int { return cmp.Compare(a.box.Dy(), b.box.Dy()) })
	all := len(characters)
	characters = slices.DeleteFunc(characters, func(c character) bool {
		overlap := min(c.box.Max.Y, main.box.Max.Y) - max(c.box.Min.Y, main.box.Min.Y)
		return float64(c.box.Dy()) < fragment*float64(main.box.Dy()) || 2*overlap < c.box.Dy() || c.dots(main.box.Dy())
	})
	return characters, len(characters) < all
}

// dots reports whether a character consists of marks that are small beside the given height,
// like a colon.
func (c *character) dots(height int) bool {
	return !slices.ContainsFunc(c.parts, func(p *part) bool { return float64(p.size()) > fragment/2*float64(height) })
}

// belongs reports whether a mark belongs to the character to its left: they overlap by a third
// of the narrower, or they nearly touch.
func belongs(c, mark image.Rectangle, size float64) bool {
	overlap := min(c.Max.X, mark.Max.X) - mark.Min.X
	return 3*overlap > min(c.Dx(), mark.Dx()) || float64(-overlap) < 0.03*size
}

// distance returns the number of pixels between two rectangles, the larger of the distances in
// x and y.
func distance(a, b image.Rectangle) int {
	return max(0, a.Min.X-b.Max.X, b.Min.X-a.Max.X, a.Min.Y-b.Max.Y, b.Min.Y-a.Max.Y)
}
