package model

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWriteInt8 compares the probabilities of a network with 8-bit integers with those of the model.
func TestWriteInt8(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	pixels := make([]byte, 20*784)
	for i := range pixels {
		pixels[i] = byte(r.IntN(256))
	}
	image := func(i int) []byte { return pixels[784*i : 784*(i+1)] }
	for preset, o := range map[string]ONNXOptions{"tiny": {}, "lenet5": {Normalize: true}, "resnet": {Opset: 17}} {
		m, err := New(Spec{Preset: preset, Seed: 2})
		if err != nil {
			t.Fatal(err)
		}
		var first, second bytes.Buffer
		for _, b := range []*bytes.Buffer{&first, &second} {
			if err := m.WriteInt8(b, o, 20, image); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: the same model gives another file", preset)
		}
		path := filepath.Join(t.TempDir(), "int8.onnx")
		if err := os.WriteFile(path, first.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		quantized, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		var logits [2][]float32
		for k, m := range []*Model{m, quantized} {
			c, err := m.Classifier(20, 1)
			if err != nil {
				t.Fatal(err)
			}
			v, err := c.Logits(20, image)
			if err != nil {
				t.Fatal(err)
			}
			logits[k] = slices.Clone(v)
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		largest, gap := 0.0, 0.0
		for i, v := range logits[0] {
			largest, gap = max(largest, math.Abs(float64(v))), max(gap, math.Abs(float64(v-logits[1][i])))
		}
		if gap == 0 || gap > 0.05*largest {
			t.Errorf("%s: the logits differ by %v, the largest is %v", preset, gap, largest)
		}
		if err := quantized.WriteONNX(&second, ONNXOptions{}); err == nil || !strings.Contains(err.Error(), `quantize "quantize1": a custom operation has no ONNX form`) {
			t.Errorf("error is %v, want one that names quantize1", err)
		}
	}
	m, err := New(Spec{Preset: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.WriteInt8(&bytes.Buffer{}, ONNXOptions{}, 0, image); err == nil {
		t.Error("no error without images")
	}
}
