package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"inkstone/graph"
	"inkstone/internal/atomicfile"
	"inkstone/internal/oneline"
	"inkstone/model/safetensors"
)

// fileVersion is the latest version of the format. Load accepts this version and all earlier
// ones, and refuses later ones. In version 2 all parameters have the order of
// [graph.Param.Portable], in version 1 that of [graph.Param.Version1]. Version 3 holds the network,
// which was read from an ONNX file. Save writes the lowest version that suffices, which older
// programs read too.
const fileVersion = 3

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

	keyNotPortable = "inkstone.not_portable" // why other programs may compute other values; absent if they do not
	keySum         = "inkstone.sha256"       // see checksum; absent in files from before November 2026
	keyFormat      = "format"                // "pt" if the tensors have PyTorch's axis order
)

// Save writes the model to a safetensors file, atomically. Tensors have PyTorch's names
// and axis order, so that a PyTorch module with the same layers loads them as its state;
// for a network of which that is not known, the metadata says so (see [Model.Notes]).
// The metadata holds everything else that Load needs, and a checksum. Equal models give equal
// bytes.
func (m *Model) Save(path string) error {
	return atomicfile.Write(path, m.Write)
}

// Write writes the content of the file that [Model.Save] creates.
func (m *Model) Write(w io.Writer) error {
	f, err := m.file()
	if err != nil {
		return err
	}
	return f.Write(w)
}

// file returns the content of the file that [Model.Save] creates.
func (m *Model) file() (*safetensors.File, error) {
	if err := m.usable("writing a model"); err != nil {
		return nil, err
	}
	meta, err := m.metadata()
	if err != nil {
		return nil, err
	}
	meta[keyVersion] = strconv.Itoa(m.fileVersion())
	if m.imported != nil {
		meta[keyNetwork] = m.imported.skeleton
		if m.imported.assumed != "" {
			meta[keyAssumed] = m.imported.assumed
		}
	}
	f := &safetensors.File{Metadata: meta}
	if lines := m.Params.NotPortable(); lines == nil {
		f.Metadata[keyFormat] = "pt"
	} else {
		f.Metadata[keyNotPortable] = strings.Join(lines, "\n")
	}
	for _, p := range m.Params.All() {
		f.Tensors = append(f.Tensors, safetensors.Float32(p.Name(), p.PortableShape(), p.Portable()))
	}
	f.Metadata[keySum] = checksum(f)
	return f, nil
}

// fileVersion returns the version of the files of this model.
func (m *Model) fileVersion() int {
	switch {
	case m.imported != nil:
		return 3
	case slices.ContainsFunc(m.Params.All(), func(p *graph.Param) bool { return p.Version1() != p }):
		return 2
	}
	return 1
}

// inFile returns the parameter with the order that it has in the file.
func inFile(p *graph.Param, f *safetensors.File) *graph.Param {
	if f.Metadata[keyVersion] == "1" {
		return p.Version1()
	}
	return p
}

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// Load reads a model file that [Model.Save] wrote. The error wraps [ErrNotModel],
// [ErrOtherFormat], [ErrNewerVersion], [ErrDamaged], [ErrUnknownPreset] or [ErrMismatch] if that is the
// cause, or the error of reading the file.
func Load(path string) (m *Model, err error) {
	defer carry(&m, &err)
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("model file %w", err)
	}
	if m, err = Parse(content); err != nil {
		return nil, fmt.Errorf("model file %s: %w", path, err)
	}
	return m, nil
}

// Parse returns the model in the content of a file that [Model.Save] wrote. Errors wrap the same
// variables as those of [Load].
func Parse(content []byte) (m *Model, err error) {
	defer carry(&m, &err)
	f, err := parseTensors(content)
	if err != nil {
		return nil, err
	}
	if m, err = fromMetadata(f.Metadata, parameterLimit(f)); err != nil {
		return nil, err
	}
	m.unchecked = !hasChecksum(f)
	return m, m.setParams(f)
}

// parameterLimit returns a bound on the parameters of the network that a file is of, so
// that a small file with wrong metadata does not take the memory of a large network. Below
// 4 million elements the network is declared, for an error that names the parameters.
func parameterLimit(f *safetensors.File) int {
	elements := 0
	for _, t := range f.Tensors {
		n := 1
		for _, size := range t.Shape {
			n *= size
		}
		elements += n
	}
	return max(elements, 4<<20)
}

// CheckFile returns the error that [Start.Load] returns for a file that is missing, is damaged or has
// another format. It does not look at the parameters, so it needs neither preset nor classes.
func CheckFile(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("model file %w", err)
	}
	if _, err := parseTensors(content); err != nil {
		return fmt.Errorf("model file %s: %w", path, err)
	}
	return nil
}

