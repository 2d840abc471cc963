// Package figures draws the figures of the book as SVG, each in English and in Chinese.
package figures

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	"inkstone/docs/book/code"
	"inkstone/docs/book/measure"
)

// figure is a figure of the book.
type figure struct {
	// draw draws the figure with text in the language of w.
	draw func(w words, r *measure.Result) (drawing, error)
	// needs is the experiment whose result it draws, "" for none.
	needs string
}

// drawing is a picture that can be written to a file.
type drawing interface{ Standalone() string }

// file is a drawing that is complete.
type file string

// Standalone returns the drawing.
func (f file) Standalone() string { return string(f) }

// words chooses between the languages.
type words struct{ chinese bool }

func (w words) t(english, chinese string) string {
	if w.chinese {
		return chinese
	}
	return english
}

// all lists the figures by name.
var all = map[string]figure{
	"digits": {draw: drawDigits}, "concepts": {draw: drawConcepts}, "filters": {drawFilters, "filters"},
	"conv": {draw: drawConv}, "pool": {draw: drawPool}, "graph": {draw: drawGraph}, "route": {draw: drawRoute},
	"crossentropy": {draw: drawCrossEntropy}, "surface": {drawSurface, "landscape"}, "rates": {drawRates, "rates"}, "decay": {draw: drawDecay},
	"form": {draw: drawForm}, "alphabet": {draw: drawAlphabet},
	"frozen":  {draw: drawFrozen},
	"scaling": {drawScaling, "scaling"}, "distill": {drawDistill, "distill"}, "quantize": {drawQuantize, "quantize"}, "fewlabels": {drawFewLabels, "fewlabels"},
	"adversarial": {drawAdversarial, "adversarial"}, "attack": {drawAttack, "adversarial"},
	"seeds": {drawSeeds, "seeds"}, "interval": {draw: drawInterval},
}

// All returns the files of all figures: name and content.
func All(results map[string]*measure.Result) (map[string]string, error) {
	files := map[string]string{}
	for name, f := range all {
		if f.needs != "" && results[f.needs] == nil {
			return nil, fmt.Errorf("figure %s: the experiment %s has no stored result", name, f.needs)
		}
		for language, w := range map[string]words{"en": {}, "zh": {chinese: true}} {
			c, err := f.draw(w, results[f.needs])
			if err != nil {
				return nil, fmt.Errorf("figure %s: %w", name, err)
			}
			files[name+"."+language+".svg"] = c.Standalone()
		}
	}
	return files, nil
}

// canvas collects elements of SVG.
type canvas struct{ strings.Builder }

