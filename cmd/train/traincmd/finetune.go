package traincmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/cmd/internal/runbar"
	"inkstone/internal/pattern"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/sets"
	"inkstone/train/runfolder"
)

// checkModels checks the model files that the run needs. Each run of -seeds checks its own.
func (c *command) checkModels() error {
	for _, file := range [][2]string{{"finetune", runfolder.StartPath(c.options.resume, c.options.start.Path)}, {"teacher", runfolder.ModelPath(c.config.Teacher)}} {
		if file[1] != "" && !runfolder.IsSeeds(c.options.resume) {
			if err := model.CheckFile(file[1]); err != nil {
				return fmt.Errorf("-%s: %w", file[0], err)
			}
		}
	}
	return nil
}

// startModel makes the model that -finetune starts from, for the classes of the data. The
// recipe of a fine-tuning depends on what the file gives, so the settings are resolved
// once more.
func startModel(c *command, all *sets.Sets) (*model.Model, *model.Transfer, error) {
	start := c.options.start
	start.Preset, start.Classes, start.Seed = c.options.preset, all.Training.Classes(), c.config.Seed
	start.Height, start.Width = all.Training.Height(), all.Training.Width()
	m, transfer, err := start.Load()
	if err != nil {
		return nil, nil, fmt.Errorf("-finetune: %w", err)
	}
	if err := c.resolve(c.recipe(transfer)); err != nil {
		return nil, nil, err
	}
	c.options.preset = m.Preset
	return m, transfer, nil
}

// freeze freezes what -freeze names, or by default the convolutional part of a model that
// is fine-tuned, except layers that are new.
func freeze(o *options, m *model.Model) error {
	if o.freeze == "" && o.start.Path == "" {
		return nil
	}
	patterns := strings.FieldsFunc(o.freeze, func(r rune) bool { return r == ',' || r == ' ' })
	if err := m.Freeze(patterns...); err != nil {
		return fmt.Errorf("-freeze: %w", err)
	}
	if all, err := m.Convolutional(); len(patterns) == 0 && err == nil && len(m.Params.Frozen()) < len(all) {
		// Some layers are new. The run folder does not say so, and thus its settings name
		// what is frozen.
		o.freeze = cmp.Or(strings.Join(pattern.Quote(m.Params.Frozen()...), ","), "none")
	}
	if f := m.Freezing(); f.Trainable == 0 {
		return cli.Usagef("-freeze %s freezes all of the %d parameters of %s: nothing is left to train", o.freeze, f.Frozen, m.Preset)
	}
	return nil
}

// printStart prints what the model started from, and which parameters train.
func (r *runner) printStart(out io.Writer) {
	if r.transfer != nil {
		fmt.Fprintf(out, "from   %s\n", r.options.start.Path)
		for line := range strings.Lines(r.transfer.String()) {
			fmt.Fprintf(out, "       %s", line)
		}
		fmt.Fprint(out, train.DescribeNew(r.model, r.transfer.New))
	}
	if f := r.model.Freezing(); f.Frozen > 0 {
		fmt.Fprint(out, f)
	}
}

// stage prints which parameters begin to train, and whether features are kept.
func (r *runner) stage(s train.Stage) error {
	r.progress.Clear()
	if text := s.String(); text != "" {
		fmt.Fprintln(r.out, text)
	}
	return nil
}

// compare trains the network of the fine-tuned model from random weights too, and prints
// and saves the comparison.
func (r *runner) compare(ctx context.Context, tuned *train.Report, h *train.History) error {
	cfg := r.config
	p := runbar.New(io.Discard, r.bars, cfg.Epochs)
	cfg.Callbacks = []train.Callback{{Step: p.Step, Epoch: p.Epoch}}
	rows, err := train.FromScratch(ctx, r.model, r.frozen, r.sets.Training, r.sets.Validation, r.sets.Test, cfg)
	p.Clear()
	if err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	rows = append(train.Baselines{train.NewBaseline("fine-tuned", r.model, h, tuned)}, rows...)
	fmt.Fprint(r.out, rows)
	return r.folder.WriteBaselines(rows)
}
