package onnx

import (
	"errors"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// Write writes f. Equal contents give equal bytes.
func (f *File) Write(w io.Writer) error {
	if w == nil {
		return errors.New("onnx: the writer is nil")
	}
	_, err := w.Write(f.marshal())
	return err
}

// message is a protobuf message in the making. The methods append fields; a field with the
// zero value of its type is left out.
type message []byte

func (m *message) int(field protowire.Number, v int64) {
	if v != 0 {
		m.element(field, v)
	}
}

// element appends an element of a repeated field, whatever its value is.
func (m *message) element(field protowire.Number, v int64) {
	*m = protowire.AppendTag(*m, field, protowire.VarintType)
	*m = protowire.AppendVarint(*m, uint64(v))
}

func (m *message) float(field protowire.Number, bits uint32) {
	*m = protowire.AppendTag(*m, field, protowire.Fixed32Type)
	*m = protowire.AppendFixed32(*m, bits)
}

func (m *message) text(field protowire.Number, s string) {
	if s != "" {
		m.bytes(field, []byte(s))
	}
}

// bytes appends a field of bytes, a text or a message, even if it is empty.
func (m *message) bytes(field protowire.Number, b []byte) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, b)
}

func (f *File) marshal() []byte {
	var m message
	m.int(1, f.IRVersion)
	m.text(2, f.Producer)
	m.text(6, f.Doc)
	m.bytes(7, f.Graph.marshal())
	for _, d := range append([]Domain{{"", f.Opset}}, f.Domains...) {
		var set message
		set.text(1, d.Name)
		set.int(2, d.Version)
		m.bytes(8, set)
	}
	for _, e := range f.Metadata {
		var entry message
		entry.text(1, e.Key)
		entry.text(2, e.Value)
		m.bytes(14, entry)
	}
	return m
}

func (g *Graph) marshal() []byte {
	var m message
	for i := range g.Nodes {
		m.bytes(1, g.Nodes[i].marshal())
	}
	m.text(2, g.Name)
	for i := range g.Initializers {
		m.bytes(5, g.Initializers[i].marshal())
	}
	for _, v := range g.Inputs {
		m.bytes(11, v.marshal())
	}
	for _, v := range g.Outputs {
		m.bytes(12, v.marshal())
	}
	return m
}

func (n *Node) marshal() []byte {
	var m message
	for _, name := range n.Inputs {
		m.bytes(1, []byte(name))
	}
	for _, name := range n.Outputs {
		m.bytes(2, []byte(name))
	}
	m.text(3, n.Name)
	m.text(4, n.Op)
	for i := range n.Attributes {
		m.bytes(5, n.Attributes[i].marshal())
	}
	m.text(7, n.Domain)
	return m
}

func (a *Attribute) marshal() []byte {
	var m message
	m.text(1, a.Name)
	switch a.Type {
	case FloatAttribute:
		m.float(2, bits(a.Float))
	case IntAttribute:
		m.element(3, a.Int)
	case StringAttribute:
		m.bytes(4, []byte(a.Text))
	case TensorAttribute:
		m.bytes(5, a.Tensor.marshal())
	case FloatsAttribute:
		for _, v := range a.Floats {
			m.float(7, bits(v))
		}
	case IntsAttribute:
		for _, v := range a.Ints {
			m.element(8, v)
		}
	case StringsAttribute:
		for _, v := range a.Texts {
			m.bytes(9, []byte(v))
		}
	}
	m.int(20, int64(a.Type))
	return m
}

func (t *Tensor) marshal() []byte {
	var m message
	for _, d := range t.Shape {
		m.element(1, int64(d))
	}
	m.int(2, int64(t.Type))
	m.text(8, t.Name)
	m.bytes(9, t.Data)
	return m
}

func (v *Value) marshal() []byte {
	var shape message
	for _, d := range v.Shape {
		var dim message
		if d.Name != "" {
			dim.text(2, d.Name)
		} else {
			dim.element(1, d.Size)
		}
		shape.bytes(1, dim)
	}
	var array, kind, m message
	array.int(1, int64(v.Type))
	if v.Shape != nil {
		array.bytes(2, shape)
	}
	kind.bytes(1, array)
	m.text(1, v.Name)
	m.bytes(2, kind)
	return m
}
