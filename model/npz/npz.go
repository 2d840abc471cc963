// Package npz reads and writes NumPy's archives of arrays (.npz): zip archives of .npy files, as
// numpy.savez and numpy.savez_compressed write them. Other files in an archive are texts, such as
// metadata.
package npz

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"inkstone/model/safetensors"
)

// Limits of what Parse reads.
const (
	maxArrays = 1 << 14
	maxBytes  = 1 << 28 // of all arrays, unpacked
	maxHeader = 1 << 14
	maxAxes   = 32
)

// descriptions are NumPy's names of the types of elements.
var descriptions = map[string]string{
	"F32": "<f4", "F64": "<f8", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
	"U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}

// Archive is the content of an archive.
type Archive struct {
	Arrays []safetensors.Tensor
	Texts  map[string]string // other files, by name
}

// Write writes the archive without compression. Equal contents give equal bytes.
func (a *Archive) Write(w io.Writer) error {
	if w == nil {
		return errors.New("npz: the writer is nil")
	}
	z := zip.NewWriter(w)
	put := func(name string, parts ...[]byte) error {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		for _, p := range parts {
			if err == nil {
				_, err = f.Write(p)
			}
		}
		return err
	}
	for _, t := range a.Arrays {
		header, err := header(&t)
		if err != nil {
			return err
		}
		if err := put(t.Name+".npy", header, t.Data); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.Texts)) {
		if err := put(name, []byte(a.Texts[name])); err != nil {
			return err
		}
	}
	return z.Close()
}

// header returns what stands before the elements in a .npy file.
func header(t *safetensors.Tensor) ([]byte, error) {
	description, ok := descriptions[t.DType]
	if !ok {
		return nil, fmt.Errorf("npz: NumPy has no type for array %q of %s", t.Name, t.DType)
	}
	shape := ""
	for _, d := range t.Shape {
		shape += strconv.Itoa(d) + ", "
	}
	if len(t.Shape) > 1 {
		shape = strings.TrimSuffix(shape, ", ")
	} else {
		shape = strings.TrimSuffix(shape, " ")
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", description, shape)
	text += strings.Repeat(" ", (64-(10+len(text)+1)%64)%64) + "\n"
	b := append([]byte("\x93NUMPY\x01\x00"), 0, 0)
	binary.LittleEndian.PutUint16(b[8:], uint16(len(text)))
	return append(b, text...), nil
}

// Parse returns the content of an archive.
func Parse(content []byte) (*Archive, error) { return parse(content, maxBytes) }

// parse is Parse for arrays of at most limit bytes.
func parse(content []byte, limit int64) (*Archive, error) {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, fmt.Errorf("npz: %w", err)
	}
	if len(z.File) > maxArrays {
		return nil, fmt.Errorf("npz: %d files, want at most %d", len(z.File), maxArrays)
	}
	a := &Archive{}
	left, seen := limit, map[string]bool{}
	for _, f := range z.File {
		if seen[f.Name] {
			return nil, fmt.Errorf("npz: two files are named %q", f.Name)
		}
		seen[f.Name] = true
		b, err := read(f, left)
		if err != nil {
			return nil, fmt.Errorf("npz: %q: %w", f.Name, err)
		}
		left -= int64(len(b))
		name, isArray := strings.CutSuffix(f.Name, ".npy")
		if !isArray {
			if a.Texts == nil {
				a.Texts = map[string]string{}
			}
			a.Texts[f.Name] = string(b)
			continue
		}
		t, err := parseArray(b)
		if err != nil {
			return nil, fmt.Errorf("npz: array %q: %w", name, err)
		}
		t.Name = name
		a.Arrays = append(a.Arrays, *t)
	}
	return a, nil
}

// read unpacks a file of at most limit bytes.
func read(f *zip.File, limit int64) ([]byte, error) {
	tooLarge := errors.New("the arrays need too much memory")
	if f.UncompressedSize64 > uint64(limit) {
		return nil, tooLarge
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = tooLarge
	}
	return b, err
}

// dictionary matches the header of a .npy file, as NumPy writes it.
var dictionary = regexp.MustCompile(`^\{'descr': '([^']{1,8})', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\), \}\s*$`)

// parseArray reads a .npy file.
func parseArray(b []byte) (*safetensors.Tensor, error) {
	if len(b) < 12 || string(b[:6]) != "\x93NUMPY" {
		return nil, errors.New("it is no .npy file")
	}
	length, start := int(binary.LittleEndian.Uint16(b[8:])), 10
	if b[6] > 1 {
		length, start = int(binary.LittleEndian.Uint32(b[8:])), 12
	}
	if length > maxHeader || length > len(b)-start {
		return nil, fmt.Errorf("its header has a length of %d bytes, want at most %d and no more than follow", length, maxHeader)
	}
	m := dictionary.FindStringSubmatch(string(b[start : start+length]))
	if m == nil {
		return nil, fmt.Errorf("its header is %q, want a type without fields, the order and the shape", b[start:start+length])
	}
	t := &safetensors.Tensor{Shape: []int{}, Data: b[start+length:]}
	for name, d := range descriptions {
		if d == m[1] {
			t.DType = name
		}
	}
	if t.DType == "" {
		return nil, fmt.Errorf("its type is %q, want little-endian numbers", m[1])
	}
	for d := range strings.SplitSeq(strings.ReplaceAll(m[3], " ", ""), ",") {
		if d == "" {
			continue
		}
		n, err := strconv.ParseUint(d, 10, 31)
		if err != nil || len(t.Shape) == maxAxes {
			return nil, fmt.Errorf("its shape is (%s)", m[3])
		}
		t.Shape = append(t.Shape, int(n))
	}
	size, err := strconv.Atoi(m[1][2:])
	if err != nil {
		return nil, err
	}
	want := int64(size)
	for _, d := range t.Shape {
		if d > 0 && want > math.MaxInt64/int64(d) {
			return nil, fmt.Errorf("its shape is (%s)", m[3])
		}
		want *= int64(d)
	}
	if want != int64(len(t.Data)) {
		return nil, fmt.Errorf("its shape (%s) of %s needs %d bytes, it has %d", m[3], t.DType, want, len(t.Data))
	}
	if m[2] == "True" {
		t.Data = rowMajor(t.Data, t.Shape, size)
	}
	return t, nil
}

// rowMajor returns the elements of an array in Fortran's order in that of C.
func rowMajor(b []byte, shape []int, size int) []byte {
	out := make([]byte, 0, len(b))
	strides, stride := make([]int, len(shape)), size
	for i, d := range shape {
		strides[i] = stride
		stride *= d
	}
	var visit func(axis, offset int)
	visit = func(axis, offset int) {
		if axis == len(shape) {
			out = append(out, b[offset:offset+size]...)
			return
		}
		for i := range shape[axis] {
			visit(axis+1, offset+i*strides[axis])
		}
	}
	if len(b) > 0 {
		visit(0, 0)
	}
	return out
}
