package train

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train/schedule"
)

// Four batches of four in an update are one batch of sixteen but for rounding, to the
// last update of the epoch, which has 4+4+2 images instead of 10; with clipping, weight
// decay and a schedule by update too.
func TestAccumulation(t *testing.T) {
	set := stripes(t, 42, 1)
	fit := func(batch, accumulate, workers int) (*model.Model, *History, []int) {
		var images []int
		cfg := quick
		cfg.Epochs, cfg.Batch, cfg.Accumulate, cfg.Workers = 2, batch, accumulate, workers
		cfg.Optimizer = optimizer(t, "sgd", 0.05)
		cfg.Optimizer.ClipNorm, cfg.Optimizer.WeightDecay = 0.5, 0.01
		cfg.Smoothing = 0.1
		var err error
		if cfg.Schedule, err = schedule.Parse("onecycle"); err != nil {
			t.Fatal(err)
		}
		cfg.Callbacks = []Callback{{Step: func(s Step) error {
			if s.Steps != 3 {
				t.Errorf("%d steps in an epoch, want 3", s.Steps)
			}
			images = append(images, s.Images)
			return nil
		}}}
		m := fresh(t, "lenet5")
		h, err := Fit(t.Context(), m, set, nil, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return m, h, images
	}
	whole, want, sizes := fit(16, 1, 1)
	parts, got, same := fit(4, 4, 1)
	for i, n := range []int{16, 16, 10, 16, 16, 10} {
		if sizes[i] != n || same[i] != n {
			t.Fatalf("steps of %v and %v images, want 16, 16 and 10 twice", sizes, same)
		}
	}
	for i, e := range got.Epochs {
		w := want.Epochs[i]
		if math.Abs(e.TrainLoss-w.TrainLoss) > 1e-5 || e.TrainAccuracy != w.TrainAccuracy || e.Steps != w.Steps || e.LearningRate != w.LearningRate {
			t.Errorf("epoch %+v, want %+v", e, w)
		}
	}
	moved := false
	start := fresh(t, "lenet5")
	for _, p := range whole.Params.All() {
		a, b := p.Value().Data().([]float32), parts.Params.Get(p.Name()).Value().Data().([]float32)
		s := start.Params.Get(p.Name()).Value().Data().([]float32)
		for i := range a {
			moved = moved || math.Abs(float64(a[i]-s[i])) > 1e-3
			if math.Abs(float64(a[i]-b[i])) > 1e-5 {
				t.Fatalf("%s[%d] is %v, in one batch %v", p.Name(), i, b[i], a[i])
			}
		}
	}
	if !moved {
		t.Error("the parameters hardly moved: the test shows nothing")
	}
	if more, _, _ := fit(4, 4, 3); !bytes.Equal(bytesOf(t, more), bytesOf(t, parts)) {
		t.Error("with 3 workers the model is another one")
	}
}

func TestAccumulationRefusals(t *testing.T) {
	for accumulate, want := range map[int]string{
		-1: "accumulate is -1, want at least 1",
		0:  "accumulate is 0, want at least 1",
		4:  "accumulate is 4 batches for an update, but an epoch has only 3",
	} {
		cfg := quick
		cfg.Accumulate = accumulate
		if _, err := New(fresh(t, "tiny"), stripes(t, 40, 1), nil, cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q in it", err, want)
		}
	}
}
