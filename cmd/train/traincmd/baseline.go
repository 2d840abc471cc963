package traincmd

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"inkstone/internal/table"
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
	rows = append([]train.Baseline{train.NewBaseline("fine-tuned", r.model, h, tuned)}, rows...)
	if err := r.folder.WriteBaselines(rows); err != nil {
		return err
	}
	columns := append(table.Columns(0, "test accuracy", "s per epoch", "epochs", "trainable"), table.Column{Head: "start"})
	t := &table.Table{Indent: "  ", Columns: columns}
	for _, b := range rows {
		t.Add(fmt.Sprintf("%.2f %%", 100*b.TestAccuracy), fmt.Sprintf("%.2f", b.SecondsPerEpoch), strconv.Itoa(b.Epochs), strconv.Itoa(b.Trainable), b.Start)
	}
	_, err = io.WriteString(r.out, t.String())
	return err
}
