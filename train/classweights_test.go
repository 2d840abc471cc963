package train

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"inkstone/train/data"
)

func TestClassWeightsText(t *testing.T) {
	for text, want := range map[string]string{"": "none", "none": "none", "balanced": "balanced", " 1, 2.5,1e-3": "1,2.5,0.001"} {
		var w ClassWeights
		if err := w.UnmarshalText([]byte(text)); err != nil || w.String() != want {
			t.Errorf("%q reads as %s, %v; want %s", text, w, err, want)
		}
		var again ClassWeights
		if err := again.UnmarshalText([]byte(w.String())); err != nil || again.String() != want {
			t.Errorf("%q, written as %s, reads as %s, %v", text, w, again, err)
		}
	}
	for _, text := range []string{"even", "1,0", "1,-2", "1,NaN", "1,Inf", "1,,2"} {
		w := ClassWeights{Balanced: true}
		if err := w.UnmarshalText([]byte(text)); err == nil || !w.Balanced {
			t.Errorf("%q reads as %s", text, w)
		}
	}
}

func TestBalancedWeights(t *testing.T) {
	labels := []byte{0, 0, 0, 1, 1, 1, 1, 1, 3, 3}
	set, err := data.New("set", "", 1, 1, []string{"a", "b", "c", "d"}, make([]byte, 10), labels)
	if err != nil {
		t.Fatal(err)
	}
	// images / (classes * images of the class); the third class has none.
	if got, want := (ClassWeights{Balanced: true}).of(set), []float64{10.0 / 12, 10.0 / 20, 1, 10.0 / 8}; !slices.Equal(got, want) {
		t.Errorf("weights %v, want %v", got, want)
	}
	if got := (ClassWeights{}).of(set); got != nil {
		t.Errorf("weights %v, want none", got)
	}
}

// With class weights an update in four batches of 8 is that of one batch of 32 but for
// rounding, also with mixtures and smoothing: the sum is divided by the weights of all 32.
func TestAccumulateClassWeights(t *testing.T) {
	set := stripes(t, 32, 1)
	fit := func(batch, accumulate int, weights ...float64) []float32 {
		cfg := quick
		cfg.Epochs, cfg.Batch, cfg.Accumulate, cfg.Smoothing = 3, batch, accumulate, 0.1
		cfg.ClassWeights.List = weights
		cfg.Optimizer = optimizer(t, "sgd", 0.1)
		m := fresh(t, "cnn")
		if _, err := Fit(t.Context(), m, set, nil, cfg); err != nil {
			t.Fatal(err)
		}
		return float32s(m.Params.Get("fc2.weight").Value())
	}
	distance := func(a, b []float32) (d float64) {
		for i := range a {
			d = max(d, math.Abs(float64(a[i]-b[i])))
		}
		return d
	}
	one := fit(32, 1, 1, 5)
	if d := distance(one, fit(8, 4, 1, 5)); d > 1e-5 {
		t.Errorf("in four batches the weights differ by %v", d)
	}
	if d := distance(one, fit(8, 4)); d < 1e-3 {
		t.Errorf("without class weights the weights differ by %v only", d)
	}
}

// The validation loss has no class weights, and a run with them resumes only with them.
func TestClassWeightsAndValidation(t *testing.T) {
	training, validation := stripes(t, 48, 1), stripes(t, 20, 2)
	cfg := quick
	cfg.Epochs, cfg.ClassWeights.List = 1, []float64{1, 9}
	m := fresh(t, "tiny")
	tr, err := New(m, training, validation, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	h, err := tr.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	score, err := Evaluate(t.Context(), m, validation, 1)
	if err != nil {
		t.Fatal(err)
	}
	if h.Epochs[0].Validation.Loss != score.Loss {
		t.Errorf("the validation loss is %v, evaluation gives %v", h.Epochs[0].Validation.Loss, score.Loss)
	}
	path := t.TempDir() + "/last"
	if err := tr.SaveCheckpoint(path); err != nil {
		t.Fatal(err)
	}
	cfg.ClassWeights = ClassWeights{}
	other, err := New(fresh(t, "tiny"), training, validation, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.LoadCheckpoint(path); err == nil || !strings.Contains(err.Error(), `its class-weights is "1,9", this run's is "none"`) {
		t.Errorf("error %v", err)
	}
	plain := fresh(t, "tiny")
	if _, err := Fit(t.Context(), plain, training, validation, cfg); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(bytesOf(t, m), bytesOf(t, plain)) {
		t.Error("class weights change nothing")
	}
	cfg.ClassWeights.List = []float64{1, 2, 3}
	if _, err := New(fresh(t, "tiny"), training, nil, cfg); err == nil || !strings.Contains(err.Error(), "3 class weights, want 2") {
		t.Errorf("error %v", err)
	}
}
