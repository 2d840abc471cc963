package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"inkstone/cmd/internal/cli"
	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/mnist"
	"inkstone/train/runfolder"
)

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stdout)
	if err != nil {
		return err
	}
	if s.list {
		printList(stdout)
		return nil
	}
	if s.out == "" {
		s.out = filepath.Join("runs", time.Now().Format("20060102-150405")+"-"+s.Model)
	}
	if err := runfolder.Free(s.out); err != nil {
		return err
	}
	sets, err := load(ctx, s, stderr)
	if err != nil {
		return err
	}
	m, err := newModel(s, sets)
	if err != nil {
		return err
	}
	folder, err := runfolder.Create(s.out, s)
	if err != nil {
		return err
	}
	defer folder.Close()
	return trainInto(ctx, s, sets, m, folder, io.MultiWriter(stdout, folder), stderr)
}

// sets are the three parts of the data.
type sets struct {
	training, validation, test *data.Set // validation is nil if there is none
	note                       string    // what the reader of a result must know, if anything
}

func load(ctx context.Context, s *settings, stderr io.Writer) (*sets, error) {
	var bar *cli.Bar
	var file string
	training, test, err := mnist.Load(ctx, mnist.Options{
		Name: s.Dataset, Dir: s.Data, Offline: s.offline, Seed: s.Seed, Limit: s.Limit,
		Logf: func(format string, args ...any) {
			if bar != nil {
				bar.Clear()
			}
			fmt.Fprintf(stderr, format+"\n", args...)
		},
		Progress: func(done, total int64, name string) {
			if name != file {
				if bar != nil {
					bar.Clear()
				}
				bar, file = cli.NewBar(stderr, total, "B"), name
			}
			bar.Set(done, "%s", filepath.Base(name))
		},
	})
	if bar != nil {
		bar.Clear()
	}
	if err != nil {
		return nil, err
	}
	d := &sets{test: test}
	n, err := s.validation(training.Len())
	if err != nil {
		return nil, err
	}
	if d.training = training; n > 0 {
		if d.training, d.validation, err = training.Split(n, s.Seed); err != nil {
			return nil, err
		}
	}
	if training.Name() == mnist.Builtin {
		d.note = "built-in digits, drawn by a program: the accuracy says nothing about MNIST"
	}
	for _, w := range training.Check() {
		fmt.Fprintf(stderr, "warning: %s\n", w)
	}
	return d, nil
}

func newModel(s *settings, d *sets) (*model.Model, error) {
	mean, std := d.training.MeanStd()
	if std == 0 {
		return nil, fmt.Errorf("data set %q: every pixel of the training images is %.0f: nothing to learn from", d.training.Name(), 255*mean)
	}
	m, err := model.New(model.Spec{
		Preset: s.Model, Seed: s.Seed,
		Height: d.training.Height(), Width: d.training.Width(), Classes: d.training.Classes(),
		Mean: mean, Std: std,
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// trainInto trains the model and fills the run folder. out is for what the run
// tells, bars for a progress bar.
func trainInto(ctx context.Context, s *settings, d *sets, m *model.Model, folder *runfolder.Folder, out, bars io.Writer) error {
	if err := introduce(s, d, m, out); err != nil {
		return err
	}
	p := &progress{out: out, bars: bars, epochs: s.Epochs, folder: folder}
	h, err := train.Fit(ctx, m, d.training, d.validation, train.Config{
		Epochs: s.Epochs, Batch: s.Batch, Optimizer: s.Optimizer, LearningRate: s.Rate,
		Seed: s.Seed, Workers: s.Workers,
		Callbacks: []train.Callback{{Step: p.step, Epoch: p.epoch}},
	})
	p.clear()
	if err != nil {
		return err
	}
	r := result(s, d, m, h)
	var test *train.Score
	if !h.Interrupted {
		if test, err = train.Evaluate(ctx, m, d.test, s.Workers); err != nil && ctx.Err() == nil {
			return err
		}
		r.Interrupted = test == nil
	}
	m.Dataset = d.training.Name()
	if test != nil {
		m.Accuracy = test.Accuracy
		r.TestAccuracy, r.TestErrors = &test.Accuracy, &test.Errors
	}
	if err := folder.Model(m); err != nil {
		return err
	}
	r.PeakRSSBytes = peakRSS()
	if err := folder.Result(r); err != nil {
		return err
	}
	return conclude(s, d, h, r, test, folder, out)
}

func introduce(s *settings, d *sets, m *model.Model, out io.Writer) error {
	rate := s.Rate
	if rate == 0 {
		rate = solver.DefaultRate(s.Optimizer)
	}
	opt, err := solver.New(s.Optimizer, rate, s.Workers)
	if err != nil {
		return cli.Usagef("-lr: %w", err)
	}
	if d.note != "" {
		fmt.Fprintf(out, "NOTE: %s\n", d.note)
	}
	fmt.Fprintf(out, "data   %s from %s: %d training", d.training.Name(), d.training.Source(), d.training.Len())
	if d.validation != nil {
		fmt.Fprintf(out, ", %d validation", d.validation.Len())
	}
	fmt.Fprintf(out, ", %d test images\n", d.test.Len())
	fmt.Fprintf(out, "model  %s\n", m)
	fmt.Fprintf(out, "train  %s of batches of %d, %s, seed %d, %s\n", plural(s.Epochs, "epoch"), s.Batch, opt, s.Seed, plural(workers(s), "worker"))
	return nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func workers(s *settings) int {
	if s.Workers > 0 {
		return s.Workers
	}
	return runtime.GOMAXPROCS(0)
}

func result(s *settings, d *sets, m *model.Model, h *train.History) *runfolder.Result {
	r := &runfolder.Result{
		Model: m.Preset, Dataset: d.training.Name(), Source: d.training.Source(), Note: d.note,
		Parameters: m.Params.Count(), Epochs: len(h.Epochs), Seed: s.Seed, Interrupted: h.Interrupted,
		TestImages: d.test.Len(), TrainImages: d.training.Len(),
		TrainSeconds: h.TrainSeconds, TrainImagesPerSecond: h.ImagesPerSecond,
	}
	if len(h.Epochs) > 0 {
		best := h.Epochs[h.Best]
		r.BestEpoch = best.Epoch
		if best.Validation != nil {
			r.ValidationAccuracy = &best.Validation.Accuracy
		}
	}
	if d.validation != nil {
		r.ValidationImages = d.validation.Len()
	}
	return r
}

// conclude prints the last lines and judges the run.
func conclude(s *settings, d *sets, h *train.History, r *runfolder.Result, test *train.Score, folder *runfolder.Folder, out io.Writer) error {
	if test != nil {
		fmt.Fprintf(out, "test   accuracy %s, with the parameters of epoch %d\n", test, r.BestEpoch)
	}
	fmt.Fprintf(out, "saved  %s (model), %s and the rest of the account beside it\n", folder.File(runfolder.ModelFile), runfolder.ResultFile)
	if d.note != "" {
		fmt.Fprintf(out, "NOTE: %s\n", d.note)
	}
	switch {
	case test == nil:
		return fmt.Errorf("%w after %s; the model so far is saved, the test set was not used", cli.ErrInterrupted, plural(len(h.Epochs), "whole epoch"))
	case 100*test.Accuracy < s.RequireAcc:
		return fmt.Errorf("test accuracy is %.2f %%, -require-acc asks for %g %%", 100*test.Accuracy, s.RequireAcc)
	}
	return nil
}
