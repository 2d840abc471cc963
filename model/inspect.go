package model

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"inkstone/internal/oneline"
	"inkstone/internal/table"
	"inkstone/model/onnx"
	"inkstone/model/safetensors"
)

// Inspection says what a file with the parameters of a network holds.
type Inspection struct {
	Kind     string            // what the file is
	Notes    []string          // what is remarkable: a prefix of the names, a missing checksum
	Metadata map[string]string // without what only programs read
	Tensors  []TensorInfo
	Nodes    []string // of an ONNX file: operator, name and inputs of each node
	Presets  []string // for each preset whose parameters the file has, wholly or in part, a line
}

// TensorInfo describes a tensor. Its statistics are 0 if it is empty or does not hold
// floating-point numbers.
type TensorInfo struct {
	Name, DType         string
	Shape               []int
	Elements            int
	Min, Max, Mean, Std float64
	Zeros, NaNs         int // elements that are 0, and that are NaN or infinite
	numbers             bool
}

// Inspect describes a file: a model file or a checkpoint of Inkstone, a safetensors file of another
// program, an ONNX file, or an archive of NumPy. The error wraps [ErrOtherFormat] or [ErrDamaged].
func Inspect(path string) (*Inspection, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	i, err := inspect(content, presetModels)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return i, nil
}

// inspect is Inspect for a content. presets returns the models that it is compared with.
func inspect(content []byte, presets func() []*Model) (*Inspection, error) {
	if isONNX(content) {
		return inspectONNX(content, presets)
	}
	f, err := parseContainer(content)
	if err != nil {
		return nil, err
	}
	i := &Inspection{Kind: "safetensors file", Metadata: map[string]string{}}
	if isNPZ(content) {
		i.Kind = "archive of NumPy (.npz)"
	}
	_, isModel := f.Metadata[keyVersion]
	switch {
	case f.Metadata[keyCheckpoint] != "":
		i.Kind = "checkpoint of a run"
	case isModel:
		i.Kind += " of Inkstone"
		if !hasChecksum(f) {
			i.Notes = append(i.Notes, "the file has no checksum")
		} else if err := verify(f); err != nil {
			i.Notes = append(i.Notes, err.Error())
		}
	default:
		i.Kind += " of another program"
	}
	maps.Copy(i.Metadata, f.Metadata)
	if text := i.Metadata[keyNetwork]; text != "" {
		i.Metadata[keyNetwork] = fmt.Sprintf("(%d bytes of base64)", len(text))
	}
	for k := range f.Tensors {
		i.Tensors = append(i.Tensors, describeTensor(&f.Tensors[k]))
	}
	if f.Metadata[keyCheckpoint] == "" {
		i.comparePresets(f, presets)
	}
	return i, nil
}

func inspectONNX(content []byte, presets func() []*Model) (*Inspection, error) {
	f, err := onnx.Parse(content)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	i := &Inspection{Kind: fmt.Sprintf("ONNX file, opset %d, by %s", f.Opset, cmp.Or(f.Producer, "an unnamed program")), Metadata: map[string]string{}}
	for _, e := range f.Metadata {
		i.Metadata[e.Key] = e.Value
	}
	for _, v := range slices.Concat(f.Graph.Inputs, f.Graph.Outputs) {
		i.Notes = append(i.Notes, v.String())
	}
	for k := range f.Graph.Nodes {
		n := &f.Graph.Nodes[k]
		i.Nodes = append(i.Nodes, fmt.Sprintf("%s reads %s", n, strings.Join(n.Inputs, ", ")))
	}
	var tensors safetensors.File
	for _, t := range f.Graph.Initializers {
		tensors.Tensors = append(tensors.Tensors, safetensors.Tensor{Name: t.Name, DType: onnxTypes[t.Type], Shape: t.Shape, Data: t.Data})
		i.Tensors = append(i.Tensors, describeTensor(&tensors.Tensors[len(tensors.Tensors)-1]))
	}
	i.comparePresets(&tensors, presets)
	if _, err := onnx.Import(f, 0); err != nil {
		i.Notes = append(i.Notes, "Inkstone cannot build the network: "+err.Error())
	} else {
		i.Notes = append(i.Notes, "Inkstone can build the network")
	}
	return i, nil
}

// onnxTypes are the names of the types of elements in safetensors files.
var onnxTypes = map[int32]string{
	onnx.Float32: "F32", onnx.Float64: "F64", onnx.Float16: "F16", onnx.BFloat16: "BF16",
	onnx.Int64: "I64", onnx.Int32: "I32", onnx.Int8: "I8", onnx.Uint8: "U8", onnx.Bool: "BOOL",
}

