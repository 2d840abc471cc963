package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"inkstone/cmd/internal/cli"
	"inkstone/model"
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
		s.out = filepath.Join("runs", time.Now().Format("20060102-150405")+"-"+s.model)
	}
	if s.resume == "" {
		if err := runfolder.Free(s.out); err != nil {
			return err
		}
	}
	if s.seeds > 1 {
		return repeat(ctx, s, stdout, stderr)
	}
	_, err = once(ctx, s, stdout, stderr)
	return err
}

// once makes a run and returns the model that it leaves.
func once(ctx context.Context, s *settings, stdout, stderr io.Writer) (*model.Model, error) {
	sets, err := load(ctx, s, stderr)
	if err != nil {
		return nil, err
	}
	m, err := newModel(s, sets)
	if err != nil {
		return nil, err
	}
	if s.findRate {
		return m, findRate(ctx, s, sets, m, stdout)
	}
	if s.dryRun {
		return m, dryRun(ctx, s, sets, m, stdout)
	}
	r := &runner{settings: s, sets: sets, model: m, bars: stderr}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	defer r.trainer.Close()
	var folder *runfolder.Folder
	if s.resume == "" {
		folder, err = runfolder.Create(s.out, s.toml)
	} else {
		var path string
		path, r.checkpoint = runfolder.Split(s.resume)
		folder, err = runfolder.Open(path)
	}
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return m, r.run(ctx, folder, stdout)
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
		Name: s.dataset, Dir: s.data, Offline: s.offline, Seed: s.seed, Limit: s.limit,
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
	n, err := s.heldOut(training.Len())
	if err != nil {
		return nil, err
	}
	if d.training = training; n > 0 {
		if d.training, d.validation, err = training.Split(n, s.seed); err != nil {
			return nil, err
		}
	}
	if s.overfit > 0 {
		if d.training, err = d.training.Limit(min(s.overfit*s.batch, d.training.Len())); err != nil {
			return nil, err
		}
		d.validation = d.training
	}
	if training.Name() == mnist.Builtin {
		d.note = "built-in digits, drawn by a program: the accuracy says nothing about MNIST"
	}
	if s.overfit > 0 {
		d.note = strings.TrimPrefix(d.note+"; ", "; ") + fmt.Sprintf("trained and validated on the same %d images: the accuracy says nothing about others", d.training.Len())
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
		Preset: s.model, Seed: s.seed,
		Height: d.training.Height(), Width: d.training.Width(), Classes: d.training.Classes(),
		Mean: mean, Std: std,
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}
