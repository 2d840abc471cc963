package train

import (
	"fmt"
	"html"

	"inkstone/internal/failed"
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

// Err returns the error of the call that returned the history, nil without one.
func (h *History) Err() error { return h.err }

// interruption returns two sentences about a run that an interrupt ended, "" for other runs:
// which parameters the model has, and how to train on.
func (h *History) interruption() string {
	if !h.Interrupted {
		return ""
	}
	where := "interrupted"
	if s := h.stopped; s.steps > 0 {
		where = fmt.Sprintf("interrupted in epoch %d after step %d of %d", s.epoch, s.step, s.steps)
	}
	parameters := "those of the last step"
	if h.Best < len(h.Epochs) {
		parameters = fmt.Sprintf("those of epoch %d", h.Epochs[h.Best].Epoch)
	}
	return fmt.Sprintf("%s; the parameters of the model are %s. To train on from these, call train.Fit again: it starts with epoch 1 of its settings.", where, parameters)
}

// String returns a table with a row for each epoch, and a line about an interrupt. For the history
// of a failed call it returns the error.
func (h *History) String() string {
	if h.err != nil {
		return failed.Text("history", h.err)
	}
	text := ""
	if s := h.interruption(); s != "" {
		text = s + "\n"
	}
	return h.table().String() + text
}

// HTML returns the text of String as HTML, for a notebook or a page.
func (h *History) HTML() string {
	if h.err != nil {
		return failed.HTML("history", h.err)
	}
	text := ""
	if s := h.interruption(); s != "" {
		text = fmt.Sprintf("\n<p>%s</p>", html.EscapeString(s))
	}
	return h.table().HTML() + text
}
