package traincmd

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"inkstone/train"
	"inkstone/train/data/sets"
)

// trainProgram is the program of the README.
func trainProgram(ctx context.Context, path string) error {
	cfg, selection := train.Recipe("fast")               // what -model fast stands for
	selection.Dataset, selection.Limit = "builtin", 1200 // -dataset builtin -limit 1200; without this line MNIST
	cfg.Epochs, cfg.Optimizer.LearningRate = 1, 0.01     // -epochs 1 -lr 0.01

	images, err := sets.Load(ctx, selection, cfg.Seed, sets.Options{})
	if err != nil {
		return err
	}
	m, err := train.NewModel("fast", images.Training, cfg.Seed)
	if err != nil {
		return err
	}
	if _, err := train.Fit(ctx, m, images.Training, images.Validation, cfg); err != nil {
		return err
	}
	test, err := train.Evaluate(ctx, m, images.Test, cfg.Workers)
	if err != nil {
		return err
	}
	m.Accuracy = test.Accuracy
	return m.Save(path)
}

// The program and the command write the same model file.
func TestProgramAndCommandAgree(t *testing.T) {
	path, dir := filepath.Join(t.TempDir(), "model.safetensors"), filepath.Join(t.TempDir(), "run")
	if err := trainProgram(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "-model", "fast", "-dataset", "builtin", "-limit", "1200", "-epochs", "1", "-lr", "0.01", "-out", dir)
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(program, modelBytes(t, dir)) {
		t.Error("the model files differ")
	}
}
