package runfolder

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	drawn "inkstone/train/data/digits"
	"inkstone/train/data/sets"
	"inkstone/train/live"
)

// Another process sees a run as it is, changes its learning rate, and stops it. Afterwards the folder
// has the last status.
func TestWatch(t *testing.T) {
	pixels, labels := drawn.Generate(1, 160)
	set, err := data.New("builtin", "test", drawn.Size, drawn.Size, model.Digits(), pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run")
	folder, err := Create(path, []byte("version = 3\nmodel = \"fast\"\nepochs = 3\nlr = 0.001\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	m, err := train.NewModel("fast", set, 1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBroadcast(m, &sets.Sets{Training: set}, 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	b.Folder, b.Stop = folder, stop
	watch := func() *live.Status {
		t.Helper()
		s, err := Watch(path)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	cfg := train.Defaults()
	cfg.Epochs, cfg.Batch, cfg.Workers = 3, 16, 1
	steps := 0
	cfg.Callbacks = []train.Callback{b.Callback(2), {Order: 1, Step: func(s train.Step) error {
		steps++
		b.last = time.Time{} // so that the run looks at the files in each step
		switch steps {
		case 2:
			if _, err := os.Stat(folder.File(LiveFile)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("without a watcher there is a status: %v", err)
			}
			if s := watch(); s.State != live.Running || s.Network != "fast" || s.Epochs != 3 || s.Curve.Steps != nil {
				t.Errorf("at the first look the status is %s, %s, %d epochs", s.State, s.Network, s.Epochs)
			}
		case 3:
			if s := watch(); s.State != live.Running || s.Step != 2 || len(s.Curve.Steps) != 2 {
				t.Errorf("the status is %s, step %d, %d points", s.State, s.Step, len(s.Curve.Steps))
			}
			return Ask(path, Request{LearningRate: 0.0005})
		case 6:
			if s := watch(); s.LearningRate != 0.0005 || s.Examined != 160 || len(s.Layers) != 3 {
				t.Errorf("the learning rate is %g, want 0.0005; %d images examined, %d layers", s.LearningRate, s.Examined, len(s.Layers))
			}
			return Ask(path, Request{Stop: true})
		}
		return nil
	}}}
	h, err := train.Fit(ctx, m, set, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if !h.Interrupted || steps != 6 {
		t.Errorf("the run made %d steps and is interrupted is %t, want 6 and true", steps, h.Interrupted)
	}
	b.End(h, nil)
	folder.Close()
	if s := watch(); s.State != live.Stopped || s.LearningRate != 0.0005 || len(s.Curve.Steps) != 6 || s.Test != nil {
		t.Errorf("afterwards the status is %s with the rate %g and %d points", s.State, s.LearningRate, len(s.Curve.Steps))
	}
	if err := Ask(path, Request{Stop: true}); err == nil {
		t.Error("a run that has ended can be stopped")
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		switch e.Name() {
		case ConfigFile, LogFile, MetricsFile, LiveFile, lockFile:
		default:
			t.Errorf("%s is left", e.Name())
		}
	}
}

// What is not the folder of a run cannot be watched.
func TestWatchNothing(t *testing.T) {
	if _, err := Watch(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
	if err := Ask(t.TempDir(), Request{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
}
