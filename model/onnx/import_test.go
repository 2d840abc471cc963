package onnx

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// small returns a file with a convolution, a pooling and a dense layer.
func small() *File {
	return &File{Opset: 13, Graph: Graph{
		Nodes: []Node{
			{Name: "conv", Op: "Conv", Inputs: []string{"x", "w"}, Outputs: []string{"a"}},
			{Name: "pool", Op: "GlobalAveragePool", Inputs: []string{"a"}, Outputs: []string{"b"}},
			{Name: "flat", Op: "Flatten", Inputs: []string{"b"}, Outputs: []string{"c"}},
			{Name: "fc", Op: "Gemm", Inputs: []string{"c", "v"}, Outputs: []string{"y"}},
		},
		Initializers: []Tensor{
			Floats("w", []int{2, 1, 3, 3}, make([]float32, 18)),
			Floats("v", []int{2, 3}, make([]float32, 6)),
		},
		Inputs:  []Value{{Name: "x", Type: Float32, Shape: []Dim{{Name: "n"}, {Size: 1}, {Size: 8}, {Size: 8}}}},
		Outputs: []Value{{Name: "y", Type: Float32}},
	}}
}

func TestImportRefuses(t *testing.T) {
	if n, err := Import(small(), 0); err != nil || n.Classes != 3 || n.Height != 8 {
		t.Fatalf("%+v, %v, want 3 classes of images of 8x8", n, err)
	}
	for _, tc := range []struct {
		want        string
		change      func(f *File)
		unsupported bool
	}{
		{"version 6, want 7 to 21", func(f *File) { f.Opset = 6 }, true},
		{"version 22, want 7 to 21", func(f *File) { f.Opset = 22 }, true},
		{"2 outputs, want one", func(f *File) { f.Graph.Outputs = append(f.Graph.Outputs, Value{Name: "c"}) }, true},
		{"axis 2 is height, want a fixed number", func(f *File) { f.Graph.Inputs[0].Shape[2] = Dim{Name: "height"} }, true},
		{"images of 1x65536x65536 are too large", func(f *File) { f.Graph.Inputs[0].Shape[2].Size, f.Graph.Inputs[0].Shape[3].Size = 65536, 65536 }, true},
		{`HardSwish "conv": not supported: there is no layer for this operator`, func(f *File) { f.Graph.Nodes[0].Op = "HardSwish" }, true},
		{`the domain "com.example"`, func(f *File) { f.Graph.Nodes[0].Domain = "com.example" }, true},
		{`Conv "conv": not supported: attribute "flip"`, func(f *File) { f.Graph.Nodes[0].Attributes = []Attribute{intAttribute("flip", 1)} }, true},
		{"pads is [70000 0 0 0], want numbers from 0 to 65536", func(f *File) { f.Graph.Nodes[0].Attributes = []Attribute{intsAttribute("pads", 70000, 0, 0, 0)} }, true},
		{"more than 16777216 elements", func(f *File) { f.Graph.Nodes[0].Attributes = []Attribute{intsAttribute("pads", 9000, 9000, 0, 0)} }, true},
		{"strides is [0 1]", func(f *File) { f.Graph.Nodes[0].Attributes = []Attribute{intsAttribute("strides", 0, 1)} }, true},
		{`GlobalAveragePool "pool" reads "c", which no earlier node computes`, func(f *File) { f.Graph.Nodes[1].Inputs[0] = "c" }, false},
		{`Flatten "flat" computes "a", which exists already`, func(f *File) { f.Graph.Nodes[2].Outputs[0] = "a" }, false},
		{`two initializers are named "w"`, func(f *File) { f.Graph.Initializers[1].Name = "w" }, false},
		{`no node computes the output "z"`, func(f *File) { f.Graph.Outputs[0].Name = "z" }, false},
		{"the weight has the shape [2 3], the input [1 2]", func(f *File) { f.Graph.Nodes[3].Attributes = []Attribute{intAttribute("transB", 1)} }, true},
		{`input 2, "x", is computed from the images`, func(f *File) { f.Graph.Nodes[0].Inputs[1] = "x" }, true},
		{"1 inputs and 1 outputs, want at least 2 and 1", func(f *File) { f.Graph.Nodes[0].Inputs = []string{"x"} }, false},
		{"holds int64, want floating-point numbers", func(f *File) { f.Graph.Initializers[0] = Tensor{"w", Int64, []int{2, 1, 3, 3}, make([]byte, 144)} }, true},
	} {
		f := small()
		tc.change(f)
		_, err := Import(f, 0)
		if err == nil || !strings.Contains(err.Error(), tc.want) || errors.Is(err, ErrUnsupported) != tc.unsupported {
			t.Errorf("error is %v, want %q", err, tc.want)
		}
	}
	if _, err := Import(small(), 20); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("error is %v, want one about the limit of the parameters", err)
	}
}

