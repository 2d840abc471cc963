package runs_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"inkstone/cmd/serve/engine"
	"inkstone/cmd/serve/runs"
	"inkstone/cmd/train/traincmd"
	"inkstone/train/live"
	"inkstone/train/runfolder"
)

func newFolder(t *testing.T) *runs.Folder {
	t.Helper()
	f := runs.New(t.Context(), filepath.Join(t.TempDir(), "runs"), func(ctx context.Context, args []string) error {
		return traincmd.Run(ctx, append(args, "-workers", "1", "-report=false"), io.Discard, io.Discard)
	})
	t.Cleanup(f.Wait)
	return f
}

// until waits until the status of a run is as wanted.
func until(t *testing.T, f *runs.Folder, run string, wanted func(s *live.Status) bool) *live.Status {
	t.Helper()
	for range 2000 {
		s, err := f.Status(run)
		if err != nil {
			t.Fatal(err)
		}
		if wanted(s) {
			return s
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the run does not become as wanted")
	return nil
}

// A run that is started can be watched, changed and stopped, and then it has a model.
func TestRun(t *testing.T) {
	f := newFolder(t)
	if list, err := f.List(t.Context()); err != nil || list != nil {
		t.Errorf("without a folder the list is %v, %v", list, err)
	}
	run, err := f.Start(t.Context(), engine.Settings{Network: "fast", Dataset: "builtin", Images: 400, Epochs: 100000, Seed: 3, LearningRate: 0.004})
	if err != nil {
		t.Fatal(err)
	}
	until(t, f, run, func(s *live.Status) bool {
		return s.State == live.Running && len(s.History) > 0 && len(s.Curve.Steps) > 0 && s.LearningRate == 0.004
	})
	if list, err := f.List(t.Context()); err != nil || len(list) != 1 || list[0].Name != run || list[0].State != live.Running || list[0].Network != "fast" {
		t.Errorf("the list is %+v, %v", list, err)
	}
	if err := f.SetLearningRate(run, 0.001); err != nil {
		t.Fatal(err)
	}
	until(t, f, run, func(s *live.Status) bool { return s.LearningRate == 0.001 && s.Examined > 0 })
	if err := f.Stop(run); err != nil {
		t.Fatal(err)
	}
	f.Wait()
	s := until(t, f, run, func(s *live.Status) bool { return s.State == live.Stopped })
	if len(s.Layers) != 3 || s.Mistakes == nil || s.Epochs != 100000 {
		t.Errorf("at the end there are %d layers and %d mistakes", len(s.Layers), len(s.Mistakes))
	}
	if m, err := f.Model(run); err != nil || m.Preset != "fast" {
		t.Errorf("the model is %v, %v", m, err)
	}
	if err := f.Stop(run); err == nil {
		t.Error("a run that has ended can be stopped")
	}
}

// Settings that train refuses are the error of Start, and leave no folder.
func TestRefuses(t *testing.T) {
	f := newFolder(t)
	for _, s := range []engine.Settings{
		{Network: "fast", Dataset: "none"},
		{Network: "fast", Dataset: "builtin", Epochs: -1},
		{Network: "fast", Dataset: "builtin", Images: -1},
		{Network: "fast", Dataset: "builtin", Images: 50, LearningRate: -1},
	} {
		if run, err := f.Start(t.Context(), s); err == nil {
			t.Errorf("%+v starts %s", s, run)
		}
	}
	if list, err := f.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("the list is %v, %v", list, err)
	}
	if _, err := runs.New(t.Context(), "runs", nil).Start(t.Context(), engine.Settings{}); err == nil {
		t.Error("a run starts without a command")
	}
}

// Only runs in the folder have a name.
func TestOutside(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(dir, "outside")
	if err := os.MkdirAll(outside, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, runfolder.ConfigFile), []byte("model = 'tiny'\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	f := runs.New(t.Context(), filepath.Join(dir, "runs"), nil)
	for _, run := range []string{"outside", "runs/../outside", "../outside", outside, "", "runs", "."} {
		var p *engine.Problem
		if _, err := f.Status(run); !errors.As(err, &p) || p.Code != "unknown_run" {
			t.Errorf("%q: error is %v", run, err)
		}
	}
	one := runs.New(t.Context(), outside, nil) // the folder of one run
	list, err := one.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Name != "outside" || list[0].State != live.Stopped {
		t.Fatalf("the list is %+v, %v", list, err)
	}
	if s, err := one.Status("outside"); err != nil || s.Network != "tiny" {
		t.Errorf("the status is %+v, %v", s, err)
	}
}
