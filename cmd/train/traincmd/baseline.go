package traincmd

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"inkstone/internal/table"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/runfolder"
)

// compare trains the network of a fine-tuned model from random weights, on the same
// images for as many epochs: all of it, and with the same part frozen. The table shows
// what the trained model to start from is worth.
func (r *runner) compare(ctx context.Context, tuned *train.Report, h *train.History) error {
	rows := []runfolder.Baseline{{
		Start: "fine-tuned", Trainable: r.model.Freezing().Trainable, TestAccuracy: tuned.Accuracy,
		SecondsPerEpoch: h.TrainSeconds / float64(len(h.Epochs)), Epochs: len(h.Epochs),
	}}
	for _, b := range []struct {
		start  string
		frozen bool
	}{{"from scratch, all trained", false}, {"from scratch, the same part frozen", true}} {
		m, err := model.New(model.Spec{
			Preset: r.model.Preset, Seed: r.config.Seed, Height: r.model.Height, Width: r.model.Width,
			Classes: r.model.Classes, Mean: r.model.Mean, Std: r.model.Std,
		})
		if err != nil {
			return err
		}
		cfg := r.config
		if b.frozen {
			if err := freeze(&r.options, m); err != nil {
				return err
			}
		} else {
			cfg.Unfreeze = train.Unfreezing{}
		}
		p := &progress{out: io.Discard, bars: r.bars, epochs: cfg.Epochs}
		cfg.Callbacks = []train.Callback{{Step: p.step, Epoch: p.epoch}}
		h, err := train.Fit(ctx, m, r.sets.Training, r.sets.Validation, cfg)
		p.clear()
		if err != nil {
			return fmt.Errorf("baseline %s: %w", b.start, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		score, err := train.Evaluate(ctx, m, r.sets.Test, cfg.Workers)
		if err != nil {
			return err
		}
		rows = append(rows, runfolder.Baseline{
			Start: b.start, Trainable: m.Freezing().Trainable, TestAccuracy: score.Accuracy,
			SecondsPerEpoch: h.TrainSeconds / float64(len(h.Epochs)), Epochs: len(h.Epochs),
		})
	}
	if err := r.folder.WriteBaselines(rows); err != nil {
		return err
	}
	columns := append(table.Columns(0, "test accuracy", "s per epoch", "epochs", "trainable"), table.Column{Head: "start"})
	t := &table.Table{Indent: "  ", Columns: columns}
	for _, b := range rows {
		t.Add(fmt.Sprintf("%.2f %%", 100*b.TestAccuracy), fmt.Sprintf("%.2f", b.SecondsPerEpoch), strconv.Itoa(b.Epochs), strconv.Itoa(b.Trainable), b.Start)
	}
	_, err := io.WriteString(r.out, t.String())
	return err
}
