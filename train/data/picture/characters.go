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
	// tall is the part of the size of the largest mark above which a mark is as high as a character.
	tall = 0.7
	// touching is the distance below which two marks nearly touch, as a part of the largest size.
	touching = 0.03
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
		if n := len(characters); n > 0 && characters[n-1].belongs(p, size) {
			c := &characters[n-1]
			c.parts, c.box = append(c.parts, p), c.box.Union(p.box)
			continue
		}
		characters = append(characters, character{[]*part{p}, p.box})
	}
	main := 0
	for i, c := range characters {
		if c.box.Dy() > characters[main].box.Dy() {
			main = i
		}
	}
	all := len(characters)
	height := float64(characters[main].box.Dy())
	// A row may be tilted, so each character is compared with its neighbor toward the tallest one.
	kept := []character{characters[main]}
	beside := func(c, neighbor character) bool {
		overlap := min(c.box.Max.Y, neighbor.box.Max.Y) - max(c.box.Min.Y, neighbor.box.Min.Y)
		return float64(c.box.Dy()) >= fragment*height && 2*overlap >= min(c.box.Dy(), neighbor.box.Dy()) && !c.dots(height)
	}
	for _, c := range slices.Backward(characters[:main]) {
		if beside(c, kept[0]) {
			kept = slices.Insert(kept, 0, c)
		}
	}
	for _, c := range characters[main+1:] {
		if beside(c, kept[len(kept)-1]) {
			kept = append(kept, c)
		}
	}
	characters = kept
	return characters, len(characters) < all
}

// dots reports whether a character consists of marks that are small beside the given height,
// like a colon.
func (c *character) dots(height float64) bool {
	return !slices.ContainsFunc(c.parts, func(p *part) bool { return float64(p.size()) > fragment/2*height })
}

// belongs reports whether a mark belongs to the character to its left: they overlap by a third
// of the narrower, or they nearly touch. Two tall ones that stand apart do not: the rectangles
// around slanted characters overlap.
func (c *character) belongs(mark *part, size float64) bool {
	if float64(min(c.box.Dy(), mark.box.Dy())) > tall*size && c.apart(mark, touching*size) {
		return false
	}
	overlap := min(c.box.Max.X, mark.box.Max.X) - mark.box.Min.X
	return 3*overlap > min(c.box.Dx(), mark.box.Dx()) || float64(-overlap) < touching*size
}

// apart reports whether a mark is to the right of the character, by at least the given number of
// pixels in each row that both have.
func (c *character) apart(mark *part, gap float64) bool {
	right := map[int]int{} // of the character, by row
	for _, p := range c.parts {
		for _, k := range p.pixels {
			y, x := k/p.stride, k%p.stride
			if old, ok := right[y]; !ok || x > old {
				right[y] = x
			}
		}
	}
	shared := false
	for _, k := range mark.pixels {
		x, ok := right[k/mark.stride]
		shared = shared || ok
		if ok && float64(k%mark.stride-x-1) < gap {
			return false
		}
	}
	return shared
}

// distance returns the number of pixels between two rectangles, the larger of the distances in
// x and y.
func distance(a, b image.Rectangle) int {
	return max(0, a.Min.X-b.Max.X, b.Min.X-a.Max.X, a.Min.Y-b.Max.Y, b.Min.Y-a.Max.Y)
}
