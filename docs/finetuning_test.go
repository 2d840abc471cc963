package docs_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/sets"
)

// fineTune trains the model in the file from for the selected images, with its
// convolutions frozen, and saves it in the file to.
func fineTune(ctx context.Context, selection data.Selection, from, to string) error {
	images, err := sets.Load(ctx, selection, 1, sets.Options{})
	if err != nil {
		return err
	}
	start := model.Start{Path: from, Classes: images.Training.Classes(), Seed: 1}
	m, transfer, err := start.Load() // transfer says what was loaded
	if err != nil {
		return err
	}
	if err := m.Freeze(); err != nil { // the convolutions; m.Freezing() prints a table
		return err
	}
	cfg := train.FineTuningRecipe(transfer)
	if _, err := train.Fit(ctx, m, images.Training, images.Validation, cfg); err != nil {
		return err
	}
	test, err := train.Evaluate(ctx, m, images.Test, cfg.Workers)
	if err != nil {
		return err
	}
	m.Accuracy = test.Accuracy
	return m.Save(to)
}

// The program in finetuning.md and the command write the same model file.
func TestFineTuningProgramAndCommandAgree(t *testing.T) {
	source := read(t, "finetuning_test.go")
	for _, b := range blocks(read(t, "finetuning.md")) {
		if !strings.Contains(source, b) {
			t.Errorf("finetuning_test.go lacks the code\n%s", b)
		}
	}
	dir := t.TempDir()
	train := func(args ...string) {
		t.Helper()
		cmd := trainProcess(dir, slices.Concat(args, []string{"-dataset", "builtin", "-limit", "300"})...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("train %v: %v\n%s", args, err, out)
		}
	}
	train("-model", "fast", "-epochs", "1", "-out", "first")
	train("-finetune", "first", "-out", "second")
	selection := data.DefaultSelection()
	selection.Dataset, selection.Limit = "builtin", 300
	path := filepath.Join(dir, "program.safetensors")
	if err := fineTune(t.Context(), selection, filepath.Join(dir, "first", "model.safetensors"), path); err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	command, err := os.ReadFile(filepath.Join(dir, "second", "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(program, command) {
		t.Error("the model files differ")
	}
}
