package diagram

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// foldedBox is what a box of a folded drawing holds besides its text: a row for each layer, and
// its gradients, which stand to the right.
type foldedBox struct {
	rows      []foldedRow
	block     string        // the frame that the box is in, "" for none
	small     bool          // whether the box is as wide as its text, as those of the labels and the loss are
	back      bool          // whether there is a box of gradients
	gradients []string      // names of the parameters, in the order of the backward pass
	added     int           // gradients of several readers that are added up, 0 for none
	flows     map[*box]bool // the boxes that it reads and that get a gradient from it
}

// foldedRow is a layer, an input, an operation of gorgonia or the loss.
type foldedRow struct {
	name, detail, shape, params string
	fusedInto                   string // the layer that computes it, "" if it computes itself
}

// Sizes of a folded drawing, in pixels.
const (
	foldedFont   = 11
	foldedLine   = 15.0
	foldedLetter = 5.9  // reserved for each letter
	foldedBold   = 6.7  // the same for bold letters
	foldedPad    = 6.0  // between a box and its text
	columnGap    = 8.0  // between the columns of a box
	backGap      = 16.0 // between a box and its gradients
	bracket      = 10.0 // to the left of the rows, for the mark of fused layers
	bendWidth    = 16.0 // of the place that edges over several rows take
)

// foldedSizes are the widths of the columns, the same in all boxes, so that boxes that follow each
// other stand exactly below each other.
type foldedSizes struct {
	name, detail, shape, params float64 // widths of the columns
	front, back                 float64 // widths of a box and of a box of gradients, 0 if there is none
}

// measure returns the widths that all folded boxes need.
func measure(boxes []*box) foldedSizes {
	var s foldedSizes
	for _, b := range boxes {
		if b.folded == nil {
			continue
		}
		for _, r := range b.folded.rows {
			s.name = max(s.name, foldedBold*length(b.folded.short(r.name)))
			s.detail = max(s.detail, foldedLetter*length(r.detail))
			s.shape = max(s.shape, foldedLetter*length(r.shape))
			s.params = max(s.params, foldedLetter*length(r.params))
		}
		if b.folded.back {
			for _, line := range b.folded.backLines() {
				s.back = max(s.back, foldedLetter*length(line)+2*foldedPad)
			}
		}
	}
	s.front = 2*foldedPad + bracket + s.name + s.detail + s.shape + s.params + 3*columnGap
	return s
}

func length(s string) float64 { return float64(utf8.RuneCountInString(s)) }

// box returns the size of a box with its gradients.
func (s foldedSizes) box(f *foldedBox) (width, height float64) {
	width, height = s.frontOf(f), f.height()
	if s.back > 0 && (f.back || !f.small) {
		width += backGap + s.back
	}
	return width, height
}

// frontOf returns the width of a box without its gradients.
func (s foldedSizes) frontOf(f *foldedBox) float64 {
	if f.small {
		r := f.rows[0]
		return 4*foldedPad + foldedBold*length(r.name) + columnGap + foldedLetter*(length(r.detail)+length(r.shape))
	}
	return s.front
}

func (f *foldedBox) height() float64 { return foldedLine*float64(len(f.rows)) + 2*foldedPad }

// short returns the name of a layer or a parameter without the block, which the frame has.
func (f *foldedBox) short(name string) string {
	if f.block == "" {
		return name
	}
	return strings.TrimPrefix(name, f.block+".")
}

// backLines returns the text of a box of gradients: beside the row of each layer, the parameters
// with respect to which there is a gradient.
func (f *foldedBox) backLines() []string {
	lines := make([]string, len(f.rows))
	empty := true
	for i, r := range f.rows {
		for _, name := range f.gradients {
			layer, param := "", name
			if k := strings.LastIndex(name, "."); k >= 0 {
				layer, param = name[:k], name[k+1:]
			}
			if layer != r.name && name != r.name {
				continue
			}
			if lines[i] == "" {
				lines[i] = "∂ " + param
			} else {
				lines[i] += ", " + param
			}
			empty = false
		}
	}
	last := len(lines) - 1
	switch {
	case f.added > 0 && lines[last] == "":
		lines[last] = fmt.Sprintf("sum of %d", f.added)
	case empty:
		lines[last] = "∂ input"
	}
	return lines
}
