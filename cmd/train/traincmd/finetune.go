package traincmd

import (
	"context"
	"fmt"
	"io"

	"inkstone/cmd/internal/cli"
	"inkstone/cmd/internal/runbar"
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
func freeze(o *options, m *model.Model) (err error) {
	if o.freeze == "" && o.start.Path == "" {
		return nil
	}
	if o.freeze, err = train.FreezeList(m, o.freeze); err != nil {
		return cli.Usagef("-freeze: %w", err)
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
