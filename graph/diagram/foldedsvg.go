package diagram

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// isFolded reports whether the drawing was made by Folded.
func (d *Diagram) isFolded() bool { return len(d.boxes) > 0 && d.boxes[0].folded != nil }

// foldedSVG draws the frames of the blocks, the edges, the boxes with their gradients, and a legend.
func (d *Diagram) foldedSVG() string {
	sizes := measure(d.boxes)
	rows := d.layout()
	right, bottom := 0.0, 0.0
	for _, row := range rows {
		for _, b := range row {
			right, bottom = max(right, b.x+b.width/2+2*margin), max(bottom, b.y+b.height/2+2*margin)
		}
	}
	var body strings.Builder
	writeFrames(&body, rows)
	for _, row := range rows {
		for _, b := range row {
			for i, f := range b.from {
				sizes.writeEdges(&body, f, b, b.flow[i])
			}
		}
	}
	anyBack := sizes.back > 0
	for _, row := range rows {
		for _, b := range row {
			if !b.bend {
				sizes.writeBox(&body, b)
			}
		}
	}
	legendWidth := d.Legend.write(&body, bottom+6, anyBack)
	width, height := max(right, legendWidth), bottom+34
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="Helvetica, Arial, sans-serif" font-size="%d">`+"\n", width, height, width, height, foldedFont)
	s.WriteString(`<defs><pattern id="frozen" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#eef4fb"/><path d="M0 6L6 0" stroke="#a9c4e0"/></pattern></defs>` + "\n")
	fmt.Fprintf(&s, `<rect width="%.0f" height="%.0f" fill="white"/>`+"\n", width, height)
	s.WriteString(body.String())
	s.WriteString("</svg>\n")
	return s.String()
}

// An end is where the edges of a box end, forward or backward.
type end struct{ x, top, bottom float64 }

// ends returns the ends of the edges of a box and of its gradients. Edges go straight through a
// bend, beside each other.
func (s foldedSizes) ends(b *box) (forward, backward end) {
	top, bottom := b.y-b.height/2, b.y+b.height/2
	if b.bend {
		return end{b.x - 4, top, bottom}, end{b.x + 4, top, bottom}
	}
	left := b.x - b.width/2
	front := s.frontOf(b.folded)
	return end{left + front/2, top, bottom}, end{left + front + backGap + s.back/2, top, bottom}
}

// writeEdges draws the edge from one box down to another and, if a gradient flows, the dashed edge
// up.
func (s foldedSizes) writeEdges(w *strings.Builder, from, to *box, flow bool) {
	down0, up0 := s.ends(from)
	down1, up1 := s.ends(to)
	curve := func(a, b end, style string) {
		half := (to.y - to.height/2 - from.y - from.height/2) / 2 // of the space between the rows
		fmt.Fprintf(w, `<path d="M%.1f %.1fV%.1fC%.1f %.1f %.1f %.1f %.1f %.1fV%.1f`, a.x, a.bottom, from.y+from.height/2,
			a.x, from.y+from.height/2+half, b.x, to.y-to.height/2-half, b.x, to.y-to.height/2, b.top)
		if to.bend {
			fmt.Fprintf(w, "V%.1f", b.bottom)
		}
		fmt.Fprintf(w, `" fill="none" %s/>`+"\n", style)
	}
	curve(down0, down1, `stroke="#555555" stroke-width="1.3"`)
	if !to.bend {
		fmt.Fprintf(w, `<path d="M%.1f %.1fl-4 -7h8z" fill="#555555"/>`+"\n", down1.x, down1.top)
	}
	if !flow {
		return
	}
	curve(up0, up1, `stroke="#b3541e" stroke-width="1.3" stroke-dasharray="5 3"`)
	if !from.bend {
		fmt.Fprintf(w, `<path d="M%.1f %.1fl-4 7h8z" fill="#b3541e"/>`+"\n", up0.x, up0.bottom)
	}
}

