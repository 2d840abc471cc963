// Package traincmd is the command that trains a network. A program that registers
// presets of its own gets the whole command, with every flag, by calling [Main].
package traincmd

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"time"

	"inkstone/cmd/internal/cli"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/sets"
	"inkstone/train/metrics"
	"inkstone/train/runfolder"
)

// Main runs the command with the arguments of the process and ends the process.
func Main() { cli.Main("train", run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, err := parse(args, stdout)
	if err != nil {
		return err
	}
	o := &c.options
	switch {
	case o.list:
		printList(stdout)
		return nil
	case o.out != "" && o.resume == "":
		if err := runfolder.CheckAbsent(o.out); err != nil {
			return err
		}
	}
	if o.seeds > 1 {
		return repeat(ctx, c, stdout, stderr)
	}
	_, err = once(ctx, c, o.out, stdout, stderr)
	return err
}

// once makes one run, in the folder out, and returns the model that it leaves.
func once(ctx context.Context, c *command, out string, stdout, stderr io.Writer) (*model.Model, error) {
	all, err := load(ctx, c, stderr)
	if err != nil {
		return nil, err
	}
	m, transfer, err := newModel(c, all)
	if err != nil {
		return nil, err
	}
	if out == "" {
		out = filepath.Join("runs", time.Now().Format("20060102-150405")+"-"+m.Preset)
	}
	switch {
	case c.options.findRate:
		return m, findRate(ctx, c, all, m, out, stdout)
	case c.options.dryRun:
		return m, dryRun(ctx, c, all, m, stdout)
	}
	r := &runner{command: c, sets: all, model: m, transfer: transfer, bars: stderr}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	defer r.trainer.Close()
	if r.folder, err = r.open(out); err != nil {
		return nil, err
	}
	defer r.folder.Close()
	return m, r.run(ctx, stdout)
}

// newModel returns the model to train: that of the run to resume, one from a file, or one
// with random parameters. transfer says what a file gave.
func newModel(c *command, all *sets.Sets) (m *model.Model, transfer *model.Transfer, err error) {
	o := &c.options
	switch {
	case o.start.Path != "" && o.resume != "":
		folder, _ := runfolder.Split(o.resume)
		m, err = model.Load(filepath.Join(folder, runfolder.StartFile))
	case o.start.Path != "":
		m, transfer, err = startModel(c, all)
	default:
		m, err = train.NewModel(o.preset, all.Training, c.config.Seed)
	}
	if err == nil {
		err = freeze(o, m)
	}
	return m, transfer, err
}

// open creates the run's folder, or opens that of the run to resume.
func (r *runner) open(out string) (*runfolder.Folder, error) {
	if resume := r.options.resume; resume != "" {
		path, checkpoint := runfolder.Split(resume)
		r.checkpoint = checkpoint
		return runfolder.Open(path)
	}
	toml, err := r.tables().Format()
	if err != nil {
		return nil, err
	}
	folder, err := runfolder.Create(out, toml)
	if err == nil && r.transfer != nil {
		err = folder.SaveStart(r.model)
	}
	return folder, err
}

// repeat makes a run with each of several seeds, in a folder of its own, and prints mean
// and spread of their test accuracies.
func repeat(ctx context.Context, c *command, stdout, stderr io.Writer) error {
	first, runs, require, out := c.config.Seed, c.options.seeds, c.options.requireAccuracy, c.options.out
	if out == "" {
		out = filepath.Join("runs", time.Now().Format("20060102-150405")+"-seeds")
	}
	c.given["require-acc"] = "0" // of the mean alone
	var accuracies []float64
	for i := range uint64(runs) {
		seed := first + i
		c.given["seed"] = strconv.FormatUint(seed, 10)
		if err := c.resolve(c.recipe(nil)); err != nil {
			return err
		}
		fmt.Fprintf(stdout, "run %d of %d, seed %d\n", i+1, runs, seed)
		m, err := once(ctx, c, filepath.Join(out, fmt.Sprintf("seed-%d", seed)), stdout, stderr)
		if err != nil {
			return err
		}
		accuracies = append(accuracies, m.Accuracy)
	}
	sum, err := metrics.Summarize(accuracies)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "all    test accuracy over the seeds %d to %d: %s\n", first, first+uint64(runs)-1, sum)
	if 100*sum.Mean < require {
		return fmt.Errorf("the mean test accuracy is %.2f %%, -require-acc asks for %g %%", 100*sum.Mean, require)
	}
	return nil
}
