package train

import (
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot"
)

// hasColour reports whether a picture has a pixel of just that colour.
func hasColour(img image.Image, c color.Color) bool {
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

func TestHistoryImage(t *testing.T) {
	if _, err := (&History{}).Image(); err == nil || !strings.Contains(err.Error(), "no epoch") {
		t.Errorf("error is %v, want one about an empty history", err)
	}
	cfg := quick
	cfg.Average = 0.9
	full, err := Fit(t.Context(), fresh(t, "tiny"), stripes(t, 100, 1), stripes(t, 30, 2), cfg)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := Fit(t.Context(), fresh(t, "tiny"), stripes(t, 40, 1), nil, quick)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		history *History
		lines   int
	}{
		{"validated and averaged", full, 3},
		{"training alone", bare, 1},
		{"one epoch", &History{Epochs: full.Epochs[:1]}, 3},
		{"of 0 everywhere", &History{Epochs: []Epoch{{Epoch: 1, TrainAccuracy: 1}}}, 1},
		{"read from metrics", &History{Epochs: full.Epochs, Best: 1}, 3},
	} {
		img, err := tc.history.Image()
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if size := img.Bounds().Size(); size.X < 600 || size.Y < 900 {
			t.Errorf("%s: the picture has %v pixels, want three charts", tc.name, size)
		}
		for i, c := range series {
			if got := hasColour(img, c); got != (i < tc.lines) {
				t.Errorf("%s: line %d is drawn: %t", tc.name, i+1, got)
			}
		}
	}
	if n := len(full.rates); n != 3*7 || full.rates[7].X != 1 || full.rates[0].Y != 0.01 {
		t.Errorf("%d learning rates %v, want one for each step, by epoch", n, full.rates)
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
		{relabelled{accuracyOf}, 0, 1, []string{"100 %", "50 %", "0 %"}},
	} {
		if got := labels(tc.ticks.Ticks(tc.low, tc.high)); !slices.Equal(got, tc.want) {
			t.Errorf("%T from %v to %v: %q, want %q", tc.ticks, tc.low, tc.high, got, tc.want)
		}
	}
}
