package traincmd

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

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
	if err := r.folder.Baselines(rows); err != nil {
		return err
	}
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "test accuracy\ts per epoch\tepochs\ttrainable\t  start")
	for _, b := range rows {
		fmt.Fprintf(w, "%.2f %%\t%.2f\t%d\t%d\t  %s\n", 100*b.TestAccuracy, b.SecondsPerEpoch, b.Epochs, b.Trainable, b.Start)
	}
	return w.Flush()
}
