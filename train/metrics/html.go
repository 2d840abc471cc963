package metrics

import (
	"fmt"
	"html"
	"strings"
)

// HTML gives the matrix as a table in the colours of [Confusion.Image], for a notebook
// or a report. It carries its own styles, and class names are escaped.
func (c *Confusion) HTML() string {
	var b strings.Builder
	b.WriteString(`<table style="border-collapse:collapse;text-align:right">` + "\n")
	b.WriteString(`<tr><th style="text-align:left">label \ predicted</th>`)
	for _, name := range c.classes {
		fmt.Fprintf(&b, "<th>%s</th>", html.EscapeString(name))
	}
	b.WriteString("</tr>\n")
	for i, name := range c.classes {
		fmt.Fprintf(&b, `<tr><th style="text-align:left">%s</th>`, html.EscapeString(name))
		for j := range c.classes {
			fill, ink := c.shade(i, j)
			fmt.Fprintf(&b, `<td style="background:#%02x%02x%02x;color:#%02x%02x%02x;padding:4px">%d</td>`,
				fill.R, fill.G, fill.B, ink.R, ink.G, ink.B, c.At(i, j))
		}
		b.WriteString("</tr>\n")
	}
	fmt.Fprintf(&b, "</table>\n<p>%s</p>\n", html.EscapeString(c.summary()))
	return b.String()
}
