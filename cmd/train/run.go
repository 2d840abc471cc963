package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"inkstone/model"
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
	m, transfer, err := newModel(s, sets)
	if err != nil {
		return nil, err
	}
	if s.findRate {
		return m, findRate(ctx, s, sets, m, stdout)
	}
	if s.dryRun {
		return m, dryRun(ctx, s, sets, m, stdout)
	}
	r := &runner{settings: s, sets: sets, model: m, transfer: transfer, bars: stderr}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	defer r.trainer.Close()
	var folder *runfolder.Folder
	if s.resume == "" {
		if folder, err = runfolder.Create(s.out, s.toml); err == nil && s.finetune != "" {
			err = folder.Start(m)
		}
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

// newModel makes the model to train: that of the run to go on with, one that begins
// from a file, or one of fresh parameters. transfer tells what a file gave.
func newModel(s *settings, d *sets) (m *model.Model, transfer *model.Transfer, err error) {
	switch {
	case s.finetune != "" && s.resume != "":
		folder, _ := runfolder.Split(s.resume)
		m, err = model.Load(filepath.Join(folder, runfolder.StartFile))
	case s.finetune != "":
		m, transfer, err = s.begin(s, d)
	default:
		mean, std := d.training.MeanStd()
		if std == 0 {
			return nil, nil, fmt.Errorf("data set %q: every pixel of the training images is %.0f: nothing to learn from", d.training.Name(), 255*mean)
		}
		m, err = model.New(model.Spec{
			Preset: s.model, Seed: s.seed,
			Height: d.training.Height(), Width: d.training.Width(), Classes: d.training.Classes(),
			Mean: mean, Std: std,
		})
	}
	if err == nil {
		err = s.freezeIn(m)
	}
	return m, transfer, err
}
