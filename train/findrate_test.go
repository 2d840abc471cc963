package train

import (
	"bytes"
	"math/rand/v2"
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
	if _, err := FindRate(t.Context(), m, set, quick, 9); err == nil || !strings.Contains(err.Error(), "9 steps, want at least 10") {
		t.Errorf("with too few steps the error is %v", err)
	}
}

// On few images the search goes through them more than once, with distortions in each pass.
func TestFindRateOnFewImages(t *testing.T) {
	for _, images := range []int{16, 40, 70} {
		cfg := quick
		cfg.Unfreeze.At = 9 // in an epoch that the search does not reach
		passes := map[uint64]bool{}
		cfg.Distort = func(_ []byte, r *rand.Rand) { passes[r.Uint64()] = true }
		m := fresh(t, "cnn")
		if err := m.Freeze("conv1*"); err != nil {
			t.Fatal(err)
		}
		before := bytesOf(t, m)
		c, err := FindRate(t.Context(), m, stripes(t, images, 1), cfg, 200)
		if err != nil {
			t.Errorf("%d images: %v", images, err)
			continue
		}
		if !(c.Suggestion > 1e-5 && c.Suggestion < 1) || len(c.Rates) <= (images+15)/16 {
			t.Errorf("%d images: suggested %v after %d rates", images, c.Suggestion, len(c.Rates))
		}
		if want := len(c.Rates) * min(16, images) / 2; len(passes) < want {
			t.Errorf("%d images: %d different distortions, want at least %d", images, len(passes), want)
		}
		if !bytes.Equal(before, bytesOf(t, m)) {
			t.Errorf("%d images: the search changed the model", images)
		}
	}
}

// The suggestion is the rate of the curve below a third of the rate with the lowest loss.
func TestSuggest(t *testing.T) {
	c := RateCurve{Rates: []float64{1, 2, 4, 8, 16, 32}, Losses: []float64{5, 5, 3, 2, 1, 9}}
	if err := c.suggest(false); err != nil || c.Suggestion != 4 {
		t.Errorf("suggested %v, %v, want 4: the rate of the curve below 16/3", c.Suggestion, err)
	}
}

// An end of the curve is never suggested.
func TestSuggestNoEnd(t *testing.T) {
	for _, tc := range []struct {
		name     string
		losses   []float64
		diverged bool
		want     string // part of the error, "" for a suggestion
	}{
		{"falls to the end", []float64{5, 4, 3, 2, 1}, false, "still falls at the end of the curve, to 1.0000 at the rate 16"},
		{"falls little at the end", []float64{5, 4, 2, 1.3, 1}, false, "still falls at the end"},
		{"has a floor", []float64{5, 1.1, 1.02, 1.01, 1}, false, ""},
		{"rises from the start", []float64{1, 2, 3, 4, 5}, false, "at no rate"},
		{"diverges at the end", []float64{5, 4, 3, 2, 1}, true, ""},
		{"rises", []float64{5, 4, 1, 1.2, 1.5}, false, ""},
	} {
		c := RateCurve{Rates: []float64{1, 2, 4, 8, 16}, Losses: tc.losses}
		err := c.suggest(tc.diverged)
		if (err == nil) != (tc.want == "") || err != nil && (!strings.Contains(err.Error(), tc.want) || c.Suggestion != 0) {
			t.Errorf("%s: suggested %v, error %v, want %q", tc.name, c.Suggestion, err, tc.want)
		}
		if err == nil && c.Suggestion > c.Rates[3] {
			t.Errorf("%s: suggested %v", tc.name, c.Suggestion)
		}
	}
}
