package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph"
	"inkstone/model"
	"inkstone/model/onnx"
	"inkstone/train/data/digits"
)

var (
	update = flag.Bool("update", false, "write testdata/vectors.json with PyTorch")
	python = flag.String("python", "python3", "Python program with torch and onnx, for -update")
)

const vectorsFile = "testdata/vectors.json"

// vector holds what PyTorch computes from a network.
type vector struct {
	Logits    []float32
	Loss      float64
	Gradients map[string]gradient
}

// gradient is a summary of the gradient with respect to a parameter, in the order of files.
type gradient struct {
	Largest, Norm float64
	Sample        []float32 // up to sampled elements, evenly spread
}

const sampled = 12

func summarize(g []float32) gradient {
	s := gradient{}
	for _, v := range g {
		s.Largest = max(s.Largest, abs(v))
		s.Norm += float64(v) * float64(v)
	}
	s.Norm = math.Sqrt(s.Norm)
	for i := range min(sampled, len(g)) {
		s.Sample = append(s.Sample, g[i*len(g)/min(sampled, len(g))])
	}
	return s
}

// The networks of the vectors do not drop entries, because PyTorch would drop others.
var _ = model.Register("best-without-dropout", "the preset best for gradients", func(b *graph.Builder, x *graph.Node) *graph.Node {
	for i, filters := range []int{32, 32, 64, 64, 128, 128} {
		name := string(rune('1' + i))
		x = b.Conv("conv"+name, x, filters, 3, graph.Pad([]int{0, 0, 1, 1, 0, 0}[i]), graph.NoBias)
		if i == 1 || i == 3 {
			x = b.MaxPool(x, 2)
		}
		x = b.ReLU(b.BatchNorm("bn"+name, x))
	}
	return b.Dense("fc1", b.Flatten(x), b.Classes())
})

const vectorImages = 8

