package train

import (
	"context"
	"fmt"

	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/schedule"
)

// Rehearsal is the result of [DryRun].
type Rehearsal struct {
	Images     int // in the training step
	Loss       float64
	TestImages int // in the evaluation
	TestLoss   float64
}

// DryRun makes one training step and evaluates one batch of test images, to show that a run
// with these settings would begin. It refuses what the run would refuse. The model's
// parameters change.
func DryRun(ctx context.Context, m *model.Model, training, validation, test *data.Set, cfg Config) (*Rehearsal, error) {
	if err := CheckRun(m, training, validation, cfg); err != nil {
		return nil, err
	}
	// One step of one epoch, without what needs a validation set or another epoch.
	cfg = cfg.forOneEpoch()
	some, err := training.Limit(min(cfg.Batch*cfg.Accumulate, training.Len()))
	if err != nil {
		return nil, err
	}
	h, err := Fit(ctx, m, some, nil, cfg)
	if err != nil {
		return nil, err
	}
	if h.Interrupted {
		return nil, context.Cause(ctx)
	}
	few, err := test.Limit(min(cfg.Batch, test.Len()))
	if err != nil {
		return nil, err
	}
	score, err := Evaluate(ctx, m, few, cfg.Workers)
	if err != nil {
		return nil, err
	}
	return &Rehearsal{some.Len(), h.Epochs[0].TrainLoss, few.Len(), score.Loss}, nil
}

// CheckRun returns the error with which [New] would refuse the run.
func CheckRun(m *model.Model, training, validation *data.Set, cfg Config) error {
	t, err := New(m, training, validation, cfg)
	if err != nil {
		return err
	}
	return t.Close()
}

// forOneEpoch returns the settings without those that need a validation set or more than
// one epoch.
func (c Config) forOneEpoch() Config {
	c.Epochs, c.Schedule, c.Patience, c.UntilPercent, c.Unfreeze, c.Callbacks = 1, schedule.Schedule{}, 0, 0, Unfreezing{}, nil
	return c
}

// String returns what was done in one line.
func (r *Rehearsal) String() string {
	return fmt.Sprintf("one step on %d images, loss %.4f; evaluation of %d test images, loss %.4f", r.Images, r.Loss, r.TestImages, r.TestLoss)
}
