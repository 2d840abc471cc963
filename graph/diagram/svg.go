package diagram

import (
	"fmt"
	"html"
	"strings"

	"inkstone/internal/failed"
	"inkstone/internal/inline"
)

// Sizes of a drawing, in pixels.
const (
	fontSize    = 12
	lineHeight  = 15.0
	letterWidth = 7.0  // reserved for each letter
	boldWidth   = 7.8  // the same in the first line of a box, which is bold
	padding     = 5.0  // between a box and its text
	margin      = 8.0  // around the drawing
	boxGap      = 16.0 // between the boxes of a row
	rowGap      = 30.0 // between rows
)

// colors are the fill and the outline of each role.
var colors = [...]struct{ fill, line string }{
	roleInput:    {"#f2f2f2", "#888888"},
	roleParam:    {"#e8f1e4", "#5b8c4a"},
	roleFrozen:   {"#e3eef9", "#4a7fb5"},
	roleForward:  {"#ffffff", "#555555"},
	roleBackward: {"#fdeee0", "#c77a33"},
}

// SVG returns the drawing as the content of an SVG file.
func (d *Diagram) SVG() []byte { return []byte(d.svg()) }

// HTML returns the drawing as an image, for a notebook or a page.
func (d *Diagram) HTML() string {
	if d.err != nil {
		return failed.HTML("diagram", d.err)
	}
	return inline.Drawing(d.SVG(), "diagram")
}

func (d *Diagram) svg() string {
	if d.isFolded() {
		return d.foldedSVG()
	}
	rows := d.layout()
	width, height := margin*2, margin*2
	for _, row := range rows {
		for _, b := range row {
			width, height = max(width, b.x+b.width/2+margin), max(height, b.y+b.height/2+margin)
		}
	}
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="Helvetica, Arial, sans-serif" font-size="%d" text-anchor="middle">`+"\n",
		width, height, width, height, fontSize)
	fmt.Fprintf(&s, `<rect width="%.0f" height="%.0f" fill="white"/>`+"\n", width, height)
	for _, row := range rows {
		for _, b := range row {
			for _, f := range b.from {
				writeEdge(&s, f, b)
			}
		}
	}
	for _, row := range rows {
		for _, b := range row {
			if !b.bend {
				writeBox(&s, b)
			}
		}
	}
	s.WriteString("</svg>\n")
	return s.String()
}

func writeBox(s *strings.Builder, b *box) {
	c := colors[b.role]
	fmt.Fprintf(s, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="5" fill="%s" stroke="%s"/>`+"\n",
		b.x-b.width/2, b.y-b.height/2, b.width, b.height, c.fill, c.line)
	for i, line := range b.lines {
		weight := ""
		if i == 0 {
			weight = ` font-weight="bold"`
		}
		fmt.Fprintf(s, `<text x="%.1f" y="%.1f"%s>%s</text>`+"\n",
			b.x, b.y-b.height/2+padding+float64(i+1)*lineHeight-4, weight, html.EscapeString(line))
	}
}

// writeEdge draws a curve from the bottom of one box to the top of another, with an arrow
// unless the edge goes on from there.
func writeEdge(s *strings.Builder, from, to *box) {
	color := colors[roleForward].line
	if to.role == roleBackward {
		color = colors[roleBackward].line
	}
	x0, y0 := from.x, from.y+from.height/2
	x1, y1 := to.x, to.y-to.height/2
	half := (y1 - y0) / 2
	fmt.Fprintf(s, `<path d="M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f`, x0, y0, x0, y0+half, x1, y1-half, x1, y1)
	if to.bend {
		fmt.Fprintf(s, "V%.1f", to.y+to.height/2) // straight through the row
	}
	fmt.Fprintf(s, `" fill="none" stroke="%s"/>`+"\n", color)
	if !to.bend {
		fmt.Fprintf(s, `<path d="M%.1f %.1fl-4 -7h8z" fill="%s"/>`+"\n", x1, y1, color)
	}
}
