package onnx

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestQuantize quantizes a convolution of one pixel and a dense layer whose integers are worked
// out by hand.
func TestQuantize(t *testing.T) {
	f := &File{Opset: 13, Graph: Graph{
		Nodes: []Node{
			{Name: "conv", Op: "Conv", Inputs: []string{"x", "w", "b"}, Outputs: []string{"conv"}},
			{Name: "relu", Op: "Relu", Inputs: []string{"conv"}, Outputs: []string{"relu"}},
			{Name: "flat", Op: "Flatten", Inputs: []string{"relu"}, Outputs: []string{"flat"}},
			{Name: "fc", Op: "Gemm", Inputs: []string{"flat", "v"}, Outputs: []string{"y"}, Attributes: []Attribute{intAttribute("transB", 1)}},
		},
		Initializers: []Tensor{
			Floats("w", []int{2, 1, 1, 1}, []float32{0.5, -127}),
			Floats("b", []int{2}, []float32{1, -8}),
			Floats("v", []int{2, 2}, []float32{127, -64, 0, 0}),
		},
		Inputs:  []Value{{Name: "x", Type: Float32, Shape: []Dim{{Name: "n"}, {Size: 1}, {Size: 1}, {Size: 1}}}},
		Outputs: []Value{{Name: "y", Type: Float32}},
	}}
	if names := QuantizedValues(f); !slices.Equal(names, []string{"x", "relu", "flat"}) {
		t.Fatalf("the quantized values are %v, want x, relu, flat", names)
	}
	ranges := map[string]Range{"x": {-1, 4.1}, "relu": {0, 510}, "flat": {0, 510}}
	q, err := Quantize(f, ranges)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{
		"x.quantize.zero": {50}, "relu.quantize.zero": {0}, "w.int8": {127, 129}, "v.int8": {127, 192, 0, 0}, // 129 is -127, 192 is -64
		// 1/(0.02*0.5/127) = 12700, -8/(0.02*1) = -400
		"b.int32": {0x9c, 0x31, 0, 0, 0x70, 0xfe, 0xff, 0xff},
	} {
		if have := q.Graph.Initializer(name); have == nil || !slices.Equal(have.Data, want) {
			t.Errorf("%s is %v, want %v", name, have, want)
		}
	}
	if len(f.Graph.Nodes) != 4 || f.Graph.Nodes[0].Inputs[0] != "x" || f.Graph.Initializer("w") == nil {
		t.Error("the file that was quantized has changed")
	}
	// x = 2.01 is rounded to 2, so conv is 2*0.5 + 1 = 2 and 2*-127 - 8 < 0; y is 127*2 and 0.
	images := Floats("x", []int{1, 1, 1, 1}, []float32{2.01})
	result, err := evaluateFile(q, &images)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{254, 0} {
		if have := float64(native(result.result.node)[i]); math.Abs(have-want) > 0.01 {
			t.Errorf("output %d is %v, want %v", i, have, want)
		}
	}
	delete(ranges, "flat")
	if _, err := Quantize(f, ranges); err == nil || !strings.Contains(err.Error(), `the range of "flat" is unknown`) {
		t.Errorf("error is %v, want one about flat", err)
	}
}
