package model

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/internal/oneline"
)

// addModelFiles adds model files of each format to a corpus.
func addModelFiles(f *testing.F) {
	m, err := New(Spec{Preset: "tiny"})
	if err != nil {
		f.Fatal(err)
	}
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add(file.Bytes()[:200])
	var onnx, npz bytes.Buffer
	if err := m.WriteONNX(&onnx, ONNXOptions{Fold: true}); err != nil {
		f.Fatal(err)
	}
	if err := m.WriteNPZ(&npz); err != nil {
		f.Fatal(err)
	}
	f.Add(onnx.Bytes())
	f.Add(npz.Bytes())
	for _, name := range []string{"torch.onnx", "torch-shapes.onnx"} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
}

// Whatever a file holds, inspect describes it in lines without control characters, or returns an error.
func FuzzInspect(f *testing.F) {
	addModelFiles(f)
	models := presetModels()
	f.Fuzz(func(t *testing.T, content []byte) {
		i, err := inspect(content, func() []*Model { return models })
		if err != nil {
			return
		}
		for line := range strings.Lines(i.String()) {
			if err := oneline.Check(strings.TrimSuffix(line, "\n")); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Whatever a model file holds, Load returns a model that writes itself again, or an error.
func FuzzLoad(f *testing.F) {
	addModelFiles(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		m, err := Parse(content)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := m.Write(&out); err != nil {
			t.Fatal(err)
		}
		if err := oneline.Check(m.String()); err != nil {
			t.Fatal(err)
		}
	})
}

// Whatever the metadata of a model file say, their network is made or refused.
func FuzzMetadata(f *testing.F) {
	f.Add("1", "tiny", "[28,28,1]", `["0","1"]`, "0.1", "0.3", "mnist", "0.9")
	f.Add("1", "resnet", "[2,2,1]", `["0","1"]`, "0.1", "0.3", "", "0")
	f.Add("2", "cnn", "[-1,9999999,1]", `["a\nb",""]`, "nan", "-inf", "\x1b", "1e400")
	f.Fuzz(func(t *testing.T, version, preset, input, classes, mean, std, dataset, accuracy string) {
		spec, _, err := parseMetadata(map[string]string{keyVersion: version, keyPreset: preset, keyInput: input, keyClasses: classes, keyMean: mean, keyStd: std, keyDataset: dataset, keyAccuracy: accuracy})
		if err != nil {
			return
		}
		for _, name := range append(spec.Classes, dataset) {
			if err := oneline.Check(name); err != nil {
				t.Fatal(err)
			}
		}
		if len(spec.Classes) > 20 || spec.Height*spec.Width > 1<<12 {
			return // slow, not wrong
		}
		m, err := build(spec, 1<<20)
		if err == nil && (m.Height != spec.Height || !strings.Contains(m.String(), spec.Preset)) {
			t.Fatalf("%+v gives %s", spec, m)
		}
	})
}
