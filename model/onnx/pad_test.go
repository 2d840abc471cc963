package onnx

import (
	"slices"
	"strings"
	"testing"
)

// padded returns a file in which a node reads padded images of 1 channel and 3x3 pixels.
func padded(opset int64, pad, reader Node, initializers ...Tensor) *File {
	pad.Name, pad.Op, pad.Inputs, pad.Outputs = "pad", "Pad", append([]string{"x"}, pad.Inputs...), []string{"p"}
	reader.Name, reader.Inputs, reader.Outputs = "reader", append([]string{"p"}, reader.Inputs...), []string{"y"}
	return &File{Opset: opset, Graph: Graph{
		Nodes: []Node{pad, reader}, Initializers: initializers,
		Inputs: []Value{{Name: "x", Type: Float32}}, Outputs: []Value{{Name: "y", Type: Float32}},
	}}
}

// TestImportPad compares padding by a node of its own with that of the reader.
func TestImportPad(t *testing.T) {
	images := Floats("x", []int{1, 1, 3, 3}, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9})
	weight := Floats("w", []int{1, 1, 2, 2}, []float32{1, -2, 3, 4})
	conv := Node{Op: "Conv", Inputs: []string{"w"}, Attributes: []Attribute{intsAttribute("pads", 0, 1, 0, 0)}}
	average := Node{Op: "AveragePool", Attributes: []Attribute{intsAttribute("kernel_shape", 2, 2), intsAttribute("strides", 2, 1)}}
	counted := average
	counted.Attributes = append(slices.Clone(average.Attributes), intsAttribute("pads", 1, 0, 0, 1), intAttribute("count_include_pad", 1))
	without := Node{Attributes: []Attribute{intsAttribute("pads", 0, 0, 0, 0, 0, 0, 0, 0)}}
	for _, tc := range []struct {
		f     *File
		shape []int
		want  []float32
	}{
		// Zeros above and on the left of Pad, and on the left of the convolution.
		{padded(21, Node{Inputs: []string{"pads"}}, conv, weight, Ints("pads", 0, 0, 1, 1, 0, 0, 0, 0)), []int{1, 1, 3, 4}, []float32{0, 4, 11, 18, 0, 14, 29, 35, 0, 20, 47, 53}},
		{padded(18, Node{Inputs: []string{"pads", "", "axes"}}, conv, weight, Ints("pads", 1, 1, 0, 0), Ints("axes", -2, 3)), []int{1, 1, 3, 4}, []float32{0, 4, 11, 18, 0, 14, 29, 35, 0, 20, 47, 53}},
		{padded(10, Node{Attributes: []Attribute{intsAttribute("pads", 0, 0, 0, 0, 0, 0, 0, 1), floatAttribute("value", 0)}}, average), []int{1, 1, 1, 3}, []float32{3, 4, 2.25}},
		// The same zeros, by both nodes.
		{padded(13, Node{Inputs: []string{"pads", "zero"}}, counted, Ints("pads", 0, 0, 0, 0, 0, 0, 1, 0), Floats("zero", []int{}, []float32{0})), []int{1, 1, 2, 3}, []float32{0.75, 1.25, 0.75, 6, 7, 3.75}},
		{padded(10, without, average), []int{1, 1, 1, 2}, []float32{3, 4}},
		{padded(10, without, Node{Op: "Relu"}), []int{1, 1, 3, 3}, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}},
	} {
		r, err := evaluateFile(tc.f, &images)
		if err != nil {
			t.Errorf("%v: %v", tc.f.Graph.Nodes, err)
			continue
		}
		if have := inFileOrder(r.result); !slices.Equal(r.result.shape(), tc.shape) || !slices.Equal(have, tc.want) {
			t.Errorf("%v: %v of the shape %v, want %v of the shape %v", tc.f.Graph.Nodes, have, r.result.shape(), tc.want, tc.shape)
		}
	}
	ones := Ints("pads", 0, 0, 1, 1, 0, 0, 1, 1)
	for want, f := range map[string]*File{
		`input 1, "p", is padded, which only Conv`:        padded(13, Node{Inputs: []string{"pads"}}, Node{Op: "Relu"}, ones),
		"is padded, which only Conv and AveragePool":      padded(13, Node{Inputs: []string{"pads"}}, Node{Op: "MaxPool", Attributes: average.Attributes}, ones),
		`Pad "pad": not supported: attribute mode is "re`: padded(13, Node{Inputs: []string{"pads"}, Attributes: []Attribute{{Name: "mode", Type: StringAttribute, Text: "reflect"}}}, average, ones),
		"padding with another value than 0":               padded(13, Node{Inputs: []string{"pads", "v"}}, average, ones, Floats("v", []int{}, []float32{1})),
		"padding with 2, want 0":                          padded(10, Node{Attributes: []Attribute{intsAttribute("pads", 0, 0, 1, 1, 0, 0, 1, 1), floatAttribute("value", 2)}}, average),
		"padding of [0 1 0 0 0 0 0 0]":                    padded(13, Node{Inputs: []string{"pads"}}, average, Ints("pads", 0, 1, 0, 0, 0, 0, 0, 0)),
		"padding of [0 0 -1 0 0 0 0 0], want numbers":     padded(13, Node{Inputs: []string{"pads"}}, average, Ints("pads", 0, 0, -1, 0, 0, 0, 0, 0)),
		"2 numbers of padding for 4 axes":                 padded(13, Node{Inputs: []string{"pads"}}, average, Ints("pads", 1, 1)),
		`"x" depends on the images, want constant`:        padded(13, Node{Inputs: []string{"x"}}, average),
		`attribute "value" has the type 4, want 1`:        padded(10, Node{Attributes: []Attribute{{Name: "value", Type: TensorAttribute, Tensor: &ones}}}, average),
		"avgpool1\": PadTop is 2, expected at most 1":     padded(13, Node{Inputs: []string{"pads"}}, average, Ints("pads", 0, 0, 2, 0, 0, 0, 0, 0)),
	} {
		if _, err := evaluateFile(f, &images); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}
