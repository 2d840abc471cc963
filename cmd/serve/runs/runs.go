// Package runs starts, lists and watches the training runs in a folder, for the page of cmd/serve.
package runs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"inkstone/cmd/serve/engine"
	"inkstone/model"
	"inkstone/train/data/mnist"
	"inkstone/train/live"
	"inkstone/train/runfolder"
)

// Folder has the runs in a folder and below it, or the one run that it is. It implements
// [engine.Runs].
type Folder struct {
	path  string
	train func(ctx context.Context, args []string) error
	ctx   context.Context

	sets    func() []engine.Dataset
	running sync.WaitGroup
}

// New returns the runs in a folder, which need not exist. train runs the command train with
// arguments; nil if no run can be started. When ctx ends, the runs that were started save their
// state and end.
func New(ctx context.Context, path string, train func(ctx context.Context, args []string) error) *Folder {
	return &Folder{path: filepath.Clean(path), train: train, ctx: ctx, sets: sync.OnceValue(datasets)}
}

// Wait waits until the runs that were started have ended.
func (f *Folder) Wait() { f.running.Wait() }

// maxTest bounds the test images of the data sets that the page offers, all of which are read to see
// whether they are there.
const maxTest = 20000

// datasets returns the data sets that are there without a download.
func datasets() (list []engine.Dataset) {
	for _, info := range mnist.Catalog() {
		if info.Test > maxTest {
			continue
		}
		if _, err := mnist.LoadTest(context.Background(), mnist.Options{Name: info.Name, Offline: true}); err == nil {
			list = append(list, engine.Dataset{Name: info.Name, Title: info.Title, Images: info.Train, Most: info.Train})
		}
	}
	return list
}

// Datasets implements [engine.Runs].
func (f *Folder) Datasets() []engine.Dataset {
	if f.train == nil {
		return nil
	}
	return f.sets()
}

// maxListed bounds the runs of a list.
const maxListed = 30

// List implements [engine.Runs].
func (f *Folder) List(context.Context) ([]engine.Run, error) {
	if _, err := os.Stat(f.path); err != nil {
		return nil, nil // no run has been made
	}
	found, err := runfolder.Find([]string{f.path}, func(error) {})
	if err != nil {
		return nil, err
	}
	list := make([]engine.Run, 0, len(found))
	for _, r := range found {
		info, err := os.Stat(filepath.Join(r.Path, runfolder.ConfigFile))
		if err != nil {
			continue // it has just been removed
		}
		name, err := filepath.Rel(filepath.Dir(f.path), r.Path)
		if err != nil {
			continue
		}
		list = append(list, engine.Run{
			Name: filepath.ToSlash(name), Network: r.Model(), Dataset: r.Dataset(), State: runfolder.LiveState(r), Epochs: len(r.Epochs),
			Accuracy: cmp.Or(r.TestAccuracy(), r.ValidationAccuracy()), Started: info.ModTime().Unix(),
		})
	}
	slices.SortStableFunc(list, func(a, b engine.Run) int {
		return cmp.Or(cmp.Compare(b.Started, a.Started), cmp.Compare(b.Name, a.Name))
	})
	return list[:min(len(list), maxListed)], nil
}

// folder returns the path of a run.
func (f *Folder) folder(run string) (string, error) {
	path := filepath.Join(filepath.Dir(f.path), filepath.FromSlash(run))
	inside, err := filepath.Rel(f.path, path)
	if err != nil || !filepath.IsLocal(inside) || !runfolder.IsRun(path) {
		return "", &engine.Problem{Code: "unknown_run", Message: fmt.Sprintf("there is no run %q", run)}
	}
	return path, nil
}

// Status implements [engine.Runs].
func (f *Folder) Status(run string) (*live.Status, error) {
	path, err := f.folder(run)
	if err != nil {
		return nil, err
	}
	return runfolder.Watch(path)
}

// Stop implements [engine.Runs].
func (f *Folder) Stop(run string) error { return f.ask(run, runfolder.Request{Stop: true}) }

// SetLearningRate implements [engine.Runs].
func (f *Folder) SetLearningRate(run string, rate float64) error {
	return f.ask(run, runfolder.Request{LearningRate: rate})
}

func (f *Folder) ask(run string, r runfolder.Request) error {
	path, err := f.folder(run)
	if err != nil {
		return err
	}
	return runfolder.Ask(path, r)
}

// Model implements [engine.Runs].
func (f *Folder) Model(run string) (*model.Model, error) {
	path, err := f.folder(run)
	if err != nil {
		return nil, err
	}
	return model.Load(filepath.Join(path, runfolder.ModelFile))
}

// Start implements [engine.Runs]. It returns when the folder of the run exists, so that a mistake in
// the settings is its error.
func (f *Folder) Start(ctx context.Context, s engine.Settings) (string, error) {
	if f.train == nil {
		return "", errors.New("this program starts no runs")
	}
	path := f.free(s.Network)
	args := []string{"-model", s.Network, "-dataset", s.Dataset, "-offline", "-limit", strconv.Itoa(s.Images), "-seed", strconv.FormatUint(s.Seed, 10), "-out", path}
	if s.Epochs != 0 {
		args = append(args, "-epochs", strconv.Itoa(s.Epochs))
	}
	if s.LearningRate != 0 {
		args = append(args, "-lr", strconv.FormatFloat(s.LearningRate, 'g', -1, 64))
	}
	ended := make(chan error, 1)
	f.running.Go(func() { ended <- f.train(f.ctx, args) })
	for !runfolder.IsRun(path) {
		select {
		case err := <-ended:
			return "", err
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	name, err := filepath.Rel(filepath.Dir(f.path), path)
	return filepath.ToSlash(name), err
}

// free returns a path for a new run.
func (f *Folder) free(network string) string {
	path := filepath.Join(f.path, time.Now().Format("20060102-150405")+"-"+network)
	for n, next := 2, path; ; n++ {
		if runfolder.CheckAbsent(next) == nil {
			return next
		}
		next = fmt.Sprintf("%s-%d", path, n)
	}
}
