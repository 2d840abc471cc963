package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/graph"
	"inkstone/model/onnx"
)

// TestLoadTorchONNX evaluates files that PyTorch has written. testdata/exporttorch.py makes them.
func TestLoadTorchONNX(t *testing.T) {
	var want []float64
	content, err := os.ReadFile("testdata/torch.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &want); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"torch.onnx", "torch-shapes.onnx"} {
		m, err := Load(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		e, err := graph.NewEvaluation(m.Params, m.Net(), m.Config(5, 1))
		if err != nil {
			t.Fatal(err)
		}
		for i := range e.Input().Data().([]float32) {
			e.Input().Data().([]float32)[i] = float32(math.Sin(float64(i)))
		}
		if err := e.Run(); err != nil {
			t.Fatal(err)
		}
		logits := e.Logits().Data().([]float32)
		for i, w := range want { // log-probabilities
			p := softmax(logits[i/10*10 : i/10*10+10])[i%10]
			if math.Abs(math.Log(p)-w) > 1e-5 {
				t.Errorf("%s: log-probability %d is %v, PyTorch has %v", name, i, math.Log(p), w)
			}
		}
		if notes := strings.Join(m.Notes(), "; "); !strings.Contains(notes, "does not name its classes") || !strings.Contains(notes, "0.1307") {
			t.Errorf("%s: the notes are %q", name, notes)
		}
		if err := m.Freeze("conv*"); err != nil {
			t.Errorf("%s: %v; the parameters are %v", name, err, m.Params.Names())
		}
		fresh, err := m.Fresh(7)
		if err != nil || fresh.Params.String() == "" || fresh.Params.Get("conv2.weight") == nil {
			t.Errorf("%s: a fresh model: %v, %v", name, fresh, err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// onnxBytes returns the ONNX file of a new model after a change.
func onnxBytes(t *testing.T, o ONNXOptions, change func(f *onnx.File)) []byte {
	t.Helper()
	m, err := New(Spec{Preset: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.onnxFile(o)
	if err != nil {
		t.Fatal(err)
	}
	change(f)
	var content bytes.Buffer
	if err := f.Write(&content); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

func TestLoadONNXRefuses(t *testing.T) {
	set := func(key, value string) func(f *onnx.File) {
		return func(f *onnx.File) {
			for i := range f.Metadata {
				if f.Metadata[i].Key == key {
					f.Metadata[i].Value = value
				}
			}
		}
	}
	for want, tc := range map[string]struct {
		is      error
		content []byte
	}{
		"cut off":                    {ErrDamaged, onnxBytes(t, ONNXOptions{}, func(*onnx.File) {})[:2000]},
		"no layer for this operator": {ErrOtherNetwork, onnxBytes(t, ONNXOptions{}, func(f *onnx.File) { f.Graph.Nodes[0].Op = "LSTM" })},
		"its images have 3 channels": {ErrOtherNetwork, onnxBytes(t, ONNXOptions{}, func(f *onnx.File) {
			f.Graph.Inputs[0].Shape[1].Size = 3
			f.Graph.Initializers[0].Shape[1] = 3
			f.Graph.Initializers[0].Data = make([]byte, 3*8*9*4)
		})},
		`inkstone.mean is "x"`:          {ErrDamaged, onnxBytes(t, ONNXOptions{}, set(keyMean, "x"))},
		"and 2 classes, the network of": {ErrMismatch, onnxBytes(t, ONNXOptions{}, set(keyClasses, `["a","b"]`))},
		"mean +Inf and the deviation":   {ErrOtherNetwork, onnxBytes(t, ONNXOptions{Normalize: true}, func(f *onnx.File) { f.Metadata = nil; clear(f.Graph.Initializers[0].Data) })},
		"tensor \"conv1.weight\" holds": {ErrDamaged, onnxBytes(t, ONNXOptions{}, func(f *onnx.File) { copy(f.Graph.Initializers[0].Data, "\xff\xff\xff\xff") })},
	} {
		path := filepath.Join(t.TempDir(), "bad.onnx")
		if err := os.WriteFile(path, tc.content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		if !errors.Is(err, tc.is) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("error is %v, want %v with %q", err, tc.is, want)
		}
	}
}
