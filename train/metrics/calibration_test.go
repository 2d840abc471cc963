package metrics

import (
	"math"
	"strings"
	"testing"
)

// workedCalibration returns a Calibration with four bins and the confidences 0.9 (correct), 0.8
// (wrong), 0.6 (correct) and 0.7 (correct).
func workedCalibration(t *testing.T) *Calibration {
	t.Helper()
	c, err := NewCalibration(2, 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, image := range []struct {
		p     []float32
		label int
	}{{[]float32{0.9, 0.1}, 0}, {[]float32{0.8, 0.2}, 1}, {[]float32{0.6, 0.4}, 0}, {[]float32{0.3, 0.7}, 1}} {
		if err := c.Add(image.p, image.label); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestCalibration(t *testing.T) {
	c := workedCalibration(t)
	if c.Total() != 4 {
		t.Errorf("%d images, want 4", c.Total())
	}
	// (0.5, 0.75]: mean 0.65, all correct. (0.75, 1]: mean 0.85, half correct. Each bin has half
	// of the images and a difference of 0.35. The probabilities are rounded to float32.
	checkNear(t, "ECE", c.ECE(), 0.35, 1e-7)
	checkNear(t, "Brier", c.Brier(), (0.02+1.28+0.32+0.18)/4, 1e-7)
	checkNear(t, "NLL", c.NLL(), -(math.Log(0.9)+math.Log(0.2)+math.Log(0.6)+math.Log(0.7))/4, 1e-7)
	want := `confidence      images     mean  accuracy  difference
0.500 to 0.750       2  65.00 %  100.00 %    +35.00 %
0.750 to 1.000       2  85.00 %   50.00 %    -35.00 %
4 images, expected calibration error 0.3500 (4 bins), Brier score 0.4500, NLL 0.6456
`
	if got := c.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	r := c.Reliability()
	if len(r) != 4 || r[0] != (ReliabilityBin{Low: 0, High: 0.25}) || r[3].Images != 2 {
		t.Errorf("%+v", r)
	}
}

// TestBins checks that a bin holds its upper bound.
func TestBins(t *testing.T) {
	c, err := NewCalibration(1, 4)
	if err != nil {
		t.Fatal(err)
	}
	for confidence, want := range map[float64]int{0: 0, 0.1: 0, 0.25: 0, 0.2500001: 1, 0.5: 1, 0.75: 2, 0.76: 3, 1: 3} {
		if got := c.bin(confidence); got != want {
			t.Errorf("%v is in bin %d, want %d", confidence, got, want)
		}
	}
}

func TestExtremeProbabilities(t *testing.T) {
	c, err := NewCalibration(3, DefaultBins)
	if err != nil {
		t.Fatal(err)
	}
	if c.ECE() != 0 || c.Brier() != 0 || c.NLL() != 0 {
		t.Errorf("without images: ECE %v, Brier %v, NLL %v, want 0", c.ECE(), c.Brier(), c.NLL())
	}
	if err := c.Add([]float32{0, 1, 0}, 1); err != nil {
		t.Fatal(err)
	}
	if c.ECE() != 0 || c.Brier() != 0 || c.NLL() != 0 {
		t.Errorf("a perfect prediction: ECE %v, Brier %v, NLL %v", c.ECE(), c.Brier(), c.NLL())
	}
	if err := c.Add([]float32{0, 1, 0}, 0); err != nil {
		t.Fatal(err)
	}
	checkNear(t, "ECE", c.ECE(), 0.5, 0)
	checkNear(t, "Brier", c.Brier(), 1, 0)
	checkNear(t, "NLL", c.NLL(), 149*math.Ln2/2, 1e-12)
}

func TestCalibrationRefuses(t *testing.T) {
	c := workedCalibration(t)
	nan := float32(math.NaN())
	for _, test := range []struct {
		p     []float32
		label int
		want  string
	}{
		{[]float32{1}, 0, "1 probabilities, want 2"},
		{[]float32{0.5, 0.5}, 2, "label 2, want 0 to 1"},
		{[]float32{0.5, 0.5}, -1, "label -1, want 0 to 1"},
		{[]float32{nan, 0.5}, 0, "probability NaN of class 0"},
		{[]float32{1.5, -0.5}, 0, "probability 1.5 of class 0"},
		{[]float32{0.6, 0.6}, 0, "probabilities sum to 1.2"},
	} {
		if err := c.Add(test.p, test.label); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Add(%v, %d): %v, want %q", test.p, test.label, err, test.want)
		}
	}
	if c.Total() != 4 {
		t.Errorf("%d images after the errors, want 4", c.Total())
	}
	for _, test := range [][2]int{{0, 15}, {10, 0}, {10, 10001}} {
		if _, err := NewCalibration(test[0], test[1]); err == nil {
			t.Errorf("no error for %d classes and %d bins", test[0], test[1])
		}
	}
}
