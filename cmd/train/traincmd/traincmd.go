// Package traincmd is the command that trains a network. A program that registers
// presets of its own gets the whole command, with every flag, by calling [Main].
package traincmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"inkstone/cmd/internal/runbar"
	"inkstone/cmd/serve/view"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/sets"
	"inkstone/train/runfolder"
)

// Run runs the command with arguments, as one process.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, err := parse(args, stdout)
	if err != nil {
		return err
	}
	return run(ctx, c, stdout, stderr)
}

// run runs a command that parse has returned.
func run(ctx context.Context, c *command, stdout, stderr io.Writer) error {
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
	if o.http != "" && !o.findRate && !o.dryRun {
		stop, err := view.Start(ctx, o.http, cmp.Or(o.resume, o.out, defaultRoot), stdout, stderr)
		if err != nil {
			return err
		}
		defer stop()
	}
	if o.seeds > 1 && !o.findRate && !o.dryRun {
		return repeat(ctx, c, stdout, stderr)
	}
	_, err := once(ctx, c, o.out, stdout, stderr)
	return err
}

// defaultRoot is the folder of the runs of calls without -out.
const defaultRoot = "runs"

// defaultOut returns the output folder of a call without -out.
func defaultOut(name string) string {
	return filepath.Join(defaultRoot, time.Now().Format("20060102-150405")+"-"+name)
}

// once makes one run, in the folder out, and returns the model that it leaves. If out is "",
// the folder gets a name that is free.
func once(ctx context.Context, c *command, out string, stdout, stderr io.Writer) (*model.Model, error) {
	r := &runner{command: c, bars: stderr, out: runfolder.NewOutput(stdout)}
	var err error
	if r.sets, err = load(ctx, c, stderr, r.out.Log); err != nil {
		return nil, err
	}
	if r.model, r.transfer, err = newModel(c, r.sets); err != nil {
		return nil, err
	}
	switch {
	case c.options.findRate:
		return r.model, findRate(ctx, c, r.sets, r.model, out, stdout)
	case c.options.dryRun:
		return r.model, dryRun(ctx, c, r.sets, r.model, stdout)
	}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	defer r.trainer.Close()
	if err := r.open(out); err != nil {
		return nil, err
	}
	defer r.folder.Close()
	if err = r.run(ctx); err != nil {
		r.out.Log(fmt.Appendf(nil, "error  %v\n", err))
	}
	return r.model, err
}

// load loads the sets of the run.
func load(ctx context.Context, c *command, stderr io.Writer, log func([]byte)) (*sets.Sets, error) {
	all, err := runbar.Load(ctx, c.data, c.config, stderr, log)
	switch {
	case err != nil && c.options.resume != "":
		return nil, fmt.Errorf("%w (if the images have moved, add -data FOLDER or -images FOLDER to -resume)", err)
	case err == nil && c.options.overfit > 0:
		err = all.Overfit(c.options.overfit * c.config.Batch)
	}
	return all, err
}

// newModel returns the model to train: that of the run to resume, one from a file, or one
// with random parameters. transfer says what a file gave.
func newModel(c *command, all *sets.Sets) (m *model.Model, transfer *model.Transfer, err error) {
	o := &c.options
	switch {
	case o.start.Path != "" && o.resume != "":
		m, err = model.Load(runfolder.StartPath(o.resume, o.start.Path))
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
