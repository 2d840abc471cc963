package traincmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train/runfolder"
)

// TestFineTuneONNX fine-tunes an ONNX file for fewer classes, stops, and resumes.
func TestFineTuneONNX(t *testing.T) {
	dir := t.TempDir()
	m, err := model.New(model.Spec{Preset: "tiny", Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	var content bytes.Buffer
	if err := m.WriteONNX(&content, model.ONNXOptions{}); err != nil {
		t.Fatal(err)
	}
	file, out := filepath.Join(dir, "tiny.onnx"), filepath.Join(dir, "run")
	if err := os.WriteFile(file, content.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	args := []string{"-finetune", file, "-data", digitsFolder(t, 300), "-dataset", "mnist", "-classes", "0-4", "-limit", "150", "-epochs", "1", "-baseline", "-out", out}
	if err := Run(t.Context(), args, &stdout, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if err := os.Remove(file); err != nil { // the run folder keeps the network
		t.Fatal(err)
	}
	if err := Run(t.Context(), []string{"-resume", out, "-epochs", "2"}, &stdout, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	tuned, err := model.Load(runfolder.ModelPath(out))
	if err != nil {
		t.Fatal(err)
	}
	if tuned.Preset != model.ImportedPreset || len(tuned.Classes) != 5 || !strings.Contains(stdout.String(), "frozen") {
		t.Errorf("%s, printed\n%s", tuned, stdout.String())
	}
	frozen := tuned.Params.Get("conv3.weight").Portable()
	for i, v := range m.Params.Get("conv3.weight").Portable() {
		if frozen[i] != v {
			t.Fatalf("conv3.weight has %v at %d, want %v: it is frozen", frozen[i], i, v)
		}
	}
}
