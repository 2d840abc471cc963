package onnx

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// single returns a file with one node, which reads images of 2 channels and 4x4 pixels.
func single(n Node, initializers ...Tensor) *File {
	n.Name, n.Outputs = "node", []string{"y"}
	n.Inputs = []string{"x"}
	for _, t := range initializers {
		n.Inputs = append(n.Inputs, t.Name)
	}
	return &File{Opset: 21, Graph: Graph{
		Nodes: []Node{n}, Initializers: initializers,
		Inputs: []Value{{Name: "x", Type: Float32}}, Outputs: []Value{{Name: "y", Type: Float32}},
	}}
}

// TestImportAttributes imports nodes with attributes whose meaning no layer has: each is refused with
// its name. Attributes that change nothing are read.
func TestImportAttributes(t *testing.T) {
	text := func(name, v string) Attribute { return Attribute{Name: name, Type: StringAttribute, Text: v} }
	window := intsAttribute("kernel_shape", 3, 3)
	half := intsAttribute("kernel_shape", 2, 2)
	weight := Floats("w", []int{2, 2, 3, 3}, make([]float32, 36))
	grouped := Floats("w", []int{2, 1, 3, 3}, make([]float32, 18))
	list := func(name string) Tensor { return Floats(name, []int{2}, []float32{1, 2}) }
	statistics := []Tensor{list("scale"), list("bias"), list("mean"), list("variance")}
	one, zero := Floats("s", []int{}, []float32{1}), Tensor{"z", Uint8, []int{}, []byte{0}}
	shape := func(v ...int) Tensor { return Ints("shape", v...) }
	for _, tc := range []struct {
		op    string
		since int64 // the version of the operators, 0 for the latest
		want  string
		with  []Tensor
		attrs []Attribute
	}{
		{"Conv", 0, "", []Tensor{weight}, []Attribute{text("auto_pad", "SAME_LOWER"), window}},
		{"Conv", 0, "", []Tensor{grouped}, []Attribute{intAttribute("group", 2), intsAttribute("dilations", 1, 2), intsAttribute("pads", 1, 0, 2, 2), intsAttribute("strides", 2, 1)}},
		{"Conv", 0, `attribute auto_pad is "BELOW"`, []Tensor{weight}, []Attribute{text("auto_pad", "BELOW")}},
		{"Conv", 0, `attribute "auto_pad" has the type 2, want 3`, []Tensor{weight}, []Attribute{intAttribute("auto_pad", 1)}},
		{"Conv", 0, `attribute "group" is there twice`, []Tensor{weight}, []Attribute{intAttribute("group", 1), intAttribute("group", 2)}},
		{"Conv", 0, "kernel_shape is [2 2]", []Tensor{weight}, []Attribute{half}},
		{"Conv", 0, "strides has 1 numbers", []Tensor{weight}, []Attribute{intsAttribute("strides", 1)}},
		{"Conv", 0, "pads is [-1 0 0 0]", []Tensor{weight}, []Attribute{intsAttribute("pads", -1, 0, 0, 0)}},
		{"MaxPool", 0, "", nil, []Attribute{window, intAttribute("storage_order", 1), intAttribute("ceil_mode", 1), text("auto_pad", "VALID")}},
		{"MaxPool", 0, "attribute dilations is [2 2]", nil, []Attribute{half, intsAttribute("dilations", 2, 2)}},
		{"MaxPool", 0, `attribute "count_include_pad"`, nil, []Attribute{half, intAttribute("count_include_pad", 1)}},
		{"AveragePool", 0, "", nil, []Attribute{half, intsAttribute("strides", 2, 2), text("auto_pad", "SAME_UPPER")}}, // no padding
		{"AveragePool", 0, "", nil, []Attribute{window, intsAttribute("pads", 1, 1, 1, 1), intAttribute("count_include_pad", 1)}},
		{"AveragePool", 0, "attribute count_include_pad is 0 with padding", nil, []Attribute{window, intsAttribute("pads", 1, 1, 1, 1)}},
		{"AveragePool", 0, "attribute count_include_pad is 0 with padding", nil, []Attribute{window, text("auto_pad", "SAME_UPPER")}},
		{"AveragePool", 0, "attribute ceil_mode with a window that exceeds the image", nil, []Attribute{window, intsAttribute("strides", 2, 2), intAttribute("ceil_mode", 1)}},
		{"AveragePool", 0, "attribute dilations is [1 2]", nil, []Attribute{half, intsAttribute("dilations", 1, 2)}},
		{"AveragePool", 0, `attribute "storage_order"`, nil, []Attribute{half, intAttribute("storage_order", 0)}},
		{"BatchNormalization", 0, "", statistics, []Attribute{floatAttribute("epsilon", 1e-3), floatAttribute("momentum", 0.5)}},
		{"BatchNormalization", 0, "the training mode", statistics, []Attribute{intAttribute("training_mode", 1)}},
		{"BatchNormalization", 7, "statistics of each pixel", statistics, []Attribute{intAttribute("spatial", 0)}},
		{"Gelu", 0, "", nil, []Attribute{text("approximate", "none")}},
		{"Gelu", 0, `attribute approximate is "tanh"`, nil, []Attribute{text("approximate", "tanh")}},
		{"Gelu", 19, "the operator exists from version 20 of the operators on, the file has version 19", nil, nil},
		{"SiLU", 0, "there is no layer for this operator", nil, nil},
		{"LeakyRelu", 0, `attribute "alpha" has the type 2, want 1`, nil, []Attribute{intAttribute("alpha", 1)}},
		{"LeakyRelu", 0, "attribute alpha is +Inf", nil, []Attribute{floatAttribute("alpha", 1e300)}},
		{"Softmax", 13, "", nil, []Attribute{intAttribute("axis", 1)}},
		{"Softmax", 13, "attribute axis is 3 for the shape [1 2 4 4], want the channels", nil, nil},
		{"Softmax", 12, "attribute axis is 1 for the shape [1 2 4 4], want the channels", nil, nil}, // over all pixels
		{"LogSoftmax", 0, "the operator is read only after the logits", nil, []Attribute{intAttribute("axis", 1)}},
		{"Dropout", 10, "", nil, []Attribute{floatAttribute("ratio", 0.25)}},
		{"Dropout", 12, "", nil, []Attribute{intAttribute("seed", 1)}},
		{"Dropout", 7, `attribute "is_test"`, nil, []Attribute{intAttribute("is_test", 1)}},
		{"Flatten", 0, "attribute axis is 2", nil, []Attribute{intAttribute("axis", 2)}},
		{"Reshape", 0, "", []Tensor{shape(0, -1)}, nil},
		{"Reshape", 0, "", []Tensor{shape(-1, 32)}, []Attribute{intAttribute("allowzero", 1)}},
		{"Reshape", 0, "the shape [0 32]", []Tensor{shape(0, 32)}, []Attribute{intAttribute("allowzero", 1)}},
		{"Reshape", 0, "the shape [-2 32]", []Tensor{shape(-2, 32)}, nil},
		{"Reshape", 0, "the shape [-1 16]", []Tensor{shape(-1, 16)}, nil},
		{"Transpose", 0, "perm is [1 0 2 3], want the batch to stay first", nil, []Attribute{intsAttribute("perm", 1, 0, 2, 3)}},
		{"ReduceMean", 0, "a reduction over the batch", nil, nil},
		{"ReduceMean", 0, "", nil, []Attribute{intAttribute("noop_with_empty_axes", 1)}},
		{"ReduceSum", 0, "", []Tensor{Ints("axes", 2, -1)}, []Attribute{intAttribute("keepdims", 0)}},
		{"ReduceMax", 0, "axis 2 is named twice", []Tensor{Ints("axes", 2, -2)}, nil},
		{"ReduceL2", 0, "there is no layer for this operator", nil, nil},
		{"QuantizeLinear", 0, "a scale for each channel of a value", []Tensor{list("s"), {"z", Uint8, []int{2}, []byte{0, 0}}}, nil},
		{"QuantizeLinear", 0, "attribute block_size", []Tensor{one, zero}, []Attribute{intAttribute("block_size", 2)}},
		{"QuantizeLinear", 0, `attribute "output_dtype"`, []Tensor{one}, []Attribute{intAttribute("output_dtype", 3)}},
		{"QuantizeLinear", 0, `the output "y" is of integers`, []Tensor{one, zero}, []Attribute{intAttribute("saturate", 1)}},
		{"DequantizeLinear", 0, `input "x" is not the output of a QuantizeLinear`, []Tensor{one, zero}, nil},
		{"Shape", 0, `attribute "start"`, nil, []Attribute{intAttribute("start", 1)}},
		{"Cast", 0, "the operator is read only where it computes the shape for Reshape", nil, []Attribute{intAttribute("to", 1)}},
		{"Constant", 0, `attribute "value_string"`, nil, []Attribute{text("value_string", "a")}},
	} {
		f := single(Node{Op: tc.op, Attributes: tc.attrs}, tc.with...)
		if tc.since > 0 {
			f.Opset = tc.since
		}
		images := Floats("x", []int{1, 2, 4, 4}, make([]float32, 32))
		_, err := evaluateFile(f, &images)
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%s %v: %v", tc.op, tc.attrs, err)
		case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.op+` "node": `) && !strings.Contains(err.Error(), `"y"`) || !strings.Contains(err.Error(), tc.want)):
			t.Errorf("%s %v: error is %v, want one that names the node and %q", tc.op, tc.attrs, err, tc.want)
		}
	}
}

