package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// setTypeTo sets the type of an attribute of an old file, which does not give it.
func (a *Attribute) setTypeTo(t int32) {
	if a.Type == 0 {
		a.Type = t
	}
}

// floats calls f for each number of a repeated field of float32, packed or not.
func (x field) floats(f func(v float32) error) error {
	if x.kind == protowire.Fixed32Type {
		return f(math.Float32frombits(uint32(x.bits)))
	}
	if x.kind != protowire.BytesType || len(x.bytes)%4 != 0 {
		return x.wrongKind()
	}
	for b := x.bytes; len(b) > 0; b = b[4:] {
		if err := f(math.Float32frombits(binary.LittleEndian.Uint32(b))); err != nil {
			return err
		}
	}
	return nil
}

// parseTensor reads a tensor, whose elements may be in one of several fields.
func parseTensor(x field) (*Tensor, error) {
	t := &Tensor{Shape: []int{}}
	external, location := false, ""
	var typed []byte // elements from fields other than raw_data
	err := x.message(func(x field) (err error) {
		switch x.number {
		case 1:
			return x.ints(func(v int64) error {
				if v < 0 || v > maxSize {
					return fmt.Errorf("tensor %q has the size %d along an axis", t.Name, v)
				}
				t.Shape = append(t.Shape, int(v))
				return checkCount("axes of a tensor", len(t.Shape), maxAxes)
			})
		case 2:
			var v int64
			v, err = x.int()
			t.Type = int32(v)
		case 3:
			return errors.New("a tensor is stored in segments, which is not supported")
		case 4, 10:
			typed, err = x.appendFixed(typed)
		case 5:
			return x.ints(func(v int64) error {
				switch elementTypes[t.Type].size {
				case 1:
					typed = append(typed, byte(v))
				case 2:
					typed = binary.LittleEndian.AppendUint16(typed, uint16(v))
				default:
					typed = binary.LittleEndian.AppendUint32(typed, uint32(v))
				}
				return nil
			})
		case 7:
			return x.ints(func(v int64) error {
				typed = binary.LittleEndian.AppendUint64(typed, uint64(v))
				return nil
			})
		case 8:
			t.Name, err = x.text(maxName)
		case 9:
			if x.kind != protowire.BytesType {
				return x.wrongKind()
			}
			t.Data = x.bytes
		case 13:
			external = true
			var e Entry
			if err := x.message(e.parse); err != nil {
				return err
			}
			if e.Key == "location" {
				location = e.Value
			}
		case 14:
			var v int64
			v, err = x.int()
			external = external || v == 1
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case external:
		return nil, fmt.Errorf("the elements of tensor %q are in another file, %q: save the model with its parameters in one file", t.Name, location)
	case typed != nil && t.Data != nil:
		return nil, fmt.Errorf("tensor %q has its elements twice", t.Name)
	case typed != nil:
		t.Data = typed
	}
	return t, t.check()
}

// appendFixed appends the elements of a field of float32 or float64, packed or not.
func (x field) appendFixed(list []byte) ([]byte, error) {
	switch x.kind {
	case protowire.BytesType:
		if list == nil {
			return x.bytes, nil
		}
		return append(list[:len(list):len(list)], x.bytes...), nil
	case protowire.Fixed32Type:
		return binary.LittleEndian.AppendUint32(list[:len(list):len(list)], uint32(x.bits)), nil
	case protowire.Fixed64Type:
		return binary.LittleEndian.AppendUint64(list[:len(list):len(list)], x.bits), nil
	}
	return nil, x.wrongKind()
}

// check returns an error if the type is not read, or the elements do not fill the shape.
func (t *Tensor) check() error {
	e, ok := elementTypes[t.Type]
	if !ok {
		return fmt.Errorf("tensor %q has elements of %s, which is not supported", t.Name, typeName(t.Type))
	}
	bytes := int64(e.size)
	for _, d := range t.Shape {
		if d > 0 && bytes > math.MaxInt64/int64(d) {
			return fmt.Errorf("tensor %q has the invalid shape %v", t.Name, t.Shape)
		}
		bytes *= int64(d)
	}
	if bytes != int64(len(t.Data)) {
		return fmt.Errorf("tensor %q of %s and shape %v needs %d bytes, it has %d", t.Name, e.name, t.Shape, bytes, len(t.Data))
	}
	return nil
}
