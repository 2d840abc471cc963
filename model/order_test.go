package model

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph"
	"inkstone/model/safetensors"
)

// branches is a network whose parameters have another order in files of version 1: the
// flattened maps are concatenated and scaled.
func branches(b *graph.Builder, x *graph.Node) *graph.Node {
	y, z := b.Tanh(b.Conv("conv1", x, 3, 3)), b.Tanh(b.Conv("conv2", x, 2, 3, graph.Stride(2)))
	x = b.BatchNorm("bn1", b.Concat(b.Flatten(y), b.Flatten(z)))
	w := b.Param("scale1.weight", graph.HeNormal, 1, x.Shape()[1])
	x = gorgonia.Must(gorgonia.BroadcastHadamardProd(x, w, nil, []byte{0}))
	return b.Dense("fc1", x, b.Classes())
}

// mixed reshapes flattened maps so that the order of their units in PyTorch is unknown.
func mixed(b *graph.Builder, x *graph.Node) *graph.Node {
	n := x.Shape()[0]
	x = b.Flatten(b.Conv("conv1", x, 4, 3)) // 4x3x4
	x = b.Tanh(gorgonia.Must(gorgonia.Reshape(x, tensor.Shape{n, 8, 6})))
	return b.Dense("fc1", gorgonia.Must(gorgonia.Reshape(x, tensor.Shape{n, 48})), b.Classes())
}

