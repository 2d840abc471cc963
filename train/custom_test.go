package train

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train/data/augment"
	"inkstone/train/schedule"
)

// A run with a custom solver, schedule and distortion gives the same model when it is resumed.
func TestCustomPiecesResume(t *testing.T) {
	training := stripes(t, 64, 1)
	config := func() Config {
		cfg := quick
		cfg.Epochs, cfg.Seed, cfg.Augment = 2, 5, augment.Options{Shift: 1}
		var err error
		if cfg.Solver, err = solver.NewSGD(0.01, 0.9, 1); err != nil {
			t.Fatal(err)
		}
		cfg.Schedule = schedule.New("halving", func(step, total int) float64 { return 1 / float64(step+1) })
		cfg.Distort = func(pixels []byte, r *rand.Rand) {
			pixels[r.IntN(len(pixels))] = byte(r.IntN(256))
		}
		return cfg
	}
	whole := fresh(t, "tiny")
	if _, err := Fit(t.Context(), whole, training, nil, config()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "last")
	cfg, done := config(), 0
	var first *Trainer
	cfg.Callbacks = []Callback{{
		Start: func(t *Trainer) error { first = t; return nil },
		Step: func(Step) error {
			if done++; done < 3 {
				return nil
			}
			return errors.Join(first.SaveCheckpoint(path), errKilled)
		},
	}}
	if _, err := Fit(t.Context(), fresh(t, "tiny"), training, nil, cfg); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	m := fresh(t, "tiny")
	second, err := New(m, training, nil, config())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if err := second.LoadCheckpoint(path); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytesOf(t, whole), bytesOf(t, m)) {
		t.Error("the resumed run gives another model")
	}
	other := config()
	other.Schedule = schedule.New("other", func(int, int) float64 { return 1 })
	third, err := New(fresh(t, "tiny"), training, nil, other)
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if err := third.LoadCheckpoint(path); err == nil || !strings.Contains(err.Error(), `its schedule is "halving", this run's is "other"`) {
		t.Errorf("error is %v, want one with both schedules", err)
	}
}

// A panic or an invalid result of a custom function is an error of the run, even on the
// goroutine of the feeder.
func TestCustomPiecesFail(t *testing.T) {
	for want, change := range map[string]func(c *Config){
		"epoch 1, step 1: image ": func(c *Config) { c.Distort = func(p []byte, _ *rand.Rand) { p[len(p)] = 1 } },
		"the function Distort panicked: runtime error: index out of range [144] with length 144": func(c *Config) { c.Distort = func(p []byte, _ *rand.Rand) { p[len(p)] = 1 } },
		"solver: the learning rate is -0.01, want a finite number": func(c *Config) {
			c.Schedule = schedule.New("wrong", func(int, int) float64 { return -1 })
		},
	} {
		cfg := quick
		change(&cfg)
		if _, err := Fit(t.Context(), fresh(t, "tiny"), stripes(t, 32, 1), nil, cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q in it", err, want)
		}
	}
}

// The search for a learning rate leaves a custom solver without memory.
func TestFindRateLeavesTheSolverFresh(t *testing.T) {
	cfg := quick
	var err error
	if cfg.Solver, err = solver.NewAdam(0.003, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := FindRate(t.Context(), fresh(t, "tiny"), stripes(t, 200, 1), cfg, 12); err != nil {
		t.Fatal(err)
	}
	if rate, n := cfg.Solver.LearningRate(), len(cfg.Solver.Memory()); rate != 0.003 || n != 0 {
		t.Errorf("the rate is %v and the memory has %d parameters, want 0.003 and 0", rate, n)
	}
}

// between is an operation in the network "between" of tests. Each test restores it.
var between = func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node { return b.Tanh(x) }

var _ = model.Register("between", "a network of tests", func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = between(b, b.Conv("conv1", x, 2, 3))
	return b.Dense("fc1", b.Flatten(x), b.Classes())
})

// replaceBetween replaces the operation for a test.
func replaceBetween(t *testing.T, f func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node) {
	old := between
	between = f
	t.Cleanup(func() { between = old })
}

// A trainer examines the operations of the network when it is made, unless CheckOps is off.
func TestCheckOps(t *testing.T) {
	replaceBetween(t, func(_ *graph.Builder, x *gorgonia.Node) *gorgonia.Node { return gorgonia.Must(gorgonia.Sparsemax(x)) })
	for _, on := range []bool{true, false} {
		cfg := quick
		cfg.CheckOps = on
		tr, err := New(fresh(t, "between"), stripes(t, 32, 1), nil, cfg)
		if tr != nil {
			tr.Close()
		}
		switch {
		case !on && err != nil:
			t.Errorf("without the check: %v", err)
		case on && err == nil:
			t.Error("the check finds nothing")
		case on:
			for _, want := range []string{`model "between"`, "Sparsemax", `conv "conv1"`, "check-ops=false"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not name %q", err, want)
				}
			}
		}
	}
	if !Defaults().CheckOps {
		t.Error("the check is off by default")
	}
}

// A wrong gradient in a frozen part is refused at the start if the part trains later, and not
// in the middle of the run.
func TestCheckOpsOfUnfreezing(t *testing.T) {
	replaceBetween(t, func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return gorgonia.Must(gorgonia.Log2(b.Sigmoid(x)))
	})
	cfg := quick
	cfg.Epochs, cfg.CheckOps = 2, true
	for _, at := range []int{0, 2} {
		m := fresh(t, "between")
		if err := m.Freeze("conv1.*"); err != nil {
			t.Fatal(err)
		}
		cfg.Unfreeze.At = at
		tr, err := New(m, stripes(t, 32, 1), nil, cfg)
		if tr != nil {
			tr.Close()
		}
		if (err != nil) != (at > 0) || err != nil && strings.Contains(err.Error(), "check-ops") {
			t.Errorf("unfreezing at epoch %d: error %v", at, err)
		}
	}
}