// vectorModel returns a model whose parameters are all random, statistics included.
func vectorModel(t *testing.T, name string) *model.Model {
	t.Helper()
	m, err := model.New(model.Spec{Preset: name, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, p := range m.Params.All() {
		if p.Value().Dims() > 1 {
			continue
		}
		v := p.Value().Data().([]float32)
		for i := range v {
			v[i] = float32(r.NormFloat64() / 4)
			if strings.HasSuffix(p.Name(), "_var") || strings.HasSuffix(p.Name(), ".weight") {
				v[i] = 0.5 + r.Float32()
			}
		}
	}
	return m
}

func writeModel(t *testing.T, m *model.Model) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), m.Preset+".onnx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := m.WriteONNX(f, model.ONNXOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

func vectorInputs(m *model.Model) (images []float32, labels []int32) {
	pixels, classes := digits.Generate(5, vectorImages)
	images = make([]float32, len(pixels))
	m.Normalizer()(images, pixels)
	for _, c := range classes {
		labels = append(labels, int32(c))
	}
	return images, labels
}

// TestVectors compares logits, the loss and gradients with those that PyTorch has computed.
// With -update it runs PyTorch.
func TestVectors(t *testing.T) {
	stored := map[string]vector{}
	if !*update {
		content, err := os.ReadFile(vectorsFile)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, &stored); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range model.Presets() {
		t.Run(p.Name, func(t *testing.T) {
			m := vectorModel(t, p.Name)
			if *update {
				stored[p.Name] = torchVector(t, m)
			}
			want, ok := stored[p.Name]
			if !ok {
				t.Fatalf("%s has no vector: run this test with -update", vectorsFile)
			}
			checkLogits(t, m, want)
			checkGradients(t, m, want)
		})
	}
	if *update {
		content, err := json.Marshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vectorsFile, append(content, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// torchVector runs PyTorch on the ONNX file of a model.
func torchVector(t *testing.T, m *model.Model) (v vector) {
	t.Helper()
	dir, path := t.TempDir(), writeModel(t, m)
	images, labels := vectorInputs(m)
	in, classes, logits, grads := filepath.Join(dir, "images"), filepath.Join(dir, "labels"), filepath.Join(dir, "logits"), filepath.Join(dir, "gradients")
	codes := make([]float32, len(labels))
	for i, l := range labels {
		codes[i] = math.Float32frombits(uint32(l))
	}
	for file, values := range map[string][]float32{in: images, classes: codes} {
		if err := os.WriteFile(file, floatBytes(values), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"torchrun.py", "logits", in, "28", "28", path, logits},
		{"torchrun.py", "gradients", in, classes, "28", "28", path, grads},
	} {
		if text, err := exec.CommandContext(t.Context(), *python, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, text)
		}
	}
	read := func(file string) []float32 {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return floats(b)
	}
	v.Logits, v.Gradients = read(logits), map[string]gradient{}
	all := read(grads)
	v.Loss, all = float64(all[0]), all[1:]
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := onnx.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range f.Graph.Initializers {
		if x.Type != onnx.Float32 {
			continue
		}
		n := len(x.Data) / 4
		if p := m.Params.Get(x.Name); p != nil && !p.Statistic() {
			v.Gradients[x.Name] = summarize(all[:n])
		}
		all = all[n:]
	}
	return v
}

func checkLogits(t *testing.T, m *model.Model, want vector) {
	t.Helper()
	pixels, _ := digits.Generate(5, vectorImages)
	c, err := m.Classifier(vectorImages, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	logits, err := c.Logits(vectorImages, func(i int) []byte { return pixels[784*i : 784*(i+1)] })
	if err != nil {
		t.Fatal(err)
	}
	d, err := compareLogits(want.Logits, logits, len(m.Classes))
	if err != nil || d.largest > tolerance || d.other > 0 {
		t.Errorf("logits differ from PyTorch's by %.1e, %d other digits, %v", d.largest, d.other, err)
	}
}

// checkGradients compares the gradients of a training step with PyTorch's. A gradient that is 0
// but for rounding, such as that of a bias before a batch normalization, is compared in terms of the
// largest gradient of the network.
func checkGradients(t *testing.T, m *model.Model, want vector) {
	t.Helper()
	if m.Preset == "best" || m.Preset == "grouped" {
		return // dropout
	}
	s, err := graph.NewTraining(m.Params, m.Net(), m.Config(vectorImages, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	images, labels := vectorInputs(m)
	copy(s.Input().Data().([]float32), images)
	copy(s.Labels(), labels)
	loss, err := s.Step(vectorImages, 1)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(loss-want.Loss) > tolerance*max(1, want.Loss) {
		t.Errorf("loss %v, PyTorch has %v", loss, want.Loss)
	}
	// A file with the gradients in place of the parameters has them in the order of files.
	for _, n := range s.Learned() {
		g, err := n.Grad()
		if err != nil {
			t.Fatal(err)
		}
		p := m.Params.Get(n.(*gorgonia.Node).Name())
		copy(p.Value().Data().([]float32), g.(*tensor.Dense).Data().([]float32))
	}
	left := maps.Clone(want.Gradients)
	all := 0.0
	for _, g := range want.Gradients {
		all = max(all, g.Largest)
	}
	for name, have := range gradients(t, m) {
		w, ok := want.Gradients[name]
		if !ok {
			t.Errorf("%s: PyTorch has no gradient", name)
		}
		bound := tolerance * max(w.Largest, all/100)
		if math.Abs(have.Norm-w.Norm) > bound*math.Sqrt(float64(m.Params.Get(name).Len())) {
			t.Errorf("%s: norm of the gradient %v, PyTorch has %v", name, have.Norm, w.Norm)
		}
		for i, v := range w.Sample {
			if abs(have.Sample[i]-v) > bound {
				t.Errorf("%s: gradient %v, PyTorch has %v; the largest is %v", name, have.Sample[i], v, w.Largest)
			}
		}
		delete(left, name)
	}
	if len(left) > 0 {
		t.Errorf("PyTorch has gradients of %d more parameters", len(left))
	}
}

// gradients summarizes the parameters of the ONNX file of a model.
func gradients(t *testing.T, m *model.Model) map[string]gradient {
	t.Helper()
	var content bytes.Buffer
	if err := m.WriteONNX(&content, model.ONNXOptions{}); err != nil {
		t.Fatal(err)
	}
	f, err := onnx.Parse(content.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]gradient{}
	for _, x := range f.Graph.Initializers {
		if p := m.Params.Get(x.Name); p != nil && !p.Statistic() {
			list[x.Name] = summarize(floats(x.Data))
		}
	}
	return list
}