// coordinate formats a coordinate with at most one decimal.
func coordinate(v float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// text writes a text. The anchor is start, middle or end.
func (c *canvas) text(x, y float64, anchor, class, text string) {
	fmt.Fprintf(c, `<text x="%s" y="%s" text-anchor="%s" class="%s">%s</text>`, coordinate(x), coordinate(y), anchor, class, html.EscapeString(text))
}

// box writes a rectangle with rounded corners.
func (c *canvas) box(x, y, width, height float64, style string) {
	fmt.Fprintf(c, `<rect x="%s" y="%s" width="%s" height="%s" rx="4" %s/>`, coordinate(x), coordinate(y), coordinate(width), coordinate(height), style)
}

// arrow writes an arrow from a point to another, on a straight line.
func (c *canvas) arrow(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(c, `<g class="%s"><path class="line" d="M%s %sL%s %s"/>`, class, coordinate(x1), coordinate(y1), coordinate(x2), coordinate(y2))
	dx, dy := x2-x1, y2-y1
	length := max(1, abs(dx)+abs(dy))
	dx, dy = dx/length*7, dy/length*7
	fmt.Fprintf(c, `<path class="dot" d="M%s %sL%s %sL%s %sz"/></g>`, coordinate(x2), coordinate(y2),
		coordinate(x2-dx-dy*0.6), coordinate(y2-dy+dx*0.6), coordinate(x2-dx+dy*0.6), coordinate(y2-dy-dx*0.6))
}

func abs(v float64) float64 { return max(v, -v) }

// cells are the drawing of a matrix.
type cells struct {
	m          code.Matrix
	x, y, size float64
	marked     func(i, j int) bool // cells with a colored ground
	hidden     func(i, j int) bool // cells without a number
	color      string              // c0 to c7
	format     string
}

// cells writes a matrix, with a number in each cell.
func (c *canvas) cells(d cells) {
	if d.format == "" {
		d.format = "%g"
	}
	for i, row := range d.m {
		for j, v := range row {
			x, y := d.x+float64(j)*d.size, d.y+float64(i)*d.size
			if d.marked != nil && d.marked(i, j) {
				fmt.Fprintf(c, `<g class="%s"><rect class="bar" style="opacity:.35" x="%s" y="%s" width="%s" height="%s"/></g>`, d.color, coordinate(x), coordinate(y), coordinate(d.size), coordinate(d.size))
			}
			fmt.Fprintf(c, `<rect class="axis" x="%s" y="%s" width="%s" height="%s"/>`, coordinate(x), coordinate(y), coordinate(d.size), coordinate(d.size))
			if d.hidden == nil || !d.hidden(i, j) {
				c.text(x+d.size/2, y+d.size/2+4, "middle", "", strings.ReplaceAll(fmt.Sprintf(d.format, v), "-", "−"))
			}
		}
	}
}

// grays is the number of shades of a picture.
const grays = 12

// picture writes an image of values from 0, which is white, to largest, which is black.
func (c *canvas) picture(values []float64, width int, largest, x, y, scale float64) {
	height := len(values) / width
	fmt.Fprintf(c, `<g transform="translate(%s %s) scale(%s)"><rect width="%d" height="%d" fill="#fff"/>`, coordinate(x), coordinate(y), coordinate(scale), width, height)
	for shade := 1; shade <= grays; shade++ {
		path := runs(values, width, func(v float64) bool { return max(0, min(grays, int(v/largest*grays+0.5))) == shade })
		if path != "" {
			level := 255 - 255*shade/grays
			fmt.Fprintf(c, `<path fill="#%02x%02x%02x" d="%s"/>`, level, level, level, path)
		}
	}
	fmt.Fprintf(c, `<rect width="%d" height="%d" fill="none" stroke="var(--muted)" stroke-width="%.3f"/></g>`, width, height, 0.7/scale)
}

// runs returns a path around the pixels that match, a rectangle for each run in a row.
func runs(values []float64, width int, match func(float64) bool) string {
	var b strings.Builder
	for i := 0; i < len(values); i += width {
		for j := 0; j < width; j++ {
			start := j
			for j < width && match(values[i+j]) {
				j++
			}
			if j > start {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", start, i/width, j-start, j-start)
			}
		}
	}
	return b.String()
}

// maps writes pictures side by side, all with the same largest value; negative values are red.
func (c *canvas) maps(values []float64, width, height, columns int, x, y, scale, gap float64) {
	largest := 0.0
	for _, v := range values {
		largest = max(largest, abs(v))
	}
	for i := 0; (i+1)*width*height <= len(values); i++ {
		part := values[i*width*height : (i+1)*width*height]
		left, top := x+float64(i%columns)*(float64(width)*scale+gap), y+float64(i/columns)*(float64(height)*scale+gap)
		c.picture(part, width, largest, left, top, scale)
		negative := make([]float64, len(part))
		for j, v := range part {
			negative[j] = max(0, -v)
		}
		fmt.Fprintf(c, `<g transform="translate(%s %s) scale(%s)">`, coordinate(left), coordinate(top), coordinate(scale))
		for shade := 1; shade <= grays; shade++ {
			path := runs(negative, width, func(v float64) bool { return int(v/largest*grays+0.5) == shade })
			if path != "" {
				level := 255 - 235*shade/grays
				fmt.Fprintf(c, `<path fill="#%02x%02x%02x" d="%s"/>`, 255-60*shade/grays, level, level, path)
			}
		}
		c.WriteString("</g>")
	}
}