// TestImportSoftmax leaves out a softmax over the classes only.
func TestImportSoftmax(t *testing.T) {
	with := func(op string, axis int, opset int64) *File {
		f := small()
		f.Opset = opset
		f.Graph.Nodes = append(f.Graph.Nodes, Node{Name: "s", Op: op, Inputs: []string{"y"}, Outputs: []string{"p"}, Attributes: []Attribute{intAttribute("axis", axis)}})
		f.Graph.Outputs[0].Name = "p"
		return f
	}
	for _, f := range []*File{with("Softmax", -1, 13), with("LogSoftmax", 1, 13), with("Softmax", 1, 11)} {
		n, err := Import(f, 0)
		if err != nil || n.Softmax != f.Graph.Nodes[4].Op || n.head != "y" {
			t.Errorf("%+v, %v, want a network without %s, with the head y", n, err, f.Graph.Nodes[4].Op)
		}
	}
	if _, err := Import(with("Softmax", 0, 13), 0); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "attribute axis is 0") {
		t.Errorf("error is %v, want one about the axis", err)
	}
}

// TestImportShapes reads reshapes whose shape is computed from the batch.
func TestImportShapes(t *testing.T) {
	build := func(parts ...string) *File {
		return &File{Opset: 13, Graph: Graph{
			Nodes: []Node{
				{Op: "Shape", Inputs: []string{"x"}, Outputs: []string{"all"}},
				{Op: "Gather", Inputs: []string{"all", "first"}, Outputs: []string{"batch"}},
				{Op: "Concat", Inputs: parts, Outputs: []string{"shape"}, Attributes: []Attribute{intAttribute("axis", 0)}},
				{Name: "r", Op: "Reshape", Inputs: []string{"x", "shape"}, Outputs: []string{"y"}, Attributes: []Attribute{intAttribute("allowzero", 1)}},
			},
			Initializers: []Tensor{Ints("first", 0), Ints("rest", -1), Ints("eight", 8)},
			Inputs:       []Value{{Name: "x", Type: Float32}}, Outputs: []Value{{Name: "y"}},
		}}
	}
	images := Floats("x", []int{2, 2, 2, 2}, make([]float32, 16))
	for _, tc := range []struct {
		parts []string
		want  string
	}{
		{[]string{"batch", "rest"}, ""},
		{[]string{"batch", "eight"}, ""},
		{[]string{"rest", "batch"}, "the shape [-1 batch]"},
		{[]string{"eight", "batch"}, "the shape [8 batch]"},
	} {
		r, err := evaluateFile(build(tc.parts...), &images)
		switch {
		case tc.want != "" && (!errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), tc.want)):
			t.Errorf("%v: error is %v, want %q", tc.parts, err, tc.want)
		case tc.want == "" && (err != nil || !slices.Equal(r.result.shape(), []int{2, 8})):
			t.Errorf("%v: %v, want the shape [2 8]", tc.parts, err)
		}
	}
}