// tensorBytes returns the message of a tensor with more fields.
func tensorBytes(t Tensor, more func(m *message)) []byte {
	m := message(t.marshal())
	more(&m)
	return m
}

func TestParseRefuses(t *testing.T) {
	good := small().marshal()
	if _, err := Parse(good); err != nil {
		t.Fatal(err)
	}
	graphOf := func(content []byte) []byte {
		var g, m message
		g.bytes(5, content)
		m.int(1, 8)
		m.bytes(7, g)
		return m
	}
	one := Floats("w", []int{1}, []float32{1})
	for want, content := range map[string][]byte{
		"not an ONNX file":                                      []byte("hello"),
		"it has no graph":                                       {8, 8},
		"cut off or damaged":                                    good[:len(good)-7],
		"needs 4000000000000000 bytes, it has 4":                graphOf(Tensor{"w", Float32, []int{1e9, 1e6}, make([]byte, 4)}.bytes()),
		"the invalid shape":                                     graphOf(Tensor{"w", Float32, []int{1e9, 1e9, 1e9}, nil}.bytes()),
		"the size -1 along an axis":                             graphOf(Tensor{"w", Float32, []int{-1}, nil}.bytes()),
		"elements of texts":                                     graphOf(Tensor{"w", 8, []int{1}, nil}.bytes()),
		`in another file, "../../etc/passwd": save the model`:   graphOf(tensorBytes(one, func(m *message) { m.bytes(13, (&Entry{"location", "../../etc/passwd"}).bytes()) })),
		"has its elements twice":                                graphOf(tensorBytes(one, func(m *message) { m.bytes(4, make([]byte, 4)) })),
		"stored in segments":                                    graphOf(tensorBytes(one, func(m *message) { m.bytes(3, nil) })),
		"there are more than 8 axes of a tensor":                graphOf(Tensor{"w", Float32, []int{1, 1, 1, 1, 1, 1, 1, 1, 1}, nil}.bytes()),
		"there are two graphs":                                  append(append([]byte{}, good...), good...),
		"there are more than 4096 numbers in an attribute":      nodeWith(Attribute{Name: "ints", Type: IntsAttribute, Ints: make([]int64, 5000)}),
		"a text has 5000 bytes, want at most 4096":              nodeWith(Attribute{Name: strings.Repeat("a", 5000), Type: IntAttribute}),
		"field 7 has the wire type 0":                           protowire.AppendVarint(protowire.AppendTag(nil, 7, protowire.VarintType), 1),
		"it refers to an attribute of a function, which is not": nodeWithBytes(func(m *message) { m.text(21, "other") }),
	} {
		if _, err := Parse(content); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

func (t Tensor) bytes() []byte { return t.marshal() }

func (e *Entry) bytes() []byte {
	var m message
	m.text(1, e.Key)
	m.text(2, e.Value)
	return m
}

// nodeWith returns a file with a node that has an attribute.
func nodeWith(a Attribute) []byte {
	return (&File{Opset: 13, Graph: Graph{Nodes: []Node{{Op: "Relu", Attributes: []Attribute{a}}}}}).marshal()
}

func nodeWithBytes(fill func(m *message)) []byte {
	var a, n, g, f message
	fill(&a)
	n.bytes(5, a)
	g.bytes(1, n)
	f.bytes(7, g)
	return f
}
