package traincmd

import (
	"context"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"

	"inkstone/internal/atomicfile"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/sets"
)

// rateSteps is the number of steps of the search for a learning rate: half an epoch of
// MNIST with the default batch.
const rateSteps = 400

// findRate suggests a learning rate and draws the curve that the suggestion comes from.
func findRate(ctx context.Context, c *command, all *sets.Sets, m *model.Model, out string, stdout io.Writer) error {
	curve, err := train.FindRate(ctx, m, all.Training, c.config, rateSteps)
	if err != nil {
		return err
	}
	img, err := curve.Image()
	if err != nil {
		return err
	}
	path := out + "-find-lr.png"
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, img) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s on %s, %s\n%scurve in %s\n", m.Preset, all.Training.Name(), c.config.Optimizer.Name, curve, path)
	return err
}
