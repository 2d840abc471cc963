package model

import (
	"slices"
	"strconv"
	"strings"

	"inkstone/graph"
	"inkstone/internal/failed"
	"inkstone/internal/table"
)

// Summary is a table of a model's layers.
type Summary struct {
	Title  string
	Layers []SummaryLayer
	Params int   // number of learned elements of all layers
	FLOPs  int64 // floating-point operations of one image forward, 2 per multiply-add

	err error // of the call that returned it
}

// SummaryLayer is a row of a [Summary].
type SummaryLayer struct {
	Name, Kind string
	Output     []int // shape without the batch axis: height, width and channels, or units
	Params     int   // number of learned elements
	FLOPs      int64 // of one image forward; only convolutions and dense layers are counted
}

// Summary returns the table of the layers with their output shapes, numbers of
// parameters and floating-point operations. With an error it returns a table that shows the
// error.
func (m *Model) Summary() (s *Summary, err error) {
	defer func() {
		if err != nil {
			s = &Summary{err: err}
		}
	}()
	if err := m.usable("summary"); err != nil {
		return nil, err
	}
	layers, err := graph.Describe(m.Params, m.net, m.Config(1, 1))
	if err != nil {
		return nil, err
	}
	s = &Summary{Title: m.String()}
	for _, l := range layers {
		row := SummaryLayer{Name: l.Name, Kind: l.Kind, Output: slices.Clone(l.Output), FLOPs: l.FLOPs}
		if l.Kind != "param" { // a free parameter has no batch axis
			row.Output = row.Output[1:]
		}
		for _, p := range l.Params {
			if !p.Statistic() {
				row.Params += p.Len()
			}
		}
		s.Layers = append(s.Layers, row)
		s.Params += row.Params
		s.FLOPs += row.FLOPs
	}
	return s, nil
}

func (s *Summary) table() *table.Table {
	t := &table.Table{Title: s.Title, Indent: "  ", Columns: table.Columns(3, "layer", "kind", "output", "parameters", "FLOPs")}
	for _, l := range s.Layers {
		t.Add(l.Name, l.Kind, sizes(l.Output), count(int64(l.Params)), count(l.FLOPs))
	}
	t.Add("total", "", "", count(int64(s.Params)), count(s.FLOPs))
	return t
}

// String returns the table as plain text.
func (s *Summary) String() string {
	if s.err != nil {
		return failed.Text("summary", s.err)
	}
	return s.table().String()
}

// HTML returns the table as HTML, for a notebook or a web page.
func (s *Summary) HTML() string {
	if s.err != nil {
		return failed.HTML("summary", s.err)
	}
	return s.table().HTML()
}

// sizes formats a shape, such as 24x24x16.
func sizes(shape []int) string {
	parts := make([]string, len(shape))
	for i, d := range shape {
		parts[i] = strconv.Itoa(d)
	}
	return strings.Join(parts, "x")
}

// count formats a number with commas; it returns "" for 0.
func count(n int64) string {
	if n == 0 {
		return ""
	}
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
