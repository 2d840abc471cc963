// Package safetensors reads and writes files of named tensors in the safetensors format
// (https://huggingface.co/docs/safetensors): eight bytes with the length of the header, a
// JSON header, then the elements, little-endian and without gaps. Reading a file executes
// nothing, so that it is safe to read files from unknown sources.
package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// maxHeader is the largest size of a header, in bytes, that the format allows.
const maxHeader = 100_000_000

// Tensor is a named array in row-major order.
type Tensor struct {
	Name  string
	DType string // type of the elements: "F32", "F64", "F16", "BF16", "I64", ...
	Shape []int
	Data  []byte // the elements, little-endian
}

// File is the content of a safetensors file.
type File struct {
	Metadata map[string]string
	Tensors  []Tensor // in the order of their data
}

// Get returns the tensor of that name, or nil.
func (f *File) Get(name string) *Tensor {
	for i := range f.Tensors {
		if f.Tensors[i].Name == name {
			return &f.Tensors[i]
		}
	}
	return nil
}

// Float32 returns a tensor of float32 elements.
func Float32(name string, shape []int, values []float32) Tensor {
	data := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(v))
	}
	return Tensor{Name: name, DType: "F32", Shape: slices.Clone(shape), Data: data}
}

// Float32s returns the elements as float32. It converts other floating-point types and
// returns an error for integers.
func (t *Tensor) Float32s() ([]float32, error) {
	convert := map[string]func(b []byte) float32{
		"F32":  func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) },
		"F64":  func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) },
		"F16":  func(b []byte) float32 { return float16(binary.LittleEndian.Uint16(b)) },
		"BF16": func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) },
	}[t.DType]
	if convert == nil {
		return nil, fmt.Errorf("tensor %q has the type %s, want a floating-point type", t.Name, t.DType)
	}
	size := sizes[t.DType]
	out := make([]float32, len(t.Data)/size)
	for i := range out {
		out[i] = convert(t.Data[i*size:])
	}
	return out, nil
}

// float16 returns the value of an IEEE 754 binary16 number.
func float16(h uint16) float32 {
	sign := 1.0
	if h>>15 == 1 {
		sign = -1
	}
	exp, frac := int(h>>10&31), float64(h&1023)
	switch exp {
	case 0:
		return float32(sign * math.Ldexp(frac, -24))
	case 31:
		if frac != 0 {
			return float32(math.NaN())
		}
		return float32(math.Inf(int(sign)))
	}
	return float32(sign * math.Ldexp(1024+frac, exp-25))
}

// sizes maps each type to the size of an element in bytes.
var sizes = map[string]int{
	"BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1,
	"U16": 2, "I16": 2, "F16": 2, "BF16": 2,
	"U32": 4, "I32": 4, "F32": 4,
	"U64": 8, "I64": 8, "F64": 8,
}

// entry is the description of a tensor in the header.
type entry struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// Write writes f. Equal contents give equal bytes: the metadata is sorted by key, the
// tensors keep their order, and spaces pad the header to a multiple of eight bytes.
func (f *File) Write(w io.Writer) error {
	if w == nil {
		return errors.New("safetensors: the writer is nil")
	}
	var header bytes.Buffer
	header.WriteByte('{')
	field := func(name string, value any) error {
		if header.Len() > 1 {
			header.WriteByte(',')
		}
		k, err := json.Marshal(name)
		if err != nil {
			return err
		}
		v, err := json.Marshal(value)
		if err != nil {
			return err
		}
		header.Write(k)
		header.WriteByte(':')
		header.Write(v)
		return nil
	}
	if len(f.Metadata) > 0 {
		if err := field("__metadata__", f.Metadata); err != nil {
			return err
		}
	}
	var offset int64
	seen := map[string]bool{"__metadata__": true}
	for _, t := range f.Tensors {
		if seen[t.Name] {
			return fmt.Errorf("safetensors: the tensor name %q is reserved or used twice", t.Name)
		}
		seen[t.Name] = true
		end := offset + int64(len(t.Data))
		shape := t.Shape
		if shape == nil {
			shape = []int{}
		}
		e := entry{t.DType, shape, [2]int64{offset, end}}
		if err := e.check(t.Name); err != nil {
			return err
		}
		if err := field(t.Name, e); err != nil {
			return err
		}
		offset = end
	}
	header.WriteByte('}')
	for header.Len()%8 != 0 {
		header.WriteByte(' ')
	}
	if header.Len() > maxHeader {
		return fmt.Errorf("safetensors: the header needs %d bytes, want at most %d", header.Len(), maxHeader)
	}
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(header.Len()))
	if _, err := w.Write(length[:]); err != nil {
		return err
	}
	if _, err := header.WriteTo(w); err != nil {
		return err
	}
	for _, t := range f.Tensors {
		if _, err := w.Write(t.Data); err != nil {
			return err
		}
	}
	return nil
}

