package model

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// table is a table with a header in its first row. The columns from index right on are
// aligned to the right.
type table struct {
	title string
	rows  [][]string
	right int
}

// text returns the table as plain text.
func (t table) text() string {
	width := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	fmt.Fprintln(&b, t.title)
	for _, row := range t.rows {
		var line strings.Builder
		for i, c := range row {
			if i < t.right {
				fmt.Fprintf(&line, "  %-*s", width[i], c)
			} else {
				fmt.Fprintf(&line, "  %*s", width[i], c)
			}
		}
		fmt.Fprintln(&b, strings.TrimRight(line.String(), " "))
	}
	return b.String()
}

// html returns the table as HTML.
func (t table) html() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<table><caption>%s</caption>", html.EscapeString(t.title))
	for i, row := range t.rows {
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		b.WriteString("<tr>")
		for j, c := range row {
			align := "left"
			if j >= t.right {
				align = "right"
			}
			fmt.Fprintf(&b, `<%s style="text-align:%s">%s</%s>`, tag, align, html.EscapeString(c), tag)
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table>")
	return b.String()
}
