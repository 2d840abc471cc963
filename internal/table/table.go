// Package table formats tables as plain text with aligned columns and as HTML.
package table

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	"inkstone/internal/oneline"
)

// Column is a column of a table.
type Column struct {
	Head  string
	Right bool // whether the column is aligned to the right, as for numbers
}

// Columns returns columns with the given heads. The first left columns are aligned to the
// left, the others to the right.
func Columns(left int, heads ...string) []Column {
	columns := make([]Column, len(heads))
	for i, h := range heads {
		columns[i] = Column{Head: h, Right: i >= left}
	}
	return columns
}

// Table is a table of text. Each row has a cell for each column. Line breaks and control
// characters in a cell are shown as escapes, such as \n.
type Table struct {
	Title   string // line above the table; "" for none
	Indent  string // prefix of each line below the title in plain text
	Columns []Column
	Rows    [][]string
}

// Add appends a row.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// lines returns the header and the rows.
func (t *Table) lines() [][]string {
	heads := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		heads[i] = c.Head
	}
	lines := [][]string{heads}
	for _, row := range t.Rows {
		lines = append(lines, slices.Clone(row))
	}
	for _, line := range lines {
		for i, cell := range line {
			line[i] = oneline.Escape(cell)
		}
	}
	return lines
}

// String returns the table as plain text. Each column is as wide as its widest cell, and two
// spaces separate the columns. No line ends in a space.
func (t *Table) String() string {
	lines := t.lines()
	widths := make([]int, len(t.Columns))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	if t.Title != "" {
		b.WriteString(t.Title + "\n")
	}
	for _, line := range lines {
		text := t.Indent
		for i, cell := range line {
			if i > 0 {
				text += "  "
			}
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if t.Columns[i].Right {
				text += pad + cell
			} else {
				text += cell + pad
			}
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	return b.String()
}

// HTML returns the table as an HTML element whose caption is the title. All text is escaped.
func (t *Table) HTML() string {
	var b strings.Builder
	b.WriteString("<table>")
	if t.Title != "" {
		fmt.Fprintf(&b, "<caption>%s</caption>", html.EscapeString(t.Title))
	}
	for i, line := range t.lines() {
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		b.WriteString("<tr>")
		for j, cell := range line {
			align := "left"
			if t.Columns[j].Right {
				align = "right"
			}
			fmt.Fprintf(&b, `<%s style="text-align:%s">%s</%s>`, tag, align, html.EscapeString(cell), tag)
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table>")
	return b.String()
}
