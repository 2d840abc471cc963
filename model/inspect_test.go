package model

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/graph"
	"inkstone/model/safetensors"
)

func TestInspect(t *testing.T) {
	m, err := New(Spec{Preset: "fast", Classes: []string{"a", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.file()
	if err != nil {
		t.Fatal(err)
	}
	var npz, plain, onnx, wrapped, partial, checkpoint bytes.Buffer
	write := func(b *bytes.Buffer, f *safetensors.File) {
		if err := f.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	write(&plain, f)
	if err := m.WriteNPZ(&npz); err != nil {
		t.Fatal(err)
	}
	if err := m.WriteONNX(&onnx, ONNXOptions{}); err != nil {
		t.Fatal(err)
	}
	foreign := &safetensors.File{}
	for _, x := range f.Tensors {
		x.Name = "_orig_mod." + x.Name
		foreign.Tensors = append(foreign.Tensors, x)
	}
	write(&wrapped, foreign)
	foreign.Tensors = foreign.Tensors[1:]
	foreign.Metadata = nil
	write(&partial, foreign)
	write(&checkpoint, &safetensors.File{Metadata: map[string]string{keyCheckpoint: "2"}})
	for name, tc := range map[string]struct {
		content []byte
		want    []string
	}{
		"model":      {plain.Bytes(), []string{"safetensors file of Inkstone: 6 tensors", `inkstone.classes = ["a","b"]`, "fits fast: all 6 parameters", "conv1.weight  F32   16x1x5x5"}},
		"npz":        {npz.Bytes(), []string{"archive of NumPy (.npz) of Inkstone", "fits fast: all 6 parameters"}},
		"onnx":       {onnx.Bytes(), []string{"ONNX file, opset 13, by inkstone", "images float32 [batch 1 28 28]", "Inkstone can build the network", "fits fast: all 6 parameters", `Gemm "fc1" reads flatten1, fc1.weight, fc1.bias`}},
		"wrapped":    {wrapped.Bytes(), []string{"of another program", `fits fast: all 6 parameters, without the prefix "_orig_mod." of the names`}},
		"partial":    {partial.Bytes(), []string{`fits fast: 5 of 6 parameters, without the prefix "_orig_mod." of the names; missing conv1.weight`}},
		"checkpoint": {checkpoint.Bytes(), []string{"checkpoint of a run: 0 tensors with 0 elements"}},
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, tc.content, 0o600); err != nil {
			t.Fatal(err)
		}
		x, err := Inspect(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range tc.want {
			if !strings.Contains(x.String(), want) {
				t.Errorf("%s: no %q in\n%s", name, want, x)
			}
		}
	}
	if d := describeTensor(&f.Tensors[1]); d.Name != "conv1.bias" || d.Zeros != 16 || d.Std != 0 {
		t.Errorf("the statistics of a bias of zeros are %+v", d)
	}
}

// TestNPZ loads a model from an archive, and starts from one without metadata.
func TestNPZ(t *testing.T) {
	m, err := New(Spec{Preset: "tiny", Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tiny.npz")
	var first, second bytes.Buffer
	if err := m.WriteNPZ(&first); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, first.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := read.WriteNPZ(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("the archive differs after another round, %v", err)
	}
	if read, _, err = (Start{Path: path, Preset: "tiny"}).Load(); err != nil {
		t.Fatal(err)
	}
	same := func(p *graph.Param) bool { return bytes.Equal(f32(p), f32(m.Params.Get(p.Name()))) }
	for _, p := range read.Params.All() {
		if !same(p) {
			t.Errorf("%s differs", p.Name())
		}
	}
}

func f32(p *graph.Param) []byte {
	t := safetensors.Float32("", p.PortableShape(), p.Portable())
	return t.Data
}
