package traincmd

import (
	"context"
	"fmt"
	"io"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/sets"
	"inkstone/train/schedule"
)

// dryRun does one step and one evaluation, and writes nothing.
func dryRun(ctx context.Context, c *command, all *sets.Sets, m *model.Model, stdout io.Writer) error {
	summary, err := m.Summary()
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, summary)
	// One step of one epoch, without what needs a validation set.
	cfg := c.config
	cfg.Epochs, cfg.Schedule, cfg.Patience, cfg.UntilPercent, cfg.Unfreeze = 1, schedule.Schedule{}, 0, 0, train.Unfreezing{}
	some, err := all.Training.Limit(min(cfg.Batch*cfg.Accumulate, all.Training.Len()))
	if err != nil {
		return err
	}
	h, err := train.Fit(ctx, m, some, nil, cfg)
	if err != nil {
		return err
	}
	few, err := all.Test.Limit(min(cfg.Batch, all.Test.Len()))
	if err != nil {
		return err
	}
	score, err := train.Evaluate(ctx, m, few, cfg.Workers)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "dry run: one step on %d images, loss %.4f; evaluation of %d test images, loss %.4f; nothing was written\n",
		some.Len(), h.Epochs[0].TrainLoss, few.Len(), score.Loss)
	return err
}
