package model

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"inkstone/graph"
	"inkstone/internal/atomicfile"
	"inkstone/model/safetensors"
)

// fileVersion is the version of the metadata. A reader refuses newer ones.
const fileVersion = 1

// Keys of the metadata.
const (
	keyVersion  = "inkstone.version"
	keyPreset   = "inkstone.preset"
	keyClasses  = "inkstone.classes"
	keyInput    = "inkstone.input" // height, width, channels
	keyMean     = "inkstone.mean"
	keyStd      = "inkstone.std"
	keyDataset  = "inkstone.dataset"
	keyAccuracy = "inkstone.accuracy"
)

// Save writes the model as a safetensors file, whole or not at all. Tensors have
// PyTorch's names and axis order, so a PyTorch module of the same layers loads them
// as its state; the metadata holds what rebuilds the model here. The same model
// gives the same bytes.
func (m *Model) Save(path string) error {
	return atomicfile.Write(path, m.Write)
}

// Write writes what [Model.Save] saves.
func (m *Model) Write(w io.Writer) error {
	classes, err := json.Marshal(m.Classes)
	if err != nil {
		return err
	}
	input, err := json.Marshal([]int{m.Height, m.Width, m.Channels})
	if err != nil {
		return err
	}
	f := safetensors.File{Metadata: map[string]string{
		"format":    "pt", // the axis order of the tensors is PyTorch's
		keyVersion:  strconv.Itoa(fileVersion),
		keyPreset:   m.Preset,
		keyClasses:  string(classes),
		keyInput:    string(input),
		keyMean:     formatFloat(m.Mean),
		keyStd:      formatFloat(m.Std),
		keyDataset:  m.Dataset,
		keyAccuracy: formatFloat(m.Accuracy),
	}}
	for _, p := range m.Params.All() {
		f.Tensors = append(f.Tensors, safetensors.Float32(p.Name(), p.PortableShape(), p.Portable()))
	}
	return f.Write(w)
}

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// Load reads a model that [Model.Save] wrote.
func Load(path string) (*Model, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("model file %w", err)
	}
	m, err := parse(content)
	if err != nil {
		return nil, fmt.Errorf("model file %s: %w", path, err)
	}
	return m, nil
}

func parse(content []byte) (*Model, error) {
	f, err := safetensors.Parse(content)
	if err != nil {
		return nil, err
	}
	m, err := fromMetadata(f.Metadata)
	if err != nil {
		return nil, err
	}
	return m, m.fill(f)
}

// fromMetadata makes the model that the metadata describes, with fresh parameters.
func fromMetadata(meta map[string]string) (*Model, error) {
	spec, accuracy, err := parseMetadata(meta)
	if err != nil {
		return nil, err
	}
	m, err := build(spec)
	if err != nil {
		return nil, err
	}
	m.Dataset, m.Accuracy = meta[keyDataset], accuracy
	return m, nil
}

// parseMetadata reads and checks the metadata without declaring the network. The spec
// has every field but the seed.
func parseMetadata(meta map[string]string) (spec Spec, accuracy float64, err error) {
	text, ok := meta[keyVersion]
	if !ok {
		return spec, 0, fmt.Errorf("the metadata has no %q: not a model of Inkstone", keyVersion)
	}
	version, err := strconv.Atoi(text)
	if err != nil || version < 1 {
		return spec, 0, fmt.Errorf("the metadata's %s is %q, want a number from 1", keyVersion, text)
	}
	if version > fileVersion {
		return spec, 0, fmt.Errorf("the file has version %d, this program reads up to %d: update Inkstone", version, fileVersion)
	}
	var input []int
	if err := json.Unmarshal([]byte(meta[keyInput]), &input); err != nil || len(input) != 3 || input[2] != 1 {
		return spec, 0, fmt.Errorf("the metadata's %s is %q, want height, width and 1 channel as in [28,28,1]", keyInput, meta[keyInput])
	}
	spec = Spec{Preset: meta[keyPreset], Height: input[0], Width: input[1]}
	if err := json.Unmarshal([]byte(meta[keyClasses]), &spec.Classes); err != nil {
		return spec, 0, fmt.Errorf("the metadata's %s is %q, want a list of names", keyClasses, meta[keyClasses])
	}
	for _, field := range []struct {
		key string
		to  *float64
	}{{keyMean, &spec.Mean}, {keyStd, &spec.Std}, {keyAccuracy, &accuracy}} {
		if *field.to, err = strconv.ParseFloat(meta[field.key], 64); err != nil {
			return spec, 0, fmt.Errorf("the metadata's %s is %q, want a number", field.key, meta[field.key])
		}
	}
	if !(accuracy >= 0 && accuracy <= 1) {
		return spec, 0, fmt.Errorf("the metadata's %s is %v, want a fraction of 1", keyAccuracy, accuracy)
	}
	return spec, accuracy, spec.check()
}

// fill takes every parameter from the file, which must hold just these.
func (m *Model) fill(f *safetensors.File) error {
	var missing, unknown []string
	for _, p := range m.Params.All() {
		if f.Get(p.Name()) == nil {
			missing = append(missing, p.Name())
		}
	}
	for _, t := range f.Tensors {
		if m.Params.Get(t.Name) == nil {
			unknown = append(unknown, t.Name)
		}
	}
	if len(missing)+len(unknown) > 0 {
		return fmt.Errorf("the tensors are not those of %q: missing %s; unknown %s; has the network changed since?", m.Preset, list(missing), list(unknown))
	}
	for _, p := range m.Params.All() {
		if err := fill(p, f.Get(p.Name())); err != nil {
			return err
		}
	}
	return nil
}

// fill takes a parameter from a tensor.
func fill(p *graph.Param, t *safetensors.Tensor) error {
	values, err := t.Float32s()
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(values, func(v float32) bool { return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) }); i >= 0 {
		return fmt.Errorf("tensor %q holds %v at place %d, want finite numbers", t.Name, values[i], i)
	}
	return p.SetPortable(t.Shape, values)
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
