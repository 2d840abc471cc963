package train

import (
	"bytes"
	"strings"
	"testing"
)

func TestFindRate(t *testing.T) {
	m := fresh(t, "cnn")
	before := bytesOf(t, m)
	set := stripes(t, 800, 1)
	c, err := FindRate(t.Context(), m, set, quick, 50)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, bytesOf(t, m)) {
		t.Error("the search changed the model")
	}
	if !(c.Suggestion > 1e-5 && c.Suggestion < 1) || len(c.Rates) != len(c.Losses) || len(c.Rates) > 50 {
		t.Errorf("suggested %v after %d rates", c.Suggestion, len(c.Rates))
	}
	// A run with the suggested rate learns.
	cfg := quick
	cfg.Optimizer.LearningRate = c.Suggestion
	h, err := Fit(t.Context(), m, set, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if last := h.Epochs[len(h.Epochs)-1]; last.TrainAccuracy < 0.9 {
		t.Errorf("with the suggested rate %v the training accuracy is %v", c.Suggestion, last.TrainAccuracy)
	}
	if s := c.String(); strings.Count(s, "\n") != 11 || !strings.Contains(s, "suggested learning rate") {
		t.Errorf("shows as %q", s)
	}
	if _, err := FindRate(t.Context(), m, stripes(t, 40, 1), quick, 50); err == nil || !strings.Contains(err.Error(), "3 steps, want at least 10") {
		t.Errorf("too few images: error is %v, want one with the number of steps", err)
	}
}

// The suggestion is the rate of the curve below a third of the rate with the lowest loss.
func TestSuggest(t *testing.T) {
	c := RateCurve{Rates: []float64{1, 2, 4, 8, 16, 32}, Losses: []float64{5, 5, 3, 2, 1, 9}}
	if c.suggest(); c.Suggestion != 4 {
		t.Errorf("suggested %v, want 4, the rate of the curve below 16/3", c.Suggestion)
	}
}
