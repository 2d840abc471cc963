package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/model/onnx"
)

// savedModel returns the path of a model file with initial parameters.
func savedModel(t *testing.T, preset string) string {
	t.Helper()
	m, err := model.New(model.Spec{Preset: preset, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	m.Dataset, m.Accuracy = "mnist", 0.5
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExportONNX(t *testing.T) {
	in, dir := savedModel(t, "tiny"), t.TempDir()
	var files [][]byte
	for _, flags := range [][]string{nil, nil, {"-normalize"}, {"-fold", "-opset", "17", "-license", "CC0-1.0"}} {
		out := filepath.Join(dir, "tiny.onnx")
		var stdout, stderr bytes.Buffer
		if err := run(t.Context(), append([]string{"-model", in, "-out", out}, flags...), &stdout, &stderr); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, content)
		if !strings.Contains(stdout.String(), "tiny.onnx: tiny: 28x28x1 to 10 classes") {
			t.Errorf("stdout is %q", stdout.String())
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the same model gives different files")
	}
	plain, normalized, folded := parsed(t, files[0]), parsed(t, files[2]), parsed(t, files[3])
	for key, want := range map[string]string{
		"inkstone.classes": `["0","1","2","3","4","5","6","7","8","9"]`, "inkstone.mean": "0.1307", "inkstone.std": "0.3081",
		"inkstone.dataset": "mnist", "inkstone.accuracy": "0.5", "model_license": "", "Image.NominalPixelRange": "",
	} {
		if have := plain.Get(key); have != want {
			t.Errorf("%s is %q, want %q", key, have, want)
		}
	}
	if plain.Opset != 13 || plain.IRVersion != 8 || plain.Graph.Inputs[0].Shape[0].Name != "batch" {
		t.Errorf("opset %d, IR version %d, input %v", plain.Opset, plain.IRVersion, plain.Graph.Inputs[0])
	}
	if normalized.Get("Image.NominalPixelRange") != "NominalRange_0_255" || normalized.Graph.Nodes[1].Name != "normalize" {
		t.Errorf("range %q, second node %v", normalized.Get("Image.NominalPixelRange"), &normalized.Graph.Nodes[1])
	}
	if folded.Opset != 17 || folded.Get("model_license") != "CC0-1.0" {
		t.Errorf("opset %d, license %q", folded.Opset, folded.Get("model_license"))
	}
	for _, n := range folded.Graph.Nodes {
		if n.Op == "BatchNormalization" && n.Name != "bn2" && n.Name != "bn4" { // these follow a pooling
			t.Errorf("%s is not folded", &n)
		}
	}
}

func parsed(t *testing.T, content []byte) *onnx.File {
	t.Helper()
	f, err := onnx.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestExportRefuses(t *testing.T) {
	in := savedModel(t, "tiny")
	for _, tc := range []struct {
		args []string
		want string
	}{
		{nil, "-model is missing"},
		{[]string{"-model", in}, "-out is missing"},
		{[]string{"-model", in, "-out", "x.pt"}, `-format is "pt"`},
		{[]string{"-model", in, "-out", "x.onnx", "-opset", "12"}, "-opset is 12, want 13 to 17"},
		{[]string{"-model", in, "-out", "x.onnx", "more"}, `unexpected argument "more"`},
		{[]string{"-model", "absent", "-out", "x.onnx"}, "absent"},
	} {
		var out bytes.Buffer
		if err := run(t.Context(), tc.args, &out, &out); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: error is %v, want %q", tc.args, err, tc.want)
		}
	}
}
