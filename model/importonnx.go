package model

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"inkstone/graph"
	"inkstone/model/onnx"
	"inkstone/model/safetensors"
)

// ImportedPreset is the preset of a model that was read from an ONNX file. No network is
// registered under this name: the model file holds the network.
const ImportedPreset = "onnx"

// keyNetwork is the metadata key of an imported network: the ONNX file without the parameters, in
// base64. keyAssumed has what the file did not say.
const (
	keyNetwork = "inkstone.onnx"
	keyAssumed = "inkstone.assumed"
)

// isONNX reports whether a content begins as ONNX files do: with the version of the format, a
// small number, and the name of a program, the graph or the versions of the operators. A safetensors
// file has a JSON header at byte 8.
func isONNX(content []byte) bool {
	return len(content) > 8 && content[0] == 1<<3 && content[1] < 128 && content[8] != '{' &&
		(content[2] == 2<<3|2 || content[2] == 7<<3|2 || content[2] == 8<<3|2)
}

// imported is a network of an ONNX file.
type imported struct {
	network  *onnx.Network
	skeleton string // for keyNetwork
	assumed  string // what the file does not say, for Model.Notes
}

// importFile returns the content of an ONNX file as a model file of Inkstone.
func importFile(content []byte) (*safetensors.File, error) {
	f, err := onnx.Parse(content)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	n, err := onnx.Import(f, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOtherNetwork, err)
	}
	spec, err := importedSpec(f, n)
	if err != nil {
		return nil, err
	}
	m, err := build(spec, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOtherNetwork, err)
	}
	if err := n.Load(m.Params); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMismatch, err)
	}
	m.Dataset = f.Get(keyDataset)
	if v, err := strconv.ParseFloat(f.Get(keyAccuracy), 64); err == nil && v >= 0 && v <= 1 {
		m.Accuracy = v
	}
	return m.file()
}

// importedSpec returns the spec of the model in an ONNX file. A file without the metadata of
// Inkstone has numbered classes and, unless it normalizes its input, the normalization of MNIST.
func importedSpec(f *onnx.File, n *onnx.Network) (Spec, error) {
	if n.Channels != 1 {
		return Spec{}, fmt.Errorf("%w: its images have %d channels, want 1", ErrOtherNetwork, n.Channels)
	}
	skeleton, err := newSkeleton(n)
	if err != nil {
		return Spec{}, err
	}
	s := Spec{Preset: ImportedPreset, Height: n.Height, Width: n.Width, Mean: 0.1307, Std: 0.3081, imported: skeleton}
	for i := range n.Classes {
		s.Classes = append(s.Classes, strconv.Itoa(i))
	}
	if n.Scale != 1 || n.Shift != 0 {
		scale := n.Scale // of pixels from 0 to 1
		if f.Get(keyRange) == byteRange {
			scale *= 255
		}
		s.Std, s.Mean = 1/scale, -n.Shift/scale
	}
	if f.Get(keyMean) == "" {
		skeleton.assumed = fmt.Sprintf("the ONNX file does not name its classes: they are numbered from 0 to %d", n.Classes-1)
		if n.Scale == 1 && n.Shift == 0 {
			skeleton.assumed += fmt.Sprintf("; nor does it say how pixels are normalized: the mean %g and the deviation %g of MNIST are used", s.Mean, s.Std)
		}
		return s, checkImported(s)
	}
	meta := map[string]string{keyVersion: "1", keyPreset: ImportedPreset}
	for _, e := range f.Metadata {
		if strings.HasPrefix(e.Key, "inkstone.") && e.Key != keyPreset {
			meta[e.Key] = e.Value
		}
	}
	known, _, err := parseMetadata(meta)
	if err != nil {
		return Spec{}, err
	}
	if len(known.Classes) != n.Classes || known.Height != n.Height || known.Width != n.Width {
		return Spec{}, fmt.Errorf("%w: the metadata is of images of %dx%d and %d classes, the network of %dx%d and %d", ErrMismatch,
			known.Height, known.Width, len(known.Classes), n.Height, n.Width, n.Classes)
	}
	known.Preset, known.imported = ImportedPreset, skeleton
	return known, nil
}

func checkImported(s Spec) error {
	if !(s.Std > 0) || math.IsInf(s.Std, 0) || math.IsNaN(s.Mean) || math.IsInf(s.Mean, 0) {
		return fmt.Errorf("%w: its normalization has the mean %v and the deviation %v", ErrOtherNetwork, s.Mean, s.Std)
	}
	return nil
}

// newSkeleton returns a network with the text that model files keep of it.
func newSkeleton(n *onnx.Network) (*imported, error) {
	var content bytes.Buffer
	if err := n.Skeleton().Write(&content); err != nil {
		return nil, err
	}
	return &imported{network: n, skeleton: base64.StdEncoding.EncodeToString(content.Bytes())}, nil
}

// parseSkeleton reads the network of a model file, nil if it names a preset. limit bounds its
// parameters.
func parseSkeleton(meta map[string]string, limit int) (*imported, error) {
	text := meta[keyNetwork]
	if text == "" {
		return nil, nil
	}
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: the metadata's %s is no base64: %w", ErrDamaged, keyNetwork, err)
	}
	f, err := onnx.Parse(content)
	if err != nil {
		return nil, fmt.Errorf("%w: the metadata's %s: %w", ErrDamaged, keyNetwork, err)
	}
	n, err := onnx.Import(f, limit)
	if errors.Is(err, graph.ErrLimit) {
		return nil, fmt.Errorf("%w: %w", ErrMismatch, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the metadata's %s: %w", ErrDamaged, keyNetwork, err)
	}
	return &imported{n, text, meta[keyAssumed]}, nil
}

// lookup returns the network of a spec.
func (s Spec) lookup() (Preset, error) {
	if s.imported == nil {
		return Lookup(s.Preset)
	}
	return Preset{Name: cmp.Or(s.Preset, ImportedPreset), Net: s.imported.network.Net}, nil
}
