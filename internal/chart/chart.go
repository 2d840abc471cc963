// Package chart draws charts as SVG: lines with bands and dots, heat maps, and small curves for
// the cells of a table.
//
// A chart is an svg element whose colors are classes, so that one chart suits light, dark and
// printed pages. A page includes [Style] once; [Standalone] puts it into an SVG file. Each chart
// has a name and a description for readers who do not see it. Text of any script is written as
// text.
package chart

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"inkstone/internal/oneline"
)

// Colors is the number of colors of series. Series differ in their dashes too.
const Colors = 8

// Style is the style sheet of all charts. The variables have other values in the dark.
const Style = `:root{--paper:#fff;--ink:#1c1f23;--muted:#5b6169;--grid:#e3e6ea;--good:#08519c;--bad:#a50f15;
--c0:#1f6fb4;--c1:#b8500a;--c2:#2a7a3e;--c3:#7b52ab;--c4:#85552a;--c5:#b83279;--c6:#117680;--c7:#5b6169}
@media (prefers-color-scheme:dark){:root{--paper:#16181c;--ink:#e8eaed;--muted:#a3abb5;--grid:#343941;--good:#5aa9f0;--bad:#f0787c;
--c0:#6cb2f0;--c1:#f2a15e;--c2:#6fce87;--c3:#bfa2ec;--c4:#cfa780;--c5:#f287ba;--c6:#5fcad4;--c7:#a9b0b9}}
@media print{:root{--paper:#fff;--ink:#1c1f23;--muted:#5b6169;--grid:#d5d9de;--good:#08519c;--bad:#a50f15;
--c0:#1f6fb4;--c1:#b8500a;--c2:#2a7a3e;--c3:#7b52ab;--c4:#85552a;--c5:#b83279;--c6:#117680;--c7:#5b6169}}
.chart{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
.chart text{fill:var(--ink);stroke:none}
.chart .soft{fill:var(--muted)}
.chart .grid{stroke:var(--grid);fill:none}
.chart .axis{stroke:var(--muted);fill:none}
.chart .line{fill:none;stroke:currentColor;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.chart .dot{fill:currentColor;stroke:none}
.chart .ring{fill:none;stroke:var(--ink);stroke-width:1.4}
.chart .band{fill:currentColor;opacity:.15;stroke:none}
.chart .bar{fill:currentColor;opacity:.75}
.chart .good{fill:var(--good)}.chart .bad{fill:var(--bad)}
.chart .onfull{fill:var(--paper)}
.c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}.c4{color:var(--c4)}.c5{color:var(--c5)}.c6{color:var(--c6)}.c7{color:var(--c7)}
.d1{stroke-dasharray:7 4}.d2{stroke-dasharray:2 4}.d3{stroke-dasharray:9 4 2 4}.d4{stroke-dasharray:12 5}.d5{stroke-dasharray:4 3}.d6{stroke-dasharray:1 5}.d7{stroke-dasharray:12 4 2 4 2 4}
`

// Chart is a drawing of a fixed size that scales with the page.
type Chart struct {
	Width, Height float64 // of the drawing, in pixels at scale 1
	Name          string  // what the chart shows, in a few words
	Description   string  // what it shows, in a sentence; "" for none
	content       string
}

// SVG returns the chart as an element of a page that includes [Style].
func (c *Chart) SVG() string { return c.element("", "") }

// Standalone returns the chart as an SVG file, on paper of the color of the page.
func (c *Chart) Standalone() string {
	return c.element(` xmlns="http://www.w3.org/2000/svg"`,
		fmt.Sprintf("<style>%s</style>\n"+`<rect width="%s" height="%s" fill="var(--paper)"/>`+"\n", html.EscapeString(Style), number(c.Width), number(c.Height))) + "\n"
}

// element returns the svg element with more attributes, and with an element before the content.
func (c *Chart) element(attributes, before string) string {
	description := ""
	if c.Description != "" {
		description = "<desc>" + escape(c.Description) + "</desc>"
	}
	return fmt.Sprintf(`<svg%s class="chart" role="img" aria-label="%s" width="%s" height="%s" viewBox="0 0 %s %s">%s%s%s</svg>`,
		attributes, escape(c.Name), number(c.Width), number(c.Height), number(c.Width), number(c.Height), description, before, c.content)
}

// Stack returns charts one below another as one chart.
func Stack(name string, charts ...*Chart) *Chart {
	return arrange(name, charts, func(all, c *Chart) (x, y float64) {
		y = all.Height
		all.Height, all.Width = all.Height+c.Height, max(all.Width, c.Width)
		return 0, y
	})
}

// Row returns charts side by side as one chart.
func Row(name string, charts ...*Chart) *Chart {
	return arrange(name, charts, func(all, c *Chart) (x, y float64) {
		x = all.Width
		all.Width, all.Height = all.Width+c.Width, max(all.Height, c.Height)
		return x, 0
	})
}

// arrange returns one chart with all charts in it. place returns the position of the next one
// and makes room for it.
func arrange(name string, charts []*Chart, place func(all, c *Chart) (x, y float64)) *Chart {
	all := &Chart{Name: name}
	var b strings.Builder
	var texts []string
	for _, c := range charts {
		x, y := place(all, c)
		fmt.Fprintf(&b, `<g transform="translate(%s %s)">%s</g>`+"\n", number(x), number(y), c.content)
		texts = append(texts, c.Name)
	}
	all.content, all.Description = b.String(), strings.Join(texts, "; ")
	return all
}

// number formats a coordinate with at most two decimals.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100+0, 'f', -1, 64) // + 0 turns -0 into 0
}

// escape returns text for XML and HTML.
func escape(text string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r == '\ufffe' || r == '\uffff' { // XML has no such characters
			return '\ufffd'
		}
		return r
	}, oneline.Escape(text)))
}

// textWidth estimates the width of a text of 12 pixels. Characters of East Asian scripts are
// twice as wide as Latin letters.
func textWidth(text string) float64 {
	width := 0.0
	for _, r := range text {
		if r >= 0x1100 {
			width += 12
		} else {
			width += 6.8
		}
	}
	return width
}

// shorten returns a text with at most n characters. If it removes characters, the result ends in
// an ellipsis.
func shorten(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}

// Free returns a chart with a drawing that the caller has made, in elements of SVG. Its classes are
// those of [Style].
func Free(name, description string, width, height float64, content string) *Chart {
	return &Chart{Width: width, Height: height, Name: name, Description: description, content: content}
}
