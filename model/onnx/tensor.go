package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Types of elements, as in onnx.proto.
const (
	Float32  = 1
	Uint8    = 2
	Int8     = 3
	Int32    = 6
	Int64    = 7
	Bool     = 9
	Float16  = 10
	Float64  = 11
	BFloat16 = 16
)

// elementTypes are the types of elements that are read, with their sizes in bytes.
var elementTypes = map[int32]struct {
	name string
	size int
}{
	Float32: {"float32", 4}, Uint8: {"uint8", 1}, Int8: {"int8", 1}, Int32: {"int32", 4}, Int64: {"int64", 8},
	Bool: {"bool", 1}, Float16: {"float16", 2}, Float64: {"float64", 8}, BFloat16: {"bfloat16", 2},
}

// otherTypes are names of types of elements that are not read.
var otherTypes = map[int32]string{4: "uint16", 5: "int16", 8: "texts", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128"}

// typeName returns the name of a type of elements.
func typeName(t int32) string {
	if e, ok := elementTypes[t]; ok {
		return e.name
	}
	if name, ok := otherTypes[t]; ok {
		return name
	}
	return fmt.Sprintf("type %d", t)
}

// Tensor is an array in row-major order.
type Tensor struct {
	Name  string
	Type  int32
	Shape []int
	Data  []byte // the elements, little-endian
}

// Floats returns a tensor of float32 elements.
func Floats(name string, shape []int, values []float32) Tensor {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return Tensor{Name: name, Type: Float32, Shape: slices.Clone(shape), Data: data}
}

// Ints returns a tensor of int64 elements with one axis.
func Ints(name string, values ...int) Tensor {
	data := make([]byte, 0, 8*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, uint64(v))
	}
	return Tensor{Name: name, Type: Int64, Shape: []int{len(values)}, Data: data}
}

// len returns the number of elements.
func (t *Tensor) len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Float32s returns the elements of a tensor of floating-point numbers.
func (t *Tensor) Float32s() ([]float32, error) {
	values := make([]float32, 0, t.len())
	for data := t.Data; len(data) > 0; data = data[elementTypes[t.Type].size:] {
		switch t.Type {
		case Float32:
			values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(data)))
		case Float64:
			values = append(values, float32(math.Float64frombits(binary.LittleEndian.Uint64(data))))
		case BFloat16:
			values = append(values, math.Float32frombits(uint32(binary.LittleEndian.Uint16(data))<<16))
		case Float16:
			values = append(values, half(binary.LittleEndian.Uint16(data)))
		default:
			return nil, fmt.Errorf("tensor %q holds %s, want floating-point numbers", t.Name, typeName(t.Type))
		}
	}
	return values, nil
}

// Int64s returns the elements of a tensor of integers.
func (t *Tensor) Int64s() ([]int64, error) {
	values := make([]int64, 0, t.len())
	for data := t.Data; len(data) > 0; data = data[elementTypes[t.Type].size:] {
		switch t.Type {
		case Int64:
			values = append(values, int64(binary.LittleEndian.Uint64(data)))
		case Int32:
			values = append(values, int64(int32(binary.LittleEndian.Uint32(data))))
		default:
			return nil, fmt.Errorf("tensor %q holds %s, want int32 or int64", t.Name, typeName(t.Type))
		}
	}
	return values, nil
}

// half returns the value of an IEEE 754 binary16 number.
func half(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, int(h>>10&31), uint32(h&1023)
	switch exp {
	case 0:
		v := float32(math.Ldexp(float64(frac), -24))
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | uint32(exp+127-15)<<23 | frac<<13)
}
