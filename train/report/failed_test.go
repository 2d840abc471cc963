package report

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train"
)

// The parts of a failed result, and pictures of them, show its error.
func TestFailed(t *testing.T) {
	m := model.Failed(errors.New("the reason"))
	ctx := t.Context()
	r, err := train.Evaluate(ctx, m, nil, 0)
	if err == nil {
		t.Fatal("a failed model has a result")
	}
	h, _ := train.Fit(ctx, m, nil, nil, train.Defaults())
	curve, _ := train.FindRate(ctx, m, nil, train.Defaults(), 100)
	curves, _ := Curves(h)
	rates, _ := RateCurve(curve)
	for name, v := range map[string]interface{ HTML() string }{
		"the confusion matrix":         r.Confusion,
		"the mistakes":                 r.Predictions.Mistakes(nil),
		"the picture of the confusion": Confusion(r.Confusion),
		"the reliability":              Reliability(r.Calibration),
		"the curves":                   curves,
		"the rates":                    rates,
	} {
		if !strings.Contains(v.HTML(), "the reason") {
			t.Errorf("%s: %q, want the reason", name, v.HTML())
		}
	}
	for _, text := range []string{r.String(), r.Confusion.String(), r.Calibration.String(), curve.String(), curves.String(), rates.String()} {
		if strings.Count(text, "the reason") != 1 {
			t.Errorf("%q, want the reason once", text)
		}
	}
	func() {
		defer func() {
			if got, ok := recover().(error); !ok || !strings.Contains(got.Error(), "the reason") {
				t.Errorf("Scores panics with %v, want the reason", got)
			}
		}()
		r.Confusion.Scores()
	}()
	path := filepath.Join(t.TempDir(), "curves.svg")
	if err := curves.Write(path); err == nil || !strings.Contains(err.Error(), "the reason") {
		t.Errorf("Write returns %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a failed picture was written")
	}
}