// TestImportCast reads a reshape to floating-point numbers that are cast to integers.
func TestImportCast(t *testing.T) {
	f := &File{Opset: 7, Graph: Graph{
		Nodes: []Node{
			{Op: "Cast", Inputs: []string{"sizes"}, Outputs: []string{"shape"}, Attributes: []Attribute{intAttribute("to", Int64)}},
			{Op: "Reshape", Inputs: []string{"x", "shape"}, Outputs: []string{"y"}},
		},
		Initializers: []Tensor{Floats("sizes", []int{2}, []float32{0, -1})},
		Inputs:       []Value{{Name: "x", Type: Float32}}, Outputs: []Value{{Name: "y"}},
	}}
	images := Floats("x", []int{2, 2, 2, 2}, make([]float32, 16))
	if r, err := evaluateFile(f, &images); err != nil || !slices.Equal(r.result.shape(), []int{2, 8}) {
		t.Errorf("%v, want the shape [2 8]", err)
	}
	f.Graph.Initializers[0] = Floats("sizes", []int{2}, []float32{0, 1e30})
	if _, err := evaluateFile(f, &images); !errors.Is(err, ErrUnsupported) {
		t.Errorf("error is %v, want ErrUnsupported", err)
	}
}

// TestImportIntegers refuses 8-bit integers that are not dequantized as they were quantized.
func TestImportIntegers(t *testing.T) {
	build := func(scale string, between ...Node) *File {
		f := &File{Opset: 13, Graph: Graph{
			Nodes: append(append([]Node{{Op: "QuantizeLinear", Inputs: []string{"x", "s", "z"}, Outputs: []string{"q"}}}, between...),
				Node{Op: "DequantizeLinear", Inputs: []string{"q", scale, "z"}, Outputs: []string{"y"}}),
			Initializers: []Tensor{Floats("s", []int{}, []float32{0.5}), Floats("double", []int{}, []float32{1}), {"z", Uint8, []int{}, []byte{3}}},
			Inputs:       []Value{{Name: "x", Type: Float32}}, Outputs: []Value{{Name: "y"}},
		}}
		if between != nil {
			f.Graph.Nodes[2].Inputs[0] = "r"
		}
		return f
	}
	images := Floats("x", []int{1, 1, 1, 1}, []float32{0.6})
	r, err := evaluateFile(build("s"), &images)
	if err != nil || native(r.result.node)[0] != 0.5 {
		t.Errorf("%v, %v, want 0.5", r, err)
	}
	for want, f := range map[string]*File{
		"the same scale and zero point":            build("double"),
		`"q", is of integers, which only Dequanti`: build("s", Node{Op: "Relu", Inputs: []string{"q"}, Outputs: []string{"r"}}),
	} {
		if _, err := evaluateFile(f, &images); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}
