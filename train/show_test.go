package train

import (
	"fmt"
	"strings"
	"testing"

	"inkstone/model"
)

// A set with fewer images than the batch size gives one batch.
func TestSmallSet(t *testing.T) {
	set := stripes(t, 5, 1)
	var saved [2]string
	for i, batch := range []int{5, 64} {
		cfg, m := quick, fresh(t, "tiny")
		cfg.Batch = batch
		if _, err := Fit(t.Context(), m, set, nil, cfg); err != nil {
			t.Fatal(err)
		}
		saved[i] = string(bytesOf(t, m))
	}
	if saved[0] != saved[1] {
		t.Error("with 5 images the batch sizes 5 and 64 give different models")
	}
}

func TestProgress(t *testing.T) {
	var lines strings.Builder
	cfg := quick
	cfg.Epochs, cfg.Callbacks = 2, []Callback{Progress(&lines)}
	h, err := Fit(t.Context(), fresh(t, "tiny"), stripes(t, 40, 1), stripes(t, 20, 2), cfg)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("epoch 1/2  %v\nepoch 2/2  %v\n", h.Epochs[0], h.Epochs[1])
	if got := lines.String(); got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

func TestHistoryString(t *testing.T) {
	h := &History{Best: 1, Epochs: []Epoch{
		{Epoch: 1, TrainLoss: 0.5, TrainAccuracy: 0.8, Validation: &Score{Accuracy: 0.9, Loss: 0.25}, Seconds: 1.25, ImagesPerSecond: 800},
		{Epoch: 2, TrainLoss: 0.25, TrainAccuracy: 0.9, Validation: &Score{Accuracy: 0.95, Loss: 0.125}, Average: &Score{Accuracy: 0.96}, Seconds: 1.5, ImagesPerSecond: 600},
	}}
	const want = `
  epoch    loss  accuracy  validation loss  validation accuracy  averaged  seconds
      1  0.5000   80.00 %           0.2500              90.00 %                1.2
      2  0.2500   90.00 %           0.1250              95.00 %   96.00 %      1.5  best
`
	if got := "\n" + h.String(); got != want {
		t.Errorf("got%s\nwant%s", got, want)
	}
	if html := h.HTML(); strings.Count(html, "<tr>") != 3 || !strings.Contains(html, `<td style="text-align:right">95.00 %</td>`) {
		t.Errorf("HTML is %s", html)
	}
	if got, want := h.Epochs[1].String(), "loss 0.2500  accuracy 90.00 %  validation loss 0.1250  accuracy 95.00 %  averaged 96.00 %  1.5 s  600 images/s"; got != want {
		t.Errorf("epoch is %q, want %q", got, want)
	}
	if got := (&History{}).String(); !strings.Contains(got, "epoch") || strings.Contains(got, "validation") {
		t.Errorf("an empty history is %q", got)
	}
}

// The history has the learning rate of each step and the score of the best epoch.
func TestHistoryRates(t *testing.T) {
	cfg := quick
	cfg.Average = 0.9
	h, err := Fit(t.Context(), fresh(t, "tiny"), stripes(t, 100, 1), stripes(t, 30, 2), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(h.Rates); n != 3*7 || h.Rates[7].Epoch != 1 || h.Rates[0].Rate != 0.01 {
		t.Errorf("%d learning rates %v, want 21, one for each step", n, h.Rates)
	}
	best := h.Epochs[h.Best]
	if s := h.BestScore(); s == nil || s.Accuracy != max(best.Validation.Accuracy, best.Average.Accuracy) {
		t.Errorf("the best score is %v of %v", s, best)
	}
	if s := (&History{}).BestScore(); s != nil {
		t.Errorf("an empty history has the score %v", s)
	}
}

func TestFindMistakes(t *testing.T) {
	m, set := fresh(t, "tiny"), stripes(t, 90, 1) // an untrained model, which has errors
	score, err := Evaluate(t.Context(), m, set, 1)
	if err != nil {
		t.Fatal(err)
	}
	found, err := FindMistakes(t.Context(), m, set, 1)
	if err != nil {
		t.Fatal(err)
	}
	if found.Len() != score.Errors || found.Len() == 0 {
		t.Fatalf("%d mistakes, want %d as in the evaluation, and more than 0", found.Len(), score.Errors)
	}
	c := classifierOf(t, m)
	for i, e := range found.List {
		p, err := c.Probabilities(set.Pixels(e.Index))
		if err != nil {
			t.Fatal(err)
		}
		if set.Label(e.Index) != e.Label || e.Predicted == e.Label || p[e.Predicted] < p[e.Label] || e.Probability-p[e.Predicted] > 1e-5 || p[e.Predicted]-e.Probability > 1e-5 {
			t.Errorf("mistake %+v: the label is %d, the probabilities are %v", e, set.Label(e.Index), p)
		}
		if i > 0 && e.Loss > found.List[i-1].Loss {
			t.Errorf("mistake %d has a larger loss than mistake %d", i, i-1)
		}
	}
	if got := found.Between(0, 1).Len() + found.Between(1, 0).Len(); got != found.Len() {
		t.Errorf("Between returns %d mistakes in both directions, want %d", got, found.Len())
	}
	worst := found.Worst(2)
	if worst.Len() != min(2, found.Len()) || worst.List[0] != found.List[0] || found.Worst(1000).Len() != found.Len() || found.Worst(-1).Len() != 0 {
		t.Errorf("the worst two of %v are %v", found.List, worst.List)
	}
	e := found.List[0]
	names := set.Classes()
	if line, want := strings.SplitN(found.String(), "\n", 2)[0], fmt.Sprintf("image %d: %s taken for %s (%.1f %%), loss %.2f", e.Index, names[e.Label], names[e.Predicted], 100*e.Probability, e.Loss); line != want {
		t.Errorf("the first line is %q, want %q", line, want)
	}
	if html := worst.HTML(); strings.Count(html, "data:image/png;base64,") != worst.Len() {
		t.Errorf("HTML is %s", html)
	}
	many := &Mistakes{classes: set.Classes(), set: set}
	for range maxPictures + 3 {
		many.List = append(many.List, e)
	}
	if html := many.HTML(); strings.Count(html, "<img") != maxPictures || !strings.Contains(html, "and 3 more") {
		t.Errorf("the HTML of 103 mistakes has %d images and ends in %q", strings.Count(html, "<img"), html[max(0, len(html)-20):])
	}
	if _, err := FindMistakes(t.Context(), m, nil, 1); err == nil || !strings.Contains(err.Error(), "no images") {
		t.Errorf("error is %v", err)
	}
}

// classifierOf returns a classifier for single images. It is closed at the end of the test.
func classifierOf(t *testing.T, m *model.Model) *model.Classifier {
	t.Helper()
	c, err := m.Classifier(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}
