package traincmd

import (
	"context"
	"fmt"
	"io"

	"inkstone/train"
)

// compare trains the network of the fine-tuned model from random weights too, and prints
// and saves the comparison.
func (r *runner) compare(ctx context.Context, tuned *train.Report, h *train.History) error {
	cfg := r.config
	p := &progress{out: io.Discard, bars: r.bars, epochs: cfg.Epochs}
	cfg.Callbacks = []train.Callback{{Step: p.step, Epoch: p.epoch}}
	rows, err := train.FromScratch(ctx, r.model, r.frozen, r.sets.Training, r.sets.Validation, r.sets.Test, cfg)
	p.clear()
	if err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	rows = append(train.Baselines{train.NewBaseline("fine-tuned", r.model, h, tuned)}, rows...)
	fmt.Fprint(r.out, rows)
	return r.folder.WriteBaselines(rows)
}