// parseTensors parses a safetensors file and compares its checksum, if it has one. It reads an ONNX
// file as if Save had written its model. Its errors wrap ErrDamaged, ErrOtherFormat or, for an ONNX
// file, ErrOtherNetwork or ErrMismatch.
func parseTensors(content []byte) (*safetensors.File, error) {
	if isONNX(content) {
		return importFile(content)
	}
	f, err := parseContainer(content)
	if err != nil {
		return nil, err
	}
	if err := checkCheckpoint(f); err != nil {
		return nil, err
	}
	return f, verify(f)
}

// parseContainer parses a safetensors file or an archive of NumPy, without a look at its content.
func parseContainer(content []byte) (*safetensors.File, error) {
	if isNPZ(content) {
		return parseNPZ(content)
	}
	f, err := safetensors.Parse(content)
	if err != nil {
		if other := otherFormat(content); other != nil {
			return nil, other
		}
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return f, nil
}

// damagedMetadata returns an error that wraps ErrDamaged and says what the value of a key
// should be.
func damagedMetadata(meta map[string]string, key, want string) error {
	return fmt.Errorf("%w: the metadata's %s is %q, want %s", ErrDamaged, key, meta[key], want)
}

// fromMetadata returns the model that the metadata describes, with initial parameters.
func fromMetadata(meta map[string]string, limit int) (*Model, error) {
	spec, accuracy, err := parseMetadata(meta)
	if err != nil {
		return nil, err
	}
	if spec.imported, err = parseSkeleton(meta, limit); err != nil {
		return nil, err
	}
	m, err := build(spec, limit)
	if errors.Is(err, graph.ErrLimit) {
		return nil, fmt.Errorf("%w: %w", ErrMismatch, err)
	}
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
		return spec, 0, fmt.Errorf("%w: the metadata has no %q", ErrNotModel, keyVersion)
	}
	version, err := strconv.Atoi(text)
	if err != nil || version < 1 || text != strconv.Itoa(version) {
		return spec, 0, damagedMetadata(meta, keyVersion, "a whole number from 1 up")
	}
	if version > fileVersion {
		return spec, 0, fmt.Errorf("%w: the file has version %d, this program reads versions up to %d; update Inkstone", ErrNewerVersion, version, fileVersion)
	}
	var input []int
	if err := json.Unmarshal([]byte(meta[keyInput]), &input); err != nil || len(input) != 3 || input[2] != 1 {
		return spec, 0, damagedMetadata(meta, keyInput, "height, width and 1 channel, such as [28,28,1]")
	}
	spec = Spec{Preset: meta[keyPreset], Height: input[0], Width: input[1]}
	if err := json.Unmarshal([]byte(meta[keyClasses]), &spec.Classes); err != nil {
		return spec, 0, damagedMetadata(meta, keyClasses, "a JSON list of names")
	}
	for _, field := range []struct {
		key string
		to  *float64
	}{{keyMean, &spec.Mean}, {keyStd, &spec.Std}, {keyAccuracy, &accuracy}} {
		if *field.to, err = strconv.ParseFloat(meta[field.key], 64); err != nil {
			return spec, 0, damagedMetadata(meta, field.key, "a number")
		}
	}
	if !(accuracy >= 0 && accuracy <= 1) {
		return spec, 0, damagedMetadata(meta, keyAccuracy, "a fraction from 0 to 1")
	}
	if oneline.Check(meta[keyDataset]) != nil {
		return spec, 0, damagedMetadata(meta, keyDataset, "a name on one line")
	}
	if err := spec.check(); err != nil {
		return spec, 0, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return spec, accuracy, nil
}

// setParams sets every parameter from the file, which must hold exactly these tensors.
func (m *Model) setParams(f *safetensors.File) error {
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
		return fmt.Errorf("%w %q: missing %s; unknown %s; perhaps the network has changed since the file was written", ErrMismatch, m.Preset, list(missing), list(unknown))
	}
	for _, p := range m.Params.All() {
		if err := setParam(inFile(p, f), f.Get(p.Name())); err != nil {
			return err
		}
	}
	return nil
}

// setParam sets a parameter from a tensor, whose values must be finite.
func setParam(p *graph.Param, t *safetensors.Tensor) error {
	if err := checkType(t); err != nil {
		return err
	}
	values, err := t.Float32s()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if i := slices.IndexFunc(values, func(v float32) bool { return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) }); i >= 0 {
		return fmt.Errorf("%w: tensor %q holds %v at index %d, want finite numbers", ErrDamaged, t.Name, values[i], i)
	}
	if err := p.SetPortable(t.Shape, values); err != nil {
		return fmt.Errorf("%w: %w", ErrMismatch, err)
	}
	return nil
}

// list joins names with commas; it returns "none" for no names.
func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return oneline.Escape(strings.Join(names, ", "))
}
