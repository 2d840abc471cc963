package main

import (
	"strings"
	"unicode/utf8"
)

// table is text in columns. Numbers are aligned to the right, texts to the left.
type table struct {
	heads []string
	right []bool
	rows  [][]string
}

// add appends a column.
func (t *table) add(head string, right bool) {
	t.heads, t.right = append(t.heads, head), append(t.right, right)
}

// String returns the table; each column is as wide as its widest cell.
func (t *table) String() string {
	rows := append([][]string{t.heads}, t.rows...)
	widths := make([]int, len(t.heads))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				line.WriteString("  ")
			}
			if t.right[i] {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
