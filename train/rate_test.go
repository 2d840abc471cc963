package train

import (
	"bytes"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"inkstone/train/schedule"
)

// A change of the learning rate acts from the next step on, shows in the rates of the history, and
// is part of a checkpoint: a run that is resumed after it ends with the same bytes.
func TestSetLearningRate(t *testing.T) {
	set := stripes(t, 64, 1)
	path := filepath.Join(t.TempDir(), "checkpoint")
	cfg := quick
	var err error
	if cfg.Schedule, err = schedule.Parse("cosine"); err != nil {
		t.Fatal(err)
	}
	run := func(change, kill bool) (*History, []byte, error) {
		var trainer *Trainer
		c := cfg
		c.Callbacks = []Callback{{
			Start: func(t *Trainer) error { trainer = t; return nil },
			Step: func(s Step) error {
				switch {
				case change && s.Epoch == 1 && s.Step == 2:
					return errors.Join(trainer.SetLearningRate(7), trainer.SetLearningRate(0.002))
				case kill && s.Epoch == 2 && s.Step == 1:
					return errors.Join(trainer.SaveCheckpoint(path), errKilled)
				}
				return nil
			},
		}}
		m := fresh(t, "tiny")
		h, err := Fit(t.Context(), m, set, nil, c)
		return h, bytesOf(t, m), err
	}
	plain, unchanged, err := run(false, false)
	if err != nil {
		t.Fatal(err)
	}
	h, want, err := run(true, false)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(unchanged, want) {
		t.Error("the change has no effect on the model")
	}
	for i, r := range h.Rates {
		rate := plain.Rates[i].Rate
		if i >= 2 {
			rate /= 5
		}
		if math.Abs(r.Rate-rate) > 1e-9 {
			t.Errorf("step %d has the rate %g, want %g", i, r.Rate, rate)
		}
	}
	if _, _, err := run(true, true); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	m := fresh(t, "tiny")
	again, err := New(m, set, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := again.LoadCheckpoint(path); err != nil {
		t.Fatal(err)
	}
	if again.LearningRate() != 0.002 {
		t.Errorf("the rate of the resumed run is %g, want 0.002", again.LearningRate())
	}
	resumed, err := again.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytesOf(t, m), want) || !slices.Equal(resumed.Rates, h.Rates) {
		t.Error("the resumed run gives another model or other rates")
	}
	for _, rate := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if again.SetLearningRate(rate) == nil {
			t.Errorf("the rate %g is accepted", rate)
		}
	}
	p := position{Steps: 5, Rates: []rateChange{{3, 0.1}, {3, 0.2}}}
	if p.ratesPossible() {
		t.Error("two changes at the same step are possible")
	}
}
