package traincmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/sets"
	"inkstone/train/report"
)

// rateSteps is the number of steps of the search for a learning rate: half an epoch of
// MNIST with the default batch.
const rateSteps = 400

// findRate suggests a learning rate and draws the curve that the suggestion comes from.
func findRate(ctx context.Context, c *command, all *sets.Sets, m *model.Model, out string, stdout io.Writer) error {
	if err := train.CheckRun(m, all.Training, all.Validation, c.config); err != nil {
		return err
	}
	curve, err := train.FindRate(ctx, m, all.Training, c.config, rateSteps)
	if err != nil {
		return err
	}
	picture, err := report.RateCurve(curve)
	if err != nil {
		return err
	}
	path := cmp.Or(out, defaultOut(m.Preset)) + "-find-lr.svg"
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := picture.Write(path); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s on %s, %s\n%scurve in %s\n", m.Preset, all.Training.Name(), c.config.Optimizer.Name, curve, path)
	return err
}

// dryRun does one step and one evaluation, and writes nothing.
func dryRun(ctx context.Context, c *command, all *sets.Sets, m *model.Model, stdout io.Writer) error {
	summary, err := m.Summary()
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, summary)
	r, err := train.DryRun(ctx, m, all.Training, all.Validation, all.Test, c.config)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "dry run: %s; nothing was written\n", r)
	return err
}
