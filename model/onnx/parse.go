package onnx

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Limits of what Parse reads, so that a damaged file takes no more memory than a small multiple
// of its size.
const (
	maxItems      = 1 << 16 // nodes, initializers, inputs, outputs, entries of the metadata
	maxNodeItems  = 1 << 10 // inputs, outputs or attributes of a node
	maxAttributes = 1 << 12 // numbers in an attribute
	maxAxes       = 8       // of a tensor
	maxName       = 1 << 12 // bytes of a name
	maxSize       = math.MaxInt32
)

// ErrNotONNX is the error of a content that is no ONNX file.
var ErrNotONNX = errors.New("not an ONNX file")

// Parse returns the content of a file. It returns an error for a file that is damaged, that has
// parts which networks do not need, such as subgraphs, or whose tensors are in other files. The
// tensors may share memory with content.
func Parse(content []byte) (*File, error) {
	f := &File{}
	graphs := 0
	err := readMessage(content, func(x field) (err error) {
		switch x.number {
		case 1:
			f.IRVersion, err = x.int()
		case 2:
			f.Producer, err = x.text(maxName)
		case 6:
			f.Doc, err = x.text(len(content))
		case 7:
			if graphs++; graphs > 1 {
				return errors.New("there are two graphs")
			}
			return x.message(f.Graph.parse)
		case 8:
			return f.parseOpset(x)
		case 14:
			var e Entry
			if err := x.message(e.parse); err != nil {
				return err
			}
			f.Metadata = append(f.Metadata, e)
			return checkCount("entries of the metadata", len(f.Metadata), maxItems)
		}
		return err
	})
	switch {
	case err != nil && graphs == 0 && f.IRVersion == 0:
		return nil, fmt.Errorf("onnx: %w: %w", ErrNotONNX, err)
	case err != nil:
		return nil, fmt.Errorf("onnx: %w", err)
	case graphs == 0:
		return nil, fmt.Errorf("onnx: %w: it has no graph", ErrNotONNX)
	}
	return f, nil
}

// field is a field of a message.
type field struct {
	number protowire.Number
	kind   protowire.Type
	bits   uint64 // of a number
	bytes  []byte // of a text, a message or packed numbers
}

// readMessage calls f for each field of a message.
func readMessage(b []byte, f func(x field) error) error {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errors.New("it is cut off or damaged")
		}
		b = b[n:]
		x := field{number: number, kind: kind}
		switch kind {
		case protowire.VarintType:
			x.bits, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			x.bits = uint64(v)
		case protowire.Fixed64Type:
			x.bits, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			x.bytes, n = protowire.ConsumeBytes(b)
		default:
			return fmt.Errorf("field %d has a type that ONNX does not use", number)
		}
		if n < 0 {
			return errors.New("it is cut off or damaged")
		}
		b = b[n:]
		if err := f(x); err != nil {
			return err
		}
	}
	return nil
}

// message reads a field as a message.
func (x field) message(f func(x field) error) error {
	if x.kind != protowire.BytesType {
		return x.wrongKind()
	}
	return readMessage(x.bytes, f)
}

func (x field) wrongKind() error {
	return fmt.Errorf("field %d has the wire type %d, which is wrong", x.number, x.kind)
}

func (x field) int() (int64, error) {
	if x.kind != protowire.VarintType {
		return 0, x.wrongKind()
	}
	return int64(x.bits), nil
}

func (x field) text(limit int) (string, error) {
	switch {
	case x.kind != protowire.BytesType:
		return "", x.wrongKind()
	case len(x.bytes) > limit:
		return "", fmt.Errorf("a text has %d bytes, want at most %d", len(x.bytes), limit)
	}
	return string(x.bytes), nil
}

// appendText appends a text of a repeated field.
func (x field) appendText(list *[]string, what string) error {
	s, err := x.text(maxName)
	if err != nil {
		return err
	}
	*list = append(*list, s)
	return checkCount(what, len(*list), maxNodeItems)
}

// ints calls f for each number of a repeated field of integers, packed or not.
func (x field) ints(f func(v int64) error) error {
	if x.kind == protowire.VarintType {
		return f(int64(x.bits))
	}
	if x.kind != protowire.BytesType {
		return x.wrongKind()
	}
	for b := x.bytes; len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return errors.New("a list of integers is cut off or damaged")
		}
		b = b[n:]
		if err := f(int64(v)); err != nil {
			return err
		}
	}
	return nil
}

func checkCount(what string, n, limit int) error {
	if n > limit {
		return fmt.Errorf("there are more than %d %s", limit, what)
	}
	return nil
}

// parseOpset reads a set of operators with its version.
func (f *File) parseOpset(x field) error {
	var d Domain
	err := x.message(func(x field) (err error) {
		switch x.number {
		case 1:
			d.Name, err = x.text(maxName)
		case 2:
			d.Version, err = x.int()
		}
		return err
	})
	if err != nil {
		return err
	}
	if d.Name == "" || d.Name == "ai.onnx" {
		f.Opset = d.Version
		return nil
	}
	f.Domains = append(f.Domains, d)
	return checkCount("sets of operators", len(f.Domains), maxItems)
}

