package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"inkstone/internal/oneline"
	"inkstone/internal/table"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/runfolder"
	"inkstone/train/settings"
)

// Limits of the table, in characters.
const (
	textWidth   = 100 // of the lines above the table if there is no terminal
	longestCell = 18  // of a cell in a terminal that is too narrow
)

// settingRank is the rank of the settings as columns: a narrow terminal has room for them rather
// than for times.
const settingRank = 5

// named are the settings that stand above the table also if they are the defaults.
var named = []string{"epochs", "batch", "optimizer", "lr"}

// runTable is the table of runs with the lines above it.
type runTable struct {
	head    string // what the runs share
	columns []column
	hidden  []string // names of columns that do not fit
	limit   int      // width of the terminal, 0 for no limit
}

// column is a column of the table of runs.
type column struct {
	table.Column
	cells []string
	rank  int // columns of a high rank are left out first, the widest of a rank first; 0 for those that stay
}

// width returns the number of characters of the column.
func (c *column) width() int {
	widest := utf8.RuneCountInString(c.Head)
	for _, text := range c.cells {
		widest = max(widest, utf8.RuneCountInString(text))
	}
	return widest
}

// newTable returns the table of runs for a terminal of that width, 0 for no limit. If wide is
// set, it has the whole paths and all columns, also those with the same value in each row.
func newTable(runs []*runfolder.Run, width int, wide bool) *runTable {
	t := &runTable{}
	prefix := ""
	if !wide {
		prefix = commonFolder(runs)
	}
	differing := differingSettings(runs)
	var shared []string
	for _, f := range fields {
		if f.key == "done" { // settings stand before results
			for _, key := range differing {
				t.add(table.Column{Head: key, Right: numeric(runs, key)}, runs, settingRank, func(r *runfolder.Run) string { return lookup(r, key).text })
			}
		}
		value := func(r *runfolder.Run) string { return f.value(r).text }
		switch same := !slices.ContainsFunc(runs, func(r *runfolder.Run) bool { return value(r) != value(runs[0]) }); {
		case f.key == "name":
			value = func(r *runfolder.Run) string { return relative(prefix, r.Path) }
		case f.shared && same && !wide && len(runs) > 0:
			if value(runs[0]) != none {
				shared = append(shared, f.key+"="+value(runs[0]))
			}
			continue
		}
		t.add(table.Column{Head: f.head, Right: f.number}, runs, f.rank, value)
	}
	if !wide && width > 0 {
		t.fit(width)
	}
	if len(runs) > 0 {
		t.head = heading(runs, prefix, append(shared, sharedSettings(runs, differing, wide)...), width)
	}
	return t
}

// add appends a column with a cell for each run.
func (t *runTable) add(c table.Column, runs []*runfolder.Run, rank int, value func(*runfolder.Run) string) {
	cells := make([]string, len(runs))
	for i, r := range runs {
		cells[i] = oneline.Escape(value(r))
	}
	c.Head = oneline.Escape(c.Head)
	t.columns = append(t.columns, column{c, cells, rank})
}

// fit shortens cells and then leaves out columns until the table has at most that width.
func (t *runTable) fit(width int) {
	t.limit = width
	if t.width() <= width {
		return
	}
	for i := range t.columns {
		for k, text := range t.columns[i].cells {
			t.columns[i].cells[k] = shorten(text, longestCell)
		}
	}
	for t.width() > width {
		last := 0
		for i := range t.columns {
			a, b := &t.columns[i], &t.columns[last]
			if a.rank > b.rank || a.rank == b.rank && a.width() > b.width() {
				last = i
			}
		}
		if t.columns[last].rank == 0 {
			return
		}
		t.hidden = append(t.hidden, t.columns[last].Head)
		t.columns = slices.Delete(t.columns, last, last+1)
	}
}

// width returns the number of characters of a line.
func (t *runTable) width() int {
	sum := -2
	for i := range t.columns {
		sum += t.columns[i].width() + 2
	}
	return sum
}

// String returns the lines above the table, the table, and a line about columns that do not fit.
func (t *runTable) String() string {
	out := &table.Table{}
	rows := 0
	for _, c := range t.columns {
		out.Columns = append(out.Columns, c.Column)
		rows = len(c.cells)
	}
	for i := range rows {
		var row []string
		for _, c := range t.columns {
			row = append(row, c.cells[i])
		}
		out.Add(row...)
	}
	text := t.head + out.String()
	if t.hidden != nil {
		line := fmt.Sprintf("not shown: %s (-wide shows all)", list(t.hidden))
		text += strings.Join(settings.Wrap(line, max(t.limit, t.width())), "\n") + "\n"
	}
	return text
}

// heading returns lines about the number of runs, where they are, and what they share.
func heading(runs []*runfolder.Run, prefix string, shared []string, width int) string {
	text := fmt.Sprintf("%d runs", len(runs))
	if len(runs) == 1 {
		text = "1 run"
	}
	if prefix != "" {
		text += " in " + oneline.Escape(prefix)
	}
	if shared == nil {
		return text + "\n"
	}
	if width == 0 {
		width = textWidth
	}
	return strings.Join(settings.Wrap(text+" with "+oneline.Escape(strings.Join(shared, " ")), width), "\n") + "\n"
}

// sharedSettings returns the settings that the runs share, as name=value. Unless wide is set, it
// leaves out defaults and settings that do not affect the result.
func sharedSettings(runs []*runfolder.Run, differing []string, wide bool) []string {
	cfg, selection := train.Defaults(), data.DefaultSelection()
	defaults := settings.Lists{cfg.Settings(), selection.Settings()}
	var shared []string
	for _, name := range settingKeys(runs) {
		value := runs[0].Setting(name)
		if slices.Contains(differing, name) || !wide && !slices.Contains(named, name) && (isDefault(defaults, name, value) || name != "seed" && slices.Contains(ignoredSettings, name)) {
			continue
		}
		shared = append(shared, name+"="+value)
	}
	return shared
}

// isDefault reports whether a setting has its default, or a value that stands for nothing.
func isDefault(defaults settings.Lists, name, value string) bool {
	s := defaults.Find(name)
	return s != nil && s.Value.String() == value || slices.Contains([]string{runfolder.NoSetting, `""`, "0", "false", "none", "auto"}, value)
}

// commonFolder returns the folder that all runs are in, "" for none.
func commonFolder(runs []*runfolder.Run) string {
	common := ""
	for i, r := range runs {
		dir := filepath.Dir(r.Path)
		if i == 0 {
			common = dir
		}
		for common != "." && common != dir && !strings.HasPrefix(dir, common+string(filepath.Separator)) {
			parent := filepath.Dir(common)
			if parent == common {
				return ""
			}
			common = parent
		}
	}
	if common == "." || common == string(filepath.Separator) {
		return ""
	}
	return common
}

// relative returns a path without the folder that it is in.
func relative(folder, path string) string {
	if folder == "" {
		return path
	}
	return strings.TrimPrefix(path, folder+string(filepath.Separator))
}

// shorten returns a text of at most n characters. An ellipsis stands for what it leaves out in
// the middle, since names often begin or end alike.
func shorten(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	left := n / 2
	return string(r[:left]) + "…" + string(r[len(r)-(n-left-1):])
}

// list joins names with commas.
func list(names []string) string { return strings.Join(names, ", ") }
