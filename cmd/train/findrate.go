package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/report"
)

// rateSteps is how many steps the search for a learning rate takes: on MNIST with the
// usual batch half an epoch.
const rateSteps = 400

// findRate suggests a learning rate and draws the curve that it comes from.
func findRate(ctx context.Context, s *settings, d *sets, m *model.Model, stdout io.Writer) error {
	cfg, err := s.trainConfig()
	if err != nil {
		return err
	}
	c, err := train.FindRate(ctx, m, d.training, cfg, rateSteps)
	if err != nil {
		return err
	}
	img, err := report.RateCurve(c)
	if err != nil {
		return err
	}
	path := s.out + "-find-lr.png"
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := report.WritePNG(path, img); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s on %s, %s\n%scurve in %s\n", m.Preset, d.training.Name(), s.optimizer, c, path)
	return err
}