// newSmall returns a model for images of 6x5.
func newSmall(t *testing.T, preset string) *Model {
	t.Helper()
	m, err := New(Spec{Preset: preset, Seed: 3, Height: 6, Width: 5, Classes: []string{"a", "b", "c"}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// smallLogits returns the logits of m for an image of 6x5.
func smallLogits(t *testing.T, m *Model) []float32 {
	t.Helper()
	c, err := m.Classifier(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	logits, err := c.Logits(1, func(int) []byte {
		p := make([]byte, 30)
		for i := range p {
			p[i] = byte(37 * i)
		}
		return p
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(logits)
}

// TestReadsVersion1 reads a file that a program of version 1 wrote, of a network whose
// parameters have another order in version 2. The logits are those that it printed.
func TestReadsVersion1(t *testing.T) {
	register(t, "branches", branches)
	path := filepath.Join("testdata", "version1-branches.safetensors")
	loaded, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	started, _, err := Start{Path: path, Head: "keep"}.Load()
	if err != nil {
		t.Fatal(err)
	}
	want := []float32{0.6898862, -1.5892886, -0.16171367}
	for _, m := range []*Model{loaded, started} {
		for i, v := range smallLogits(t, m) {
			if math.Abs(float64(v-want[i])) > 1e-5 {
				t.Errorf("logit %d is %v, want %v", i, v, want[i])
			}
		}
		if notes := m.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "no checksum") {
			t.Errorf("notes %q, want one that the file has no checksum", notes)
		}
	}
}

// TestFileVersion checks that files have version 2 only if programs of version 1 would read
// another order, and that such files are read in PyTorch's order.
func TestFileVersion(t *testing.T) {
	for _, p := range Presets() {
		if v := fresh(t, p.Name).fileVersion(); v != 1 {
			t.Errorf("%s: files have version %d, want 1, which older programs read", p.Name, v)
		}
	}
	register(t, "branches", branches)
	m := newSmall(t, "branches")
	path := filepath.Join(t.TempDir(), "m")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	f := parsedFile(t, path)
	if f.Metadata[keyVersion] != "2" || f.Metadata[keyFormat] != "pt" || f.Metadata[keyNotPortable] != "" {
		t.Errorf("metadata %q, want version 2 and format pt", f.Metadata)
	}
	// Unit 12 of scale1 is the first of conv1's second channel: 4x3 pixels of the first precede it.
	values, err := f.Get("scale1.weight").Float32s()
	if err != nil {
		t.Fatal(err)
	}
	if native := m.Params.Get("scale1.weight").Value().Data().([]float32); values[12] != native[1] {
		t.Errorf("unit 12 in the file is %v, want %v", values[12], native[1])
	}
	back, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if notes := back.Notes(); notes != nil || !slices.Equal(smallLogits(t, back), smallLogits(t, m)) {
		t.Errorf("loaded, the model has the notes %q and the logits %v, want %v", notes, smallLogits(t, back), smallLogits(t, m))
	}
	// A file without metadata, as PyTorch writes it, has PyTorch's order.
	f.Metadata = nil
	writeFile(t, path, f)
	start := Start{Path: path, Preset: "branches", Classes: m.Classes, Height: 6, Width: 5}
	if back, _, err = start.Load(); err != nil {
		t.Fatal(err)
	}
	if got, want := smallLogits(t, back), smallLogits(t, m); !slices.Equal(got, want) || back.Notes() != nil {
		t.Errorf("from PyTorch, the logits are %v, want %v; notes %q", got, want, back.Notes())
	}
}

// TestFileNotPortable checks that the metadata and the notes of a network whose order in
// PyTorch is unknown say so, and name the parameter and the layer.
func TestFileNotPortable(t *testing.T) {
	register(t, "mixed", mixed)
	m := newSmall(t, "mixed")
	path := filepath.Join(t.TempDir(), "m")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	f := parsedFile(t, path)
	if _, ok := f.Metadata[keyFormat]; ok {
		t.Errorf("metadata %q, want no format", f.Metadata)
	}
	back, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := smallLogits(t, back), smallLogits(t, m); !slices.Equal(got, want) {
		t.Errorf("logits %v, want %v", got, want)
	}
	for _, text := range append(back.Notes(), f.Metadata[keyNotPortable]) {
		if !strings.Contains(text, "fc1.weight") || !strings.Contains(text, "flatten1") {
			t.Errorf("%q does not name fc1.weight and flatten1", text)
		}
	}
	if n := len(back.Notes()); n != 1 {
		t.Errorf("%d notes, want 1", n)
	}
}

// TestChecksum flips a bit of each byte of a file. The file is refused or holds the same model, as
// after a change of the checksum's name or of a key's case.
func TestChecksum(t *testing.T) {
	register(t, "branches", branches)
	m := newSmall(t, "branches")
	m.Dataset = "\xff digits" // not UTF-8
	path := filepath.Join(t.TempDir(), "m")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	content := readFile(t, path)
	good, err := Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	want := smallLogits(t, good)
	accepted := 0
	for i := range content {
		bad := slices.Clone(content)
		bad[i] ^= 1 << (i % 8)
		m, err := Parse(bad)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotModel) && !errors.Is(err, ErrNewerVersion) {
				t.Errorf("bit %d of byte %d: error %v, want ErrDamaged", i%8, i, err)
			}
			continue
		}
		accepted++
		if !slices.Equal(smallLogits(t, m), want) || m.String() != good.String() || !slices.Equal(m.Classes, good.Classes) {
			t.Errorf("bit %d of byte %d: another model without an error", i%8, i)
		}
	}
	if accepted*20 > len(content) {
		t.Errorf("%d of %d changed files are accepted, want at most a twentieth", accepted, len(content))
	}
	start := Start{Path: path}
	content[len(content)-1] ^= 1
	writeBytes(t, path, content)
	if _, _, err := start.Load(); !errors.Is(err, ErrDamaged) {
		t.Errorf("a start from a damaged file has the error %v, want ErrDamaged", err)
	}
}

// TestNotFinite checks that logits that overflow are an error.
func TestNotFinite(t *testing.T) {
	m := fresh(t, "fast")
	for _, p := range m.Params.All() {
		v := p.Value().Data().([]float32)
		for i := range v {
			v[i] = 3e38
		}
	}
	c, err := m.Classifier(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	image := slices.Repeat([]byte{200}, 28*28)
	if _, err := c.Logits(2, func(int) []byte { return image }); !errors.Is(err, ErrNotFinite) {
		t.Errorf("error %v, want ErrNotFinite", err)
	}
	if _, err := c.Probabilities(image); !errors.Is(err, ErrNotFinite) {
		t.Errorf("error %v, want ErrNotFinite", err)
	}
}

func parsedFile(t *testing.T, path string) *safetensors.File {
	t.Helper()
	f, err := safetensors.Parse(readFile(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func writeBytes(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path string, f *safetensors.File) {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	writeBytes(t, path, b.Bytes())
}