// describeTensor computes the statistics of a tensor.
func describeTensor(t *safetensors.Tensor) TensorInfo {
	d := TensorInfo{Name: t.Name, DType: t.DType, Shape: t.Shape, Elements: 1}
	for _, n := range t.Shape {
		d.Elements *= n
	}
	values, err := t.Float32s()
	if err != nil || len(values) == 0 {
		return d
	}
	d.numbers, d.Min, d.Max = true, math.Inf(1), math.Inf(-1)
	sum, squares, n := 0.0, 0.0, 0
	for _, x := range values {
		v := float64(x)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			d.NaNs++
			continue
		}
		if v == 0 {
			d.Zeros++
		}
		d.Min, d.Max = min(d.Min, v), max(d.Max, v)
		sum, squares, n = sum+v, squares+v*v, n+1
	}
	if n == 0 {
		d.Min, d.Max = 0, 0
		return d
	}
	d.Mean = sum / float64(n)
	d.Std = math.Sqrt(max(0, squares/float64(n)-d.Mean*d.Mean))
	return d
}

// presetModels returns a model of each preset.
func presetModels() (list []*Model) {
	for _, p := range Presets() {
		if m, err := New(Spec{Preset: p.Name}); err == nil {
			list = append(list, m)
		}
	}
	return list
}

// comparePresets finds the presets whose parameters the file has, after a prefix of the names is
// removed.
func (i *Inspection) comparePresets(f *safetensors.File, presets func() []*Model) {
	type fit struct {
		name, prefix  string
		match, of     int
		missing, more []string
	}
	var fits []fit
	if len(f.Tensors) == 0 {
		return
	}
	for _, m := range presets() {
		named := safetensors.File{Tensors: slices.Clone(f.Tensors)}
		prefix, err := stripPrefix(&named, m.Params)
		if err != nil {
			continue
		}
		head, _ := m.Head()
		x := fit{name: m.Preset, prefix: prefix, of: len(m.Params.All())}
		for _, param := range m.Params.All() {
			t := named.Get(param.Name())
			switch {
			case t != nil && slices.Equal(t.Shape, param.PortableShape()):
				x.match++
			case t != nil && slices.Contains(head, param.Name()) && len(t.Shape) == len(param.PortableShape()):
				x.match++ // other classes
			default:
				x.missing = append(x.missing, param.Name())
			}
		}
		for _, t := range named.Tensors {
			if m.Params.Get(t.Name) == nil && !strings.HasSuffix(t.Name, ".num_batches_tracked") {
				x.more = append(x.more, t.Name)
			}
		}
		if 2*x.match >= x.of {
			fits = append(fits, x)
		}
	}
	slices.SortStableFunc(fits, func(a, b fit) int { return cmp.Compare(b.match*a.of, a.match*b.of) })
	for _, x := range fits {
		line := fmt.Sprintf("%s: %d of %d parameters", x.name, x.match, x.of)
		if x.match == x.of && len(x.more) == 0 {
			line = fmt.Sprintf("%s: all %d parameters", x.name, x.of)
		}
		if x.prefix != "" {
			line += fmt.Sprintf(", without the prefix %q of the names", x.prefix)
		}
		if len(x.missing) > 0 {
			line += "; missing " + list(x.missing)
		}
		if len(x.more) > 0 {
			line += "; unknown " + list(x.more)
		}
		i.Presets = append(i.Presets, line)
	}
}

// String returns the description as text.
func (i *Inspection) String() string {
	var b strings.Builder
	elements := 0
	for _, t := range i.Tensors {
		elements += t.Elements
	}
	fmt.Fprintf(&b, "%s: %d tensors with %s elements\n", oneline.Escape(i.Kind), len(i.Tensors), cmp.Or(count(int64(elements)), "0"))
	for _, n := range i.Notes {
		fmt.Fprintf(&b, "  %s\n", oneline.Escape(n))
	}
	for _, key := range slices.Sorted(maps.Keys(i.Metadata)) {
		fmt.Fprintf(&b, "  %s = %s\n", oneline.Escape(key), oneline.Escape(i.Metadata[key]))
	}
	for _, line := range i.Presets {
		fmt.Fprintf(&b, "  fits %s\n", oneline.Escape(line))
	}
	if i.Nodes != nil {
		b.WriteString("\nnodes\n")
		for _, n := range i.Nodes {
			fmt.Fprintf(&b, "  %s\n", oneline.Escape(n))
		}
	}
	if i.Tensors != nil {
		fmt.Fprintf(&b, "\n%s\n", i.table())
	}
	return b.String()
}

func (i *Inspection) table() *table.Table {
	t := &table.Table{Indent: "  ", Columns: table.Columns(3, "tensor", "type", "shape", "min", "max", "mean", "std", "zeros", "not finite")}
	for _, x := range i.Tensors {
		row := []string{x.Name, x.DType, sizes(x.Shape), "", "", "", "", "", ""}
		if x.numbers {
			for k, v := range []float64{x.Min, x.Max, x.Mean, x.Std} {
				row[3+k] = fmt.Sprintf("%.4g", v)
			}
			row[7], row[8] = count(int64(x.Zeros)), count(int64(x.NaNs))
		}
		t.Add(row...)
	}
	return t
}
