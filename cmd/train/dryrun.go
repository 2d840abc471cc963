package main

import (
	"context"
	"fmt"
	"io"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/schedule"
)

// dryRun does a bit of everything that a run does, and writes nothing.
func dryRun(ctx context.Context, s *settings, d *sets, m *model.Model, stdout io.Writer) error {
	summary, err := m.Summary()
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, summary)
	cfg, err := s.trainConfig()
	if err != nil {
		return err
	}
	// One step of one epoch, without what needs a validation set.
	cfg.Epochs, cfg.Schedule, cfg.Patience, cfg.Until = 1, schedule.Schedule{}, 0, 0
	some, err := d.training.Limit(min(cfg.Batch*cfg.Accumulate, d.training.Len()))
	if err != nil {
		return err
	}
	h, err := train.Fit(ctx, m, some, nil, cfg)
	if err != nil {
		return err
	}
	few, err := d.test.Limit(min(s.batch, d.test.Len()))
	if err != nil {
		return err
	}
	score, err := train.Evaluate(ctx, m, few, s.workers)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "dry run: a step on %d images had the loss %.4f, then %d test images %.4f; nothing was written\n",
		some.Len(), h.Epochs[0].TrainLoss, few.Len(), score.Loss)
	return err
}
