package train

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"testing"

	"inkstone/internal/misuse"
	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/schedule"
)

// noContext is what a caller passes by mistake.
var noContext context.Context

// tinyRun returns a model, a set of 12 images and settings for a run of two epochs.
func tinyRun(t *testing.T) (*model.Model, *data.Set, Config) {
	t.Helper()
	pixels, labels := make([]byte, 12*28*28), make([]byte, 12)
	for i := range pixels {
		pixels[i] = byte(i*31 + i/7)
	}
	for i := range labels {
		labels[i] = byte(i % 3)
	}
	set, err := data.New("d", "s", 28, 28, []string{"a", "b", "c"}, pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New(model.Spec{Preset: "tiny", Seed: 1, Classes: set.Classes()})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Defaults()
	cfg.Epochs, cfg.Batch, cfg.Workers = 2, 4, 1
	return m, set, cfg
}

// Every exported function that takes a pointer, an interface, a slice or a function returns an
// error for nil.
func TestNilArguments(t *testing.T) {
	m, set, cfg := tinyRun(t)
	ctx := context.Background()
	scheduled := cfg
	scheduled.Schedule = schedule.New("mine", nil)
	trainer, err := New(m, set, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer trainer.Close()
	e, err := NewEnsemble([]*model.Model{m}, nil, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	evaluate := func(ctx context.Context, m *model.Model, set *data.Set) error {
		_, err := Evaluate(ctx, m, set, 1)
		return err
	}
	fit := func(ctx context.Context, m *model.Model, set *data.Set, cfg Config) error {
		_, err := Fit(ctx, m, set, nil, cfg)
		return err
	}
	find := func(ctx context.Context, m *model.Model, set *data.Set) error {
		_, err := FindRate(ctx, m, set, cfg, 10)
		return err
	}
	mistakes := func(ctx context.Context, m *model.Model, set *data.Set) error {
		_, err := FindMistakes(ctx, m, set, 1)
		return err
	}
	robustness := func(ctx context.Context, m *model.Model, set *data.Set) error {
		_, err := MeasureRobustness(ctx, m, set, 1, nil)
		return err
	}
	scratch := func(ctx context.Context, m *model.Model, training, test *data.Set) error {
		_, err := FromScratch(ctx, m, nil, training, nil, test, cfg)
		return err
	}
	ensemble := func(models ...*model.Model) error { _, err := NewEnsemble(models, nil, 1, 1); return err }
	misuse.Check(t,
		misuse.Call{Name: "Fit without context", Call: func() error { return fit(nil, m, set, cfg) }, Want: "context is nil"},
		misuse.Call{Name: "Fit without model", Call: func() error { return fit(ctx, nil, set, cfg) }, Want: "model is nil"},
		misuse.Call{Name: "Fit of an empty model", Call: func() error { return fit(ctx, &model.Model{}, set, cfg) }, Want: "empty"},
		misuse.Call{Name: "Fit without set", Call: func() error { return fit(ctx, m, nil, cfg) }, Want: "no images"},
		misuse.Call{Name: "Fit on an empty set", Call: func() error { return fit(ctx, m, &data.Set{}, cfg) }, Want: "no images"},
		misuse.Call{Name: "Fit with an empty Config", Call: func() error { return fit(ctx, m, set, Config{}) }, Want: "epochs is 0"},
		misuse.Call{Name: "Fit without function in the schedule", Call: func() error { return fit(ctx, m, set, scheduled) }, Want: `schedule "mine"`},
		misuse.Call{Name: "Run without context", Call: func() error { _, err := trainer.Run(noContext); return err }, Want: "context is nil"},
		misuse.Call{Name: "Evaluate with -1 workers", Call: func() error { _, err := Evaluate(ctx, m, set, -1); return err }, Want: "-1 workers"},
		misuse.Call{Name: "NewEnsemble with -1 workers", Call: func() error { _, err := NewEnsemble([]*model.Model{m}, nil, 1, -1); return err }, Want: "-1 workers"},
		misuse.Call{Name: "Evaluate without context", Call: func() error { return evaluate(nil, m, set) }, Want: "context is nil"},
		misuse.Call{Name: "Evaluate without model", Call: func() error { return evaluate(ctx, nil, set) }, Want: "model is nil"},
		misuse.Call{Name: "Evaluate without set", Call: func() error { return evaluate(ctx, m, nil) }, Want: "no images"},
		misuse.Call{Name: "FindRate without context", Call: func() error { return find(nil, m, set) }, Want: "context is nil"},
		misuse.Call{Name: "FindRate without model", Call: func() error { return find(ctx, nil, set) }, Want: "model is nil"},
		misuse.Call{Name: "FindRate without set", Call: func() error { return find(ctx, m, nil) }, Want: "no images"},
		misuse.Call{Name: "FindMistakes without context", Call: func() error { return mistakes(nil, m, set) }, Want: "context is nil"},
		misuse.Call{Name: "FindMistakes without model", Call: func() error { return mistakes(ctx, nil, set) }, Want: "model is nil"},
		misuse.Call{Name: "FindMistakes without set", Call: func() error { return mistakes(ctx, m, nil) }, Want: "no images"},
		misuse.Call{Name: "MeasureRobustness without context", Call: func() error { return robustness(nil, m, set) }, Want: "context is nil"},
		misuse.Call{Name: "MeasureRobustness without model", Call: func() error { return robustness(ctx, nil, set) }, Want: "model is nil"},
		misuse.Call{Name: "MeasureRobustness without set", Call: func() error { return robustness(ctx, m, nil) }, Want: "no images"},
		misuse.Call{Name: "FromScratch without context", Call: func() error { return scratch(nil, m, set, set) }, Want: "context is nil"},
		misuse.Call{Name: "FromScratch without model", Call: func() error { return scratch(ctx, nil, set, set) }, Want: "model is nil"},
		misuse.Call{Name: "FromScratch without training set", Call: func() error { return scratch(ctx, m, nil, set) }, Want: "no images"},
		misuse.Call{Name: "FromScratch without test set", Call: func() error { return scratch(ctx, m, set, nil) }, Want: "test set has no images"},
		misuse.Call{Name: "NewModel", Call: func() error { _, err := NewModel("tiny", nil, 1); return err }, Want: "no images"},
		misuse.Call{Name: "Agree", Call: func() error { return Agree(m, nil) }, Want: "is nil"},
		misuse.Call{Name: "NewEnsemble without models", Call: func() error { return ensemble() }, Want: "no models"},
		misuse.Call{Name: "NewEnsemble with a nil model", Call: func() error { return ensemble(m, nil) }, Want: "model 2 of 2"},
		misuse.Call{Name: "Ensemble.Logits", Call: func() error { _, err := e.Logits(1, nil); return err }, Want: "pixels is nil"},
		misuse.Call{Name: "Ensemble.BatchProbabilities", Call: func() error { _, err := e.BatchProbabilities(3, nil); return err }, Want: "3 images in a batch"},
		misuse.Call{Name: "Ensemble.Probabilities", Call: func() error { _, err := e.Probabilities(nil); return err }, Want: "0 pixels"},
		misuse.Call{Name: "Ensemble.Evaluate without context", Call: func() error { _, err := e.Evaluate(noContext, set); return err }, Want: "context is nil"},
		misuse.Call{Name: "Ensemble.Evaluate without set", Call: func() error { _, err := e.Evaluate(ctx, nil); return err }, Want: "no images"},
		misuse.Call{Name: "Progress", Call: func() error {
			c := cfg
			c.Callbacks = []Callback{Progress(nil)}
			return fit(ctx, m, set, c)
		}, Want: "writer is nil"},
		misuse.Call{Name: "NewBaseline", Call: func() error { return misuse.Panic(func() { NewBaseline("x", nil, nil, nil) }) }, Want: "NewBaseline"},
		misuse.Call{Name: "UnmarshalText", Call: func() error { return new(Config).UnmarshalText(nil) }, Want: "epochs is 0"},
	)
}

// A closed trainer or ensemble says that it is closed.
func TestAfterClose(t *testing.T) {
	m, set, cfg := tinyRun(t)
	trainer, err := New(m, set, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := trainer.SaveCheckpoint(path); err != nil {
		t.Fatal(err)
	}
	e, err := NewEnsemble([]*model.Model{m}, nil, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := errors.Join(trainer.Close(), e.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := trainer.Run(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Run: error is %v, want %v", err, ErrClosed)
	}
	if err := trainer.LoadCheckpoint(path); !errors.Is(err, ErrClosed) {
		t.Errorf("LoadCheckpoint: error is %v, want %v", err, ErrClosed)
	}
	misuse.Check(t, misuse.Call{Name: "ensemble", Call: func() error { _, err := e.Probabilities(make([]byte, 784)); return err }, Want: "closed"})
}

// Calls from a callback that would disturb the run return ErrRunning, and the run goes on.
func TestWithinCallback(t *testing.T) {
	m, set, cfg := tinyRun(t)
	path := filepath.Join(t.TempDir(), "checkpoint")
	var trainer *Trainer
	var calls int
	check := func() error {
		calls++
		_, err := trainer.Run(context.Background())
		for name, err := range map[string]error{"Run": err, "Close": trainer.Close(), "LoadCheckpoint": trainer.LoadCheckpoint(path)} {
			if !errors.Is(err, ErrRunning) {
				return fmt.Errorf("%s: error is %v, want %v", name, err, ErrRunning)
			}
		}
		return trainer.SaveCheckpoint(path) // which is allowed
	}
	cfg.Callbacks = []Callback{{
		Start: func(*Trainer) error { return check() },
		Step:  func(Step) error { return check() },
		Epoch: func(Epoch) error { return check() },
	}, Progress(io.Discard)}
	var err error
	if trainer, err = New(m, set, nil, cfg); err != nil {
		t.Fatal(err)
	}
	h, err := trainer.Run(t.Context())
	if err != nil || len(h.Epochs) != 2 || calls != 1+2*(3+1) {
		t.Errorf("error %v after %d calls", err, calls)
	}
	if err := trainer.Close(); err != nil {
		t.Error(err)
	}
}

// A trainer can be closed after a callback has panicked.
func TestPanicInCallback(t *testing.T) {
	m, set, cfg := tinyRun(t)
	cfg.Callbacks = []Callback{{Step: func(Step) error { panic("mine") }}}
	trainer, err := New(m, set, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	err = misuse.Panic(func() { trainer.Run(context.Background()) })
	if err == nil || err.Error() != "mine" {
		t.Errorf("Run panics with %v, want the value of the callback", err)
	}
	if err := trainer.Close(); err != nil {
		t.Error(err)
	}
}

// Settings that count something have a largest value, so that no product of them overflows.
func TestLargeCounts(t *testing.T) {
	m, set, cfg := tinyRun(t)
	for name, change := range map[string]func(c *Config, v int){
		"epochs":         func(c *Config, v int) { c.Epochs = v },
		"batch":          func(c *Config, v int) { c.Batch = v },
		"accumulate":     func(c *Config, v int) { c.Accumulate = v },
		"patience":       func(c *Config, v int) { c.Patience = v },
		"unfreeze-at":    func(c *Config, v int) { c.Unfreeze.At = v },
		"unfreeze-every": func(c *Config, v int) { c.Unfreeze.At, c.Unfreeze.Every = 1, v },
		"feature-memory": func(c *Config, v int) { c.FeatureMemoryMiB = v },
		"workers":        func(c *Config, v int) { c.Workers = v },
	} {
		for _, v := range []int{1e9 + 1, math.MaxInt} {
			c := cfg
			change(&c, v)
			misuse.Check(t, misuse.Call{Name: fmt.Sprint(name, v), Call: func() error { _, err := New(m, set, nil, c); return err },
				Want: fmt.Sprintf("%s is %d, want at least ", name, v)})
		}
	}
	cfg.Batch, cfg.Epochs, cfg.Workers = 1e9, 1e9, 1e9
	trainer, err := New(m, set, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer trainer.Close()
	if rate := trainer.rateAt(1e9-1, nil); !(rate > 0 && rate < cfg.Optimizer.LearningRate) {
		t.Errorf("the last rate of 1e9 epochs is %v", rate)
	}
}
