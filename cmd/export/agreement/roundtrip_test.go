package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"inkstone/model"
	"inkstone/train/data/digits"
)

// TestRoundTrip checks that a model which is read from an ONNX file computes the same and gives
// the same file again, also after it has been saved as a model file.
func TestRoundTrip(t *testing.T) {
	pixels, _ := digits.Generate(5, vectorImages)
	logits := func(m *model.Model) []float32 {
		c, err := m.Classifier(vectorImages, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		v, err := c.Logits(vectorImages, func(i int) []byte { return pixels[784*i : 784*(i+1)] })
		if err != nil {
			t.Fatal(err)
		}
		return slices.Clone(v)
	}
	for _, p := range model.Presets() {
		if p.Name == "cnn" || p.Name == "best-without-dropout" {
			continue // large, without a layer that the others lack
		}
		m := vectorModel(t, p.Name)
		want := logits(m)
		options := []model.ONNXOptions{{}, {Normalize: true}, {Fold: true, Opset: 17}}
		if m.Params.Count() > 1e5 {
			options = options[:1]
		}
		for _, o := range options {
			var first, second, third bytes.Buffer
			if err := m.WriteONNX(&first, o); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			path, saved := filepath.Join(dir, "m.onnx"), filepath.Join(dir, "m.safetensors")
			if err := os.WriteFile(path, first.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			read, err := model.Load(path)
			if err != nil {
				t.Fatalf("%s: %v", p.Name, err)
			}
			if err := read.WriteONNX(&second, o); err != nil {
				t.Fatalf("%s: %v", p.Name, err)
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Errorf("%s with %+v: the file of the imported network differs, %d bytes and %d", p.Name, o, first.Len(), second.Len())
			}
			d, err := compareLogits(want, logits(read), 10)
			if err != nil || d.largest > tolerance || !o.Fold && d.largest != 0 {
				t.Errorf("%s with %+v: the logits differ by %v, %v", p.Name, o, d.largest, err)
			}
			if err := read.Save(saved); err != nil {
				t.Fatal(err)
			}
			again, err := model.Load(saved)
			if err != nil {
				t.Fatalf("%s: %v", p.Name, err)
			}
			if err := again.WriteONNX(&third, o); err != nil || !bytes.Equal(first.Bytes(), third.Bytes()) {
				t.Errorf("%s with %+v: the file of the saved network differs, %v", p.Name, o, err)
			}
		}
	}
}
