package traincmd

import (
	"context"
	"fmt"
	"io"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/sets"
)

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
