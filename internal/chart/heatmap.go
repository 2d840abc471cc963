package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Heatmap is a square matrix of counts, with a row and a column for each name.
type Heatmap struct {
	Name, Description string
	Rows, Columns     string // titles of the rows and of the columns
	Names             []string
	At                func(row, column int) int
	Title             func(row, column int) string // text of a cell for a pointer
}

// Sizes of a heat map, in pixels, and the limits of its names and numbers.
const (
	smallCell   = 14.0
	longestName = 14
	maxNumbers  = 32 // largest number of names for which cells have numbers
)

// Draw returns the chart. Cells on the diagonal have one color and the others another. The
// opacity of a cell is the square root of its fraction of the row, so that one in a hundred is
// visible. Cells of 0 are empty. With more than 32 names cells have no numbers.
func (h *Heatmap) Draw() *Chart {
	n := len(h.Names)
	names, widest, digits := make([]string, n), 0.0, 1
	for i, name := range h.Names {
		names[i] = shorten(name, longestName)
		widest = max(widest, textWidth(names[i]))
		for j := range n {
			digits = max(digits, len(strconv.Itoa(h.At(i, j))))
		}
	}
	numbers := n <= maxNumbers
	cell := smallCell
	if numbers {
		cell = max(30, float64(digits)*7.2+10)
	}
	upright := widest+6 > cell
	head := 16.0
	if upright {
		head = widest + 6
	}
	left, top := 24+widest+8, 22+head+6
	extent := float64(n) * cell
	c := &Chart{Width: left + max(extent, textWidth(h.Columns)) + 8, Height: top + max(extent, textWidth(h.Rows)) + 8, Name: h.Name, Description: h.Description}
	var b strings.Builder
	fmt.Fprintf(&b, `<text class="soft" x="%s" y="14" text-anchor="middle">%s</text>`, number(left+extent/2), escape(h.Columns))
	fmt.Fprintf(&b, `<text class="soft" transform="translate(14 %s) rotate(-90)" text-anchor="middle">%s</text>`, number(top+extent/2), escape(h.Rows))
	for i, name := range names {
		at := (float64(i) + 0.5) * cell
		fmt.Fprintf(&b, `<text x="%s" y="%s" text-anchor="end">%s</text>`, number(left-8), number(top+at+4), escape(name))
		if upright {
			fmt.Fprintf(&b, `<text transform="translate(%s %s) rotate(-90)">%s</text>`, number(left+at+4), number(top-6), escape(name))
		} else {
			fmt.Fprintf(&b, `<text x="%s" y="%s" text-anchor="middle">%s</text>`, number(left+at), number(top-8), escape(name))
		}
	}
	var grid strings.Builder
	for i := range n + 1 {
		at := float64(i) * cell
		fmt.Fprintf(&grid, "M%s %sh%sM%s %sv%s", number(left), number(top+at), number(extent), number(left+at), number(top), number(extent))
	}
	for i := range n {
		sum := 0
		for j := range n {
			sum += h.At(i, j)
		}
		for j := range n {
			count := h.At(i, j)
			if count == 0 {
				continue
			}
			depth := math.Sqrt(float64(count) / float64(sum))
			class, ink := "bad", ""
			if i == j {
				class = "good"
			}
			if depth > 0.7 {
				ink = ` class="onfull"`
			}
			x, y := left+float64(j)*cell, top+float64(i)*cell
			fmt.Fprintf(&b, `<g><title>%s</title><rect class="%s" x="%s" y="%s" width="%s" height="%s" opacity="%s"/>`,
				escape(h.Title(i, j)), class, number(x), number(y), number(cell), number(cell), number(0.08+0.92*depth))
			if numbers {
				fmt.Fprintf(&b, `<text%s x="%s" y="%s" text-anchor="middle">%d</text>`, ink, number(x+cell/2), number(y+cell/2+4), count)
			}
			b.WriteString("</g>\n")
		}
	}
	fmt.Fprintf(&b, `<path class="grid" d="%s"/>`, grid.String())
	c.content = b.String()
	return c
}