// check returns an error if the type, the shape and the offsets do not agree.
func (e entry) check(name string) error {
	size, ok := sizes[e.DType]
	if !ok {
		return fmt.Errorf("safetensors: tensor %q has the unknown type %q", name, e.DType)
	}
	want := int64(size)
	for _, d := range e.Shape {
		if d < 0 || (d > 0 && want > math.MaxInt64/int64(d)) {
			return fmt.Errorf("safetensors: tensor %q has the invalid shape %v", name, e.Shape)
		}
		want *= int64(d)
	}
	if have := e.Offsets[1] - e.Offsets[0]; e.Offsets[0] < 0 || e.Offsets[1] < e.Offsets[0] || have != want {
		return fmt.Errorf("safetensors: tensor %q of type %s and shape %v needs %d bytes, its offsets are %v", name, e.DType, e.Shape, want, e.Offsets)
	}
	return nil
}

// Parse returns the content of a file. It returns an error unless content satisfies every
// rule of the format. The tensors share memory with content.
func Parse(content []byte) (*File, error) {
	if len(content) < 8 {
		return nil, fmt.Errorf("safetensors: the file has %d bytes, want at least 8 for the length of the header", len(content))
	}
	length := binary.LittleEndian.Uint64(content)
	if length > maxHeader || length > uint64(len(content)-8) {
		return nil, fmt.Errorf("safetensors: the header has a length of %d bytes, but only %d bytes follow", length, len(content)-8)
	}
	header, body := content[8:8+length], content[8+length:]
	f := &File{}
	entries := map[string]entry{}
	if err := parseHeader(header, f, entries); err != nil {
		return nil, err
	}
	for name, e := range entries {
		if err := e.check(name); err != nil {
			return nil, err
		}
		f.Tensors = append(f.Tensors, Tensor{Name: name, DType: e.DType, Shape: e.Shape})
	}
	slices.SortFunc(f.Tensors, func(a, b Tensor) int {
		x, y := entries[a.Name].Offsets, entries[b.Name].Offsets
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]), cmp.Compare(a.Name, b.Name))
	})
	var offset int64
	for i := range f.Tensors {
		t := &f.Tensors[i]
		o := entries[t.Name].Offsets
		if o[0] != offset {
			return nil, fmt.Errorf("safetensors: tensor %q starts at byte %d of the data, want %d, without gaps or overlaps", t.Name, o[0], offset)
		}
		if o[1] > int64(len(body)) {
			return nil, fmt.Errorf("safetensors: tensor %q ends at byte %d of the data, but the file is cut off after %d", t.Name, o[1], len(body))
		}
		t.Data = body[o[0]:o[1]]
		offset = o[1]
	}
	if offset != int64(len(body)) {
		return nil, fmt.Errorf("safetensors: %d bytes follow the last tensor", int64(len(body))-offset)
	}
	return f, nil
}

// parseHeader decodes the header into f and entries. It decodes the object field by field,
// to find names that occur twice.
func parseHeader(header []byte, f *File, entries map[string]entry) error {
	if len(header) == 0 || header[0] != '{' {
		return fmt.Errorf("safetensors: the header is not a JSON object")
	}
	d := json.NewDecoder(bytes.NewReader(header))
	fail := func(err error) error { return fmt.Errorf("safetensors: the header is invalid: %w", err) }
	if _, err := d.Token(); err != nil {
		return fail(err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fail(err)
		}
		name := key.(string)
		if _, ok := entries[name]; ok || (name == "__metadata__" && f.Metadata != nil) {
			return fail(fmt.Errorf("the name %q occurs twice", name))
		}
		if name == "__metadata__" {
			f.Metadata = map[string]string{}
			err = d.Decode(&f.Metadata)
		} else {
			var e entry
			err = d.Decode(&e)
			entries[name] = e
		}
		if err != nil {
			return fail(fmt.Errorf("%q: %w", name, err))
		}
	}
	if _, err := d.Token(); err != nil {
		return fail(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fail(fmt.Errorf("text follows the JSON object"))
	}
	return nil
}
