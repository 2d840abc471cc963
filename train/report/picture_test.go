package report

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkstone/train"
	"inkstone/train/metrics"
)

// elements parses XML and returns the number of elements by name and class, and the texts.
func elements(t *testing.T, text string) (count map[string]int, texts []string) {
	t.Helper()
	count = map[string]int{}
	d := xml.NewDecoder(strings.NewReader(text))
	for inText := false; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return count, texts
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inText = token.Name.Local == "text"
			class := ""
			for _, a := range token.Attr {
				if a.Name.Local == "class" {
					class, _, _ = strings.Cut(a.Value, " ")
				}
			}
			count[strings.TrimSuffix(token.Name.Local+"."+class, ".")]++
		case xml.CharData:
			if inText {
				texts = append(texts, string(token))
			}
		case xml.EndElement:
			inText = false
		}
	}
}

func score(accuracy, loss float64) *train.Score { return &train.Score{Accuracy: accuracy, Loss: loss} }

func TestCurves(t *testing.T) {
	if _, err := Curves(&train.History{}); err == nil || !strings.Contains(err.Error(), "no epoch") {
		t.Errorf("error is %v, want one about an empty history", err)
	}
	epochs := []train.Epoch{
		{Epoch: 1, LearningRate: 0.01, TrainLoss: 0.5, TrainAccuracy: 0.8, Validation: score(0.9, 0.3), Average: score(0.91, 0.29)},
		{Epoch: 2, LearningRate: 0.005, TrainLoss: 0.3, TrainAccuracy: 0.9, Validation: score(0.95, 0.2), Average: score(0.96, 0.19)},
		{Epoch: 3, LearningRate: 0.001, TrainLoss: 0.2, TrainAccuracy: 0.95, Validation: score(0.94, 0.21), Average: score(0.95, 0.2)},
	}
	bare := make([]train.Epoch, len(epochs))
	for i, e := range epochs {
		e.Validation, e.Average = nil, nil
		bare[i] = e
	}
	for _, tc := range []struct {
		name         string
		history      *train.History
		lines, rings int
		rate         int // 1 if the history has learning rates
	}{
		{"validated and averaged", &train.History{Epochs: epochs, Best: 1, Rates: []train.RatePoint{{Epoch: 0, Rate: 0.01}, {Epoch: 1.5, Rate: 0.004}}}, 3, 2, 1},
		{"training alone", &train.History{Epochs: bare, Best: 2}, 1, 0, 1},
		{"one epoch", &train.History{Epochs: epochs[:1]}, 3, 2, 1},
		{"zeros", &train.History{Epochs: []train.Epoch{{Epoch: 1, TrainAccuracy: 1}}}, 1, 0, 0},
	} {
		p, err := Curves(tc.history)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		count, texts := elements(t, string(p.SVG()))
		// Two charts with a line and a key in the legend for each measure, and one with the rate if it is known.
		if lines := 4*tc.lines + tc.rate; count["path.line"] != lines || count["circle.ring"] != tc.rings {
			t.Errorf("%s: %d lines and keys, %d rings, want %d and %d", tc.name, count["path.line"], count["circle.ring"], lines, tc.rings)
		}
		if !slices.Contains(texts, "training") || slices.Contains(texts, "validation") != (tc.lines > 1) {
			t.Errorf("%s: the texts are %q", tc.name, texts)
		}
	}
}

func TestRates(t *testing.T) {
	h := &train.History{Epochs: []train.Epoch{{Epoch: 1, LearningRate: 0.5}}}
	if got := rates(h); len(got.X) != 1 || got.X[0] != 1 || got.Y[0] != 0.5 {
		t.Errorf("without rates of steps: %v, want the rates of the epochs", got)
	}
	h.Rates = []train.RatePoint{{Epoch: 0.25, Rate: 2}}
	if got := rates(h); len(got.X) != 1 || got.X[0] != 0.25 || got.Y[0] != 2 {
		t.Errorf("with rates of steps: %v, want these rates", got)
	}
}

func TestRateCurve(t *testing.T) {
	p, err := RateCurve(&train.RateCurve{Rates: []float64{1e-3, 1e-2, 1e-1, 1}, Losses: []float64{2, 1, 0.5, 4}, Suggestion: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	if count, texts := elements(t, string(p.SVG())); count["path.line"] != 2 || count["circle.ring"] != 1 || !slices.Contains(texts, "0.01") {
		t.Errorf("the curve has %v and %q", count, texts)
	}
	if _, err := RateCurve(&train.RateCurve{}); err == nil || !strings.Contains(err.Error(), "no rate") {
		t.Errorf("error is %v, want one about an empty curve", err)
	}
}

// worked returns the matrix
//
//	5 1 0
//	2 3 1
//	0 0 4
func worked(t *testing.T) *metrics.Confusion {
	t.Helper()
	c, err := metrics.NewConfusion([]string{"a", "字", "long <name> of a class"})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range []int{5, 1, 0, 2, 3, 1, 0, 0, 4} {
		for range n {
			if err := c.Add(i/3, i%3); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

func TestConfusion(t *testing.T) {
	p := Confusion(worked(t))
	count, texts := elements(t, string(p.SVG()))
	if count["rect.good"] != 3 || count["rect.bad"] != 3 {
		t.Errorf("%d cells on the diagonal and %d others, want 3 and 3", count["rect.good"], count["rect.bad"])
	}
	for _, want := range []string{"label", "predicted", "a", "字", "long <name> o…", "5"} {
		if !slices.Contains(texts, want) {
			t.Errorf("the texts %q lack %q", texts, want)
		}
	}
	// The square root of 1/6 is 0.408: 0.08 + 0.92*0.408 = 0.46.
	if !strings.Contains(string(p.SVG()), `opacity="0.46"`) || !strings.Contains(string(p.SVG()), "<title>字 → a: 2</title>") {
		t.Error("the opacity of 1 of 6 or the title of a cell is wrong")
	}
	if want := "confusion matrix (picture of "; !strings.HasPrefix(p.String(), want) {
		t.Errorf("the picture is %q", p)
	}
}

func TestReliability(t *testing.T) {
	c, err := metrics.NewCalibration(2, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []float32{0.55, 0.95, 0.97} {
		if err := c.Add([]float32{p, 1 - p}, 0); err != nil {
			t.Fatal(err)
		}
	}
	count, _ := elements(t, string(Reliability(c).SVG()))
	// A dot for each bin with images and one in the legend; a whisker for each such bin.
	if count["circle.dot"] != 3 || count["rect.bar"] != 2 || count["path.line"] != 2 {
		t.Errorf("the diagram has %v", count)
	}
}

func TestPictureWrite(t *testing.T) {
	p := Confusion(worked(t))
	path := filepath.Join(t.TempDir(), "a.svg")
	if err := p.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != string(p.SVG()) {
		t.Errorf("read %q, %v", got, err)
	}
	if err := p.Write(filepath.Join(path, "b.svg")); err == nil {
		t.Error("no error for a path below a file")
	}
}
