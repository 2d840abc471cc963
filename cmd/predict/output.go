package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"inkstone/cmd/internal/reading"
	"inkstone/internal/oneline"
)

// prediction is what is printed about a picture.
type prediction struct {
	File          string      `json:"file"`
	Label         string      `json:"label"`                   // of several characters: one after the other
	Probabilities []float64   `json:"probabilities,omitempty"` // in the order of the classes; absent for several characters
	Characters    []character `json:"characters,omitempty"`    // from left to right, if there are several
	Doubts        []string    `json:"doubts,omitempty"`        // why the label may be wrong
}

// character is one of several characters of a picture.
type character struct {
	Label         string    `json:"label"`
	Probabilities []float64 `json:"probabilities"`
}

func newPrediction(file string, r *reading.Reading) *prediction {
	p := &prediction{File: file, Label: r.Label, Doubts: r.Doubts}
	if len(r.Characters) == 1 {
		p.Probabilities = r.Characters[0].Probabilities
		return p
	}
	for _, c := range r.Characters {
		p.Characters = append(p.Characters, character(c))
	}
	return p
}

// ranking returns the indices of the classes, the most probable first.
func ranking(p []float64) []int {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	return order
}

// newPrinter returns the function that prints a prediction as the settings ask for: in a table,
// as JSON or as CSV. width is that of the longest name of a picture.
func newPrinter(s *settings, classes []string, width int, stdout io.Writer) func(r *prediction) error {
	switch {
	case s.json:
		e := json.NewEncoder(stdout)
		return func(r *prediction) error { return e.Encode(r) }
	case s.csv:
		return newCSV(classes, stdout)
	}
	return newTable(classes, width, stdout).print
}

// table is the table of answers with the three most probable classes of each.
type table struct {
	w            io.Writer
	classes      []string
	name, answer int // widths of the first columns
	class        int // width of the longest class
	begun        bool
}

// places are the heads of the columns of the most probable classes.
var places = []string{"first", "second", "third"}

func newTable(classes []string, width int, w io.Writer) *table {
	t := &table{w: w, classes: classes, name: max(len("picture"), width), answer: len("answer")}
	for _, c := range classes {
		t.class = max(t.class, utf8.RuneCountInString(c))
	}
	t.answer = max(t.answer, t.class)
	return t
}

// pad appends spaces to a text up to a width in runes.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// print writes the row of a picture. Of several characters each has a row below it.
func (t *table) print(r *prediction) error {
	var s strings.Builder
	if !t.begun {
		head := pad("picture", t.name) + "  " + pad("answer", t.answer)
		for _, place := range places[:min(len(places), len(t.classes))] {
			head += "  " + pad(place, t.class+len(" 100.00 %"))
		}
		s.WriteString(strings.TrimRight(head, " ") + "\n")
		t.begun = true
	}
	t.row(&s, oneline.Escape(r.File), r.Label, r.Probabilities, len(r.Doubts) > 0)
	for i, c := range r.Characters {
		t.row(&s, fmt.Sprintf("  character %d", i+1), c.Label, c.Probabilities, false)
	}
	_, err := io.WriteString(t.w, s.String())
	return err
}

// row appends a row.
func (t *table) row(s *strings.Builder, name, answer string, probabilities []float64, doubtful bool) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s", pad(name, t.name), pad(answer, t.answer))
	if probabilities != nil {
		for _, class := range ranking(probabilities)[:min(len(places), len(t.classes))] {
			fmt.Fprintf(&b, "  %s %6.2f %%", pad(t.classes[class], t.class), 100*probabilities[class])
		}
	}
	if doubtful {
		b.WriteString("  doubtful")
	}
	s.WriteString(strings.TrimRight(b.String(), " ") + "\n")
}

// newCSV prints a line for each picture: its name, the answer, the most probable classes with their
// probabilities, and the doubts. Of several characters it has the answer only.
func newCSV(classes []string, w io.Writer) func(r *prediction) error {
	c := csv.NewWriter(w)
	n := min(len(places), len(classes))
	begun := false
	return func(r *prediction) error {
		if !begun {
			head := []string{"picture", "answer"}
			for _, p := range places[:n] {
				head = append(head, p, p+"_probability")
			}
			c.Write(append(head, "doubts"))
			begun = true
		}
		line := []string{r.File, r.Label}
		order := []int(nil)
		if r.Probabilities != nil {
			order = ranking(r.Probabilities)
		}
		for i := range n {
			if order == nil {
				line = append(line, "", "")
				continue
			}
			line = append(line, classes[order[i]], strconv.FormatFloat(r.Probabilities[order[i]], 'f', 6, 64))
		}
		c.Write(append(line, strings.Join(r.Doubts, "; ")))
		c.Flush()
		return c.Error()
	}
}
