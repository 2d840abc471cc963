package train

import (
	"fmt"
	"html"
	"strings"
	"text/tabwriter"
)

// RatePoint is the learning rate at a point of a run.
type RatePoint struct {
	Epoch float64 // finished epochs: 1.5 is the middle of the second one
	Rate  float64
}

// BestScore returns the validation score of the best epoch, or that of the moving
// average if it is better; nil without a validation set.
func (h *History) BestScore() *Score {
	if h.Best >= len(h.Epochs) {
		return nil
	}
	return h.Epochs[h.Best].score()
}

// cells is the history as a table: a header, a row for each epoch.
func (h *History) cells() [][]string {
	validated, averaged := false, false
	for _, e := range h.Epochs {
		validated = validated || e.Validation != nil
		averaged = averaged || e.Average != nil
	}
	header := []string{"epoch", "loss", "accuracy"}
	if validated {
		header = append(header, "validation loss", "validation accuracy")
	}
	if averaged {
		header = append(header, "averaged")
	}
	rows := [][]string{append(header, "seconds", "")}
	percent := func(s *Score) string {
		if s == nil {
			return ""
		}
		return fmt.Sprintf("%.2f %%", 100*s.Accuracy)
	}
	for i, e := range h.Epochs {
		row := []string{fmt.Sprint(e.Epoch), fmt.Sprintf("%.4f", e.TrainLoss), fmt.Sprintf("%.2f %%", 100*e.TrainAccuracy)}
		if validated {
			loss := ""
			if e.Validation != nil {
				loss = fmt.Sprintf("%.4f", e.Validation.Loss)
			}
			row = append(row, loss, percent(e.Validation))
		}
		if averaged {
			row = append(row, percent(e.Average))
		}
		mark := ""
		if validated && i == h.Best {
			mark = "best"
		}
		rows = append(rows, append(row, fmt.Sprintf("%.1f", e.Seconds), mark))
	}
	return rows
}

// String is a table with a line for each epoch.
func (h *History) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range h.cells() {
		fmt.Fprintln(w, strings.Join(row, "\t")+"\t")
	}
	w.Flush()
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// HTML is the table for a notebook or a page.
func (h *History) HTML() string {
	var b strings.Builder
	b.WriteString("<table>")
	for i, row := range h.cells() {
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		b.WriteString("<tr>")
		for _, c := range row {
			fmt.Fprintf(&b, `<%s style="text-align:right">%s</%s>`, tag, html.EscapeString(c), tag)
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table>")
	return b.String()
}