func (e *Entry) parse(x field) (err error) {
	switch x.number {
	case 1:
		e.Key, err = x.text(maxName)
	case 2:
		e.Value, err = x.text(math.MaxInt)
	}
	return err
}

func (g *Graph) parse(x field) (err error) {
	switch x.number {
	case 1:
		var n Node
		if err := x.message(n.parse); err != nil {
			return fmt.Errorf("node %d: %w", len(g.Nodes), err)
		}
		g.Nodes = append(g.Nodes, n)
		return checkCount("nodes", len(g.Nodes), maxItems)
	case 2:
		g.Name, err = x.text(maxName)
	case 5:
		t, err := parseTensor(x)
		if err != nil {
			return fmt.Errorf("initializer %d: %w", len(g.Initializers), err)
		}
		g.Initializers = append(g.Initializers, *t)
		return checkCount("initializers", len(g.Initializers), maxItems)
	case 11, 12:
		var v Value
		if err := x.message(v.parse); err != nil {
			return err
		}
		list := &g.Inputs
		if x.number == 12 {
			list = &g.Outputs
		}
		*list = append(*list, v)
		return checkCount("inputs or outputs", len(*list), maxItems)
	case 15:
		return errors.New("it has sparse tensors, which are not supported")
	}
	return err
}

func (n *Node) parse(x field) (err error) {
	switch x.number {
	case 1:
		return x.appendText(&n.Inputs, "inputs of a node")
	case 2:
		return x.appendText(&n.Outputs, "outputs of a node")
	case 3:
		n.Name, err = x.text(maxName)
	case 4:
		n.Op, err = x.text(maxName)
	case 5:
		var a Attribute
		if err := x.message(a.parse); err != nil {
			return fmt.Errorf("attribute %q of %s: %w", a.Name, n, err)
		}
		if a.Type == TensorAttribute && a.Tensor == nil {
			return fmt.Errorf("attribute %q of %s has no tensor", a.Name, n)
		}
		n.Attributes = append(n.Attributes, a)
		return checkCount("attributes of a node", len(n.Attributes), maxNodeItems)
	case 7:
		n.Domain, err = x.text(maxName)
	}
	return err
}

func (a *Attribute) parse(x field) (err error) {
	switch x.number {
	case 1:
		a.Name, err = x.text(maxName)
	case 2:
		if x.kind != protowire.Fixed32Type {
			return x.wrongKind()
		}
		a.Float = math.Float32frombits(uint32(x.bits))
		a.setTypeTo(FloatAttribute)
	case 3:
		a.Int, err = x.int()
		a.setTypeTo(IntAttribute)
	case 4:
		a.Text, err = x.text(maxName)
		a.setTypeTo(StringAttribute)
	case 5:
		a.Tensor, err = parseTensor(x)
		a.setTypeTo(TensorAttribute)
	case 6, 10, 11, 14, 15, 22, 23:
		a.setTypeTo(GraphAttribute) // also lists of graphs, types and sparse tensors
	case 7:
		a.setTypeTo(FloatsAttribute)
		return x.floats(func(v float32) error {
			a.Floats = append(a.Floats, v)
			return checkCount("numbers in an attribute", len(a.Floats), maxAttributes)
		})
	case 8:
		a.setTypeTo(IntsAttribute)
		return x.ints(func(v int64) error {
			a.Ints = append(a.Ints, v)
			return checkCount("numbers in an attribute", len(a.Ints), maxAttributes)
		})
	case 9:
		a.setTypeTo(StringsAttribute)
		return x.appendText(&a.Texts, "texts in an attribute")
	case 20:
		var v int64
		v, err = x.int()
		a.Type = int32(v)
	case 21:
		return errors.New("it refers to an attribute of a function, which is not supported")
	}
	return err
}

func (v *Value) parse(x field) (err error) {
	switch x.number {
	case 1:
		v.Name, err = x.text(maxName)
	case 2:
		return x.message(func(x field) error {
			if x.number != 1 {
				return nil // no tensor: a sequence, a map
			}
			return x.message(v.parseType)
		})
	}
	return err
}

func (v *Value) parseType(x field) (err error) {
	switch x.number {
	case 1:
		var n int64
		n, err = x.int()
		v.Type = int32(n)
	case 2:
		v.Shape = []Dim{}
		return x.message(func(x field) error {
			if x.number != 1 {
				return nil
			}
			var d Dim
			err := x.message(func(x field) (err error) {
				switch x.number {
				case 1:
					d.Size, err = x.int()
				case 2:
					d.Name, err = x.text(maxName)
				}
				return err
			})
			v.Shape = append(v.Shape, d)
			if err != nil {
				return err
			}
			return checkCount("axes of a value", len(v.Shape), maxAxes)
		})
	}
	return err
}
