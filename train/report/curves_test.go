package report

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot"

	"inkstone/train"
)

// hasColor reports whether a picture has a pixel of a color.
func hasColor(img image.Image, c color.Color) bool {
	r, g, b, _ := c.RGBA()
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if pr, pg, pb, _ := img.At(x, y).RGBA(); pr == r && pg == g && pb == b {
				return true
			}
		}
	}
	return false
}

func TestCurves(t *testing.T) {
	if _, err := Curves(&train.History{}); err == nil || !strings.Contains(err.Error(), "no epoch") {
		t.Errorf("error is %v, want one about an empty history", err)
	}
	score := func(accuracy, loss float64) *train.Score { return &train.Score{Accuracy: accuracy, Loss: loss} }
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
		name    string
		history *train.History
		lines   int
	}{
		{"validated and averaged", &train.History{Epochs: epochs, Best: 1, Rates: []train.RatePoint{{Epoch: 0, Rate: 0.01}, {Epoch: 1.5, Rate: 0.004}}}, 3},
		{"training alone", &train.History{Epochs: bare, Best: 2}, 1},
		{"one epoch", &train.History{Epochs: epochs[:1]}, 3},
		{"zeros", &train.History{Epochs: []train.Epoch{{Epoch: 1, TrainAccuracy: 1}}}, 1},
		{"read from metrics", &train.History{Epochs: epochs, Best: 1}, 3},
	} {
		img, err := Curves(tc.history)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if size := img.Bounds().Size(); size.X < 600 || size.Y < 900 {
			t.Errorf("%s: the picture has %v pixels, want three charts", tc.name, size)
		}
		for i, c := range series {
			if got := hasColor(img, c); got != (i < tc.lines) {
				t.Errorf("%s: whether line %d is drawn is %t, want %t", tc.name, i+1, got, i < tc.lines)
			}
		}
	}
}

func TestRates(t *testing.T) {
	h := &train.History{Epochs: []train.Epoch{{Epoch: 1, LearningRate: 0.5}}}
	if got := rates(h); len(got) != 1 || got[0].X != 1 || got[0].Y != 0.5 {
		t.Errorf("without rates of steps: %v, want the rates of the epochs", got)
	}
	h.Rates = []train.RatePoint{{Epoch: 0.25, Rate: 2}}
	if got := rates(h); len(got) != 1 || got[0].X != 0.25 || got[0].Y != 2 {
		t.Errorf("with rates of steps: %v, want these rates", got)
	}
}

func TestRateCurve(t *testing.T) {
	img, err := RateCurve(&train.RateCurve{Rates: []float64{1e-3, 1e-2, 1e-1, 1}, Losses: []float64{2, 1, 0.5, 4}, Suggestion: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	if !hasColor(img, blue) || !hasColor(img, ink) {
		t.Error("the curve or the ring of the suggestion is missing")
	}
	if _, err := RateCurve(&train.RateCurve{}); err == nil || !strings.Contains(err.Error(), "no rate") {
		t.Errorf("error is %v, want one about an empty curve", err)
	}
}

func TestWritePNG(t *testing.T) {
	want := image.NewGray(image.Rect(0, 0, 3, 2))
	want.SetGray(1, 1, color.Gray{77})
	path := filepath.Join(t.TempDir(), "a.png")
	if err := WritePNG(path, want); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := png.Decode(f)
	if err != nil || got.Bounds() != want.Bounds() || got.At(1, 1) != want.At(1, 1) {
		t.Errorf("read %v, %v", got, err)
	}
	if err := WritePNG(filepath.Join(path, "b.png"), want); err == nil {
		t.Error("no error for a path below a file")
	}
}

func TestTicks(t *testing.T) {
	labels := func(ticks []plot.Tick) (list []string) {
		for _, tick := range ticks {
			if tick.Label != "" {
				list = append(list, tick.Label)
			}
		}
		return list
	}
	for _, tc := range []struct {
		ticks     plot.Ticker
		low, high float64
		want      []string
	}{
		{wholeTicks{}, 0, 2, []string{"0", "1", "2"}},
		{wholeTicks{}, 0, 30, []string{"0", "5", "10", "15", "20", "25", "30"}},
		{wholeTicks{}, 0, 1000, []string{"0", "100", "200", "300", "400", "500", "600", "700", "800", "900", "1000"}},
		{roundTicks{plainNumber}, 0.02, 0.3, []string{"0.02", "0.05", "0.1", "0.2"}},
		{roundTicks{plainNumber}, 1e-6, 10, []string{"1e-06", "1e-05", "0.0001", "0.001", "0.01", "0.1", "1", "10"}},
		{roundTicks{accuracyOf}, 0.004, 0.1, []string{"99.5 %", "99 %", "98 %", "95 %", "90 %"}},
		{relabeled{accuracyOf}, 0, 1, []string{"100 %", "50 %", "0 %"}},
	} {
		if got := labels(tc.ticks.Ticks(tc.low, tc.high)); !slices.Equal(got, tc.want) {
			t.Errorf("%T from %v to %v: %q, want %q", tc.ticks, tc.low, tc.high, got, tc.want)
		}
	}
}
