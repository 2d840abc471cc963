package train

import (
	"fmt"

	"inkstone/internal/table"
)

// RatePoint is the learning rate at a point of a run.
type RatePoint struct {
	Epoch float64 // number of finished epochs; 1.5 is the middle of the second epoch
	Rate  float64
}

// BestScore returns the validation score of the best epoch, of the parameters or of their moving
// average, whichever is better. It returns nil without a validation set.
func (h *History) BestScore() *Score {
	if h.Best >= len(h.Epochs) {
		return nil
	}
	return h.Epochs[h.Best].score()
}

// table returns the history as a table with a row for each epoch.
func (h *History) table() *table.Table {
	validated, averaged := false, false
	for _, e := range h.Epochs {
		validated = validated || e.Validation != nil
		averaged = averaged || e.Average != nil
	}
	heads := []string{"epoch", "loss", "accuracy"}
	if validated {
		heads = append(heads, "validation loss", "validation accuracy")
	}
	if averaged {
		heads = append(heads, "averaged")
	}
	t := &table.Table{Indent: "  ", Columns: table.Columns(0, append(heads, "seconds", "")...)}
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
		t.Add(append(row, fmt.Sprintf("%.1f", e.Seconds), mark)...)
	}
	return t
}

// String returns a table with a row for each epoch.
func (h *History) String() string { return h.table().String() }

// HTML returns the table as HTML, for a notebook or a page.
func (h *History) HTML() string { return h.table().HTML() }