// writeBox draws a box with a row for each layer, and the box of its gradients.
func (s foldedSizes) writeBox(w *strings.Builder, b *box) {
	left, height, front := b.x-b.width/2, b.folded.height(), s.frontOf(b.folded)
	top := b.y - height/2
	radius, fill, line, stroke := 3.0, "#ffffff", "#555555", `stroke-width="1"`
	switch b.role {
	case roleInput:
		radius, fill = height/2, "#f2f2f2"
	case roleParam:
		fill, line, stroke = "#eef5eb", "#3f7a30", `stroke-width="1"`
	case roleFrozen:
		fill, line, stroke = "url(#frozen)", "#36679c", `stroke-width="1.5" stroke-dasharray="2 2"`
	}
	fmt.Fprintf(w, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%.1f" fill="%s" stroke="%s" %s/>`+"\n", left, top, front, height, radius, fill, line, stroke)
	if b.role == roleParam { // a bar for parameters that are trained
		fmt.Fprintf(w, `<rect x="%.1f" y="%.1f" width="4" height="%.1f" fill="%s"/>`+"\n", left, top, height, line)
	}
	s.writeRows(w, b.folded, left, top)
	if b.folded.back {
		s.writeGradients(w, b, left)
	}
}

// writeRows writes the columns of the layers, and a bracket to the left of those that are fused.
func (s foldedSizes) writeRows(w *strings.Builder, f *foldedBox, left, top float64) {
	rows := f.rows
	if f.small {
		r := rows[0]
		y := top + foldedPad + foldedLine - 4
		fmt.Fprintf(w, `<text x="%.1f" y="%.1f" font-weight="bold">%s</text>`+"\n", left+2*foldedPad, y, html.EscapeString(r.name))
		fmt.Fprintf(w, `<text x="%.1f" y="%.1f">%s</text>`+"\n", left+2*foldedPad+foldedBold*length(r.name)+columnGap, y, html.EscapeString(r.detail+r.shape))
		return
	}
	x := left + foldedPad + bracket
	column := func(i int, x float64, style, text string) {
		if text != "" {
			fmt.Fprintf(w, `<text x="%.1f" y="%.1f"%s>%s</text>`+"\n", x, top+foldedPad+foldedLine*float64(i+1)-4, style, html.EscapeString(text))
		}
	}
	for i, r := range rows {
		column(i, x, ` font-weight="bold"`, f.short(r.name))
		column(i, x+s.name+columnGap, ``, r.detail)
		column(i, x+s.name+s.detail+2*columnGap+s.shape, ` text-anchor="end"`, r.shape)
		column(i, x+s.name+s.detail+3*columnGap+s.shape+s.params, ` text-anchor="end"`, r.params)
		if r.fusedInto == "" {
			continue
		}
		for head := i - 1; head >= 0; head-- {
			if rows[head].name == r.fusedInto {
				middle := func(k int) float64 { return top + foldedPad + foldedLine*(float64(k)+0.5) }
				fmt.Fprintf(w, `<path d="M%.1f %.1fh-5V%.1fh5" fill="none" stroke="#333333" stroke-width="1.5"/>`+"\n", x-3, middle(head), middle(i))
			}
		}
	}
}

// writeGradients draws the box of the gradients, dashed, and an arrow from the layers, whose values
// the backward pass reads.
func (s foldedSizes) writeGradients(w *strings.Builder, b *box, left float64) {
	lines, height := b.folded.backLines(), b.folded.height()
	x, top := left+s.frontOf(b.folded)+backGap, b.y-height/2
	fmt.Fprintf(w, `<path d="M%.1f %.1fh%.1f" stroke="#999999" stroke-dasharray="1 3"/>`+"\n", x-backGap, b.y, backGap-6)
	fmt.Fprintf(w, `<path d="M%.1f %.1fl-6 -3v6z" fill="#999999"/>`+"\n", x, b.y)
	fmt.Fprintf(w, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="3" fill="#fdf3ea" stroke="#b3541e" stroke-dasharray="5 3"/>`+"\n", x, top, s.back, height)
	for i, line := range lines {
		if line == "" {
			continue
		}
		fmt.Fprintf(w, `<text x="%.1f" y="%.1f">%s</text>`+"\n", x+foldedPad, top+foldedPad+foldedLine*float64(i+1)-4, html.EscapeString(line))
	}
}

// A frame surrounds the boxes of a block.
type frame struct{ left, top, right, bottom float64 }

// writeFrames draws a frame around the boxes of each block with at least two, unless a box that
// is not of the block would be in it.
func writeFrames(w *strings.Builder, rows [][]*box) {
	frames := map[string]*frame{}
	count := map[string]int{}
	var names []string
	for _, row := range rows {
		for _, b := range row {
			if b.bend || b.folded.block == "" {
				continue
			}
			name := b.folded.block
			f := frames[name]
			if f == nil {
				f = &frame{math.Inf(1), math.Inf(1), 0, 0}
				frames[name] = f
				names = append(names, name)
			}
			count[name]++
			f.left, f.right = min(f.left, b.x-b.width/2-6), max(f.right, b.x+b.width/2+6)
			f.top, f.bottom = min(f.top, b.y-b.height/2-17), max(f.bottom, b.y+b.height/2+6)
		}
	}
	for _, name := range names {
		f := frames[name]
		if count[name] < 2 || f.holdsOthers(name, rows) {
			continue
		}
		fmt.Fprintf(w, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="6" fill="#f7f7f4" stroke="#bbbbbb"/>`+"\n", f.left, f.top, f.right-f.left, f.bottom-f.top)
		fmt.Fprintf(w, `<text x="%.1f" y="%.1f" font-style="italic" fill="#444444">%s</text>`+"\n", f.left+6, f.top+12, html.EscapeString(name))
	}
}

// holdsOthers reports whether a box of another block overlaps the frame.
func (f *frame) holdsOthers(name string, rows [][]*box) bool {
	for _, row := range rows {
		for _, b := range row {
			if !b.bend && b.folded.block != name &&
				b.x-b.width/2 < f.right && b.x+b.width/2 > f.left && b.y-b.height/2 < f.bottom && b.y+b.height/2 > f.top {
				return true
			}
		}
	}
	return false
}
