package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Range is the smallest and the largest element of a value.
type Range struct {
	Min, Max float32
}

// QuantizedValues returns the names of the values that Quantize quantizes: the inputs and the
// outputs of convolutions and dense layers, except the result. A ReLU after such a layer
// belongs to it.
func QuantizedValues(f *File) []string {
	readers := map[string][]*Node{}
	for i := range f.Graph.Nodes {
		for _, name := range f.Graph.Nodes[i].Inputs {
			readers[name] = append(readers[name], &f.Graph.Nodes[i])
		}
	}
	var list []string
	appendNew := func(name string) {
		isResult := slices.ContainsFunc(f.Graph.Outputs, func(v Value) bool { return v.Name == name })
		if !slices.Contains(list, name) && !isResult {
			list = append(list, name)
		}
	}
	for i := range f.Graph.Nodes {
		n := &f.Graph.Nodes[i]
		if n.Op != "Conv" && n.Op != "Gemm" {
			continue
		}
		appendNew(n.Inputs[0])
		out := n.Outputs[0]
		if r := readers[out]; len(r) == 1 && r[0].Op == "Relu" {
			out = r[0].Outputs[0]
		}
		appendNew(out)
	}
	return list
}

// Quantize returns a file that [Export] made with 8-bit integers in the form QDQ: pairs of
// QuantizeLinear and DequantizeLinear around convolutions and dense layers. Weights are int8 with
// a scale for each output channel, values uint8 with the given ranges, biases int32. The ranges
// must include all [QuantizedValues].
func Quantize(f *File, ranges map[string]Range) (*File, error) {
	q := &quantizer{ranges: ranges, file: *f, scales: map[string]float32{}, inputs: map[string]string{}}
	q.file.Graph.Nodes, q.file.Graph.Initializers = nil, slices.Clone(f.Graph.Initializers)
	values := QuantizedValues(f)
	for _, v := range f.Graph.Inputs {
		if slices.Contains(values, v.Name) {
			if err := q.value(v.Name); err != nil {
				return nil, err
			}
		}
	}
	for _, n := range f.Graph.Nodes {
		n.Inputs = slices.Clone(n.Inputs)
		input := n.Inputs[0]
		for i, name := range n.Inputs {
			if to, ok := q.inputs[name]; ok {
				n.Inputs[i] = to
			}
		}
		if n.Op == "Conv" || n.Op == "Gemm" {
			if err := q.weights(&n, q.scales[input]); err != nil {
				return nil, err
			}
		}
		q.file.Graph.Nodes = append(q.file.Graph.Nodes, n)
		if slices.Contains(values, n.Outputs[0]) {
			if err := q.value(n.Outputs[0]); err != nil {
				return nil, err
			}
		}
	}
	return &q.file, nil
}

// quantizer makes a file with quantized values.
type quantizer struct {
	file   File
	ranges map[string]Range
	scales map[string]float32 // of the quantized values, by the name before
	inputs map[string]string  // the name to read in place of a value
}

// value appends the nodes that quantize a value.
func (q *quantizer) value(name string) error {
	r, ok := q.ranges[name]
	low, high := min(float64(r.Min), 0), max(float64(r.Max), 0)
	if !ok || !(high-low < math.MaxFloat32) {
		return fmt.Errorf("onnx: the range of %q is unknown or not finite", name)
	}
	scale := float32((high - low) / 255)
	if scale == 0 {
		scale = 1
	}
	zero := byte(math.RoundToEven(-low / float64(scale)))
	s, z := name+".quantize.scale", name+".quantize.zero"
	q.initialize(Floats(s, []int{}, []float32{scale}), Tensor{z, Uint8, []int{}, []byte{zero}})
	q.node(name+"/quantize", "QuantizeLinear", []string{name, s, z})
	q.node(name+"/dequantize", "DequantizeLinear", []string{name + "/quantize", s, z})
	q.scales[name], q.inputs[name] = scale, name+"/dequantize"
	return nil
}

func (q *quantizer) initialize(list ...Tensor) {
	q.file.Graph.Initializers = append(q.file.Graph.Initializers, list...)
}

// node appends a node whose output has its name.
func (q *quantizer) node(name, op string, inputs []string, attributes ...Attribute) {
	q.file.Graph.Nodes = append(q.file.Graph.Nodes, Node{Name: name, Op: op, Inputs: inputs, Outputs: []string{name}, Attributes: attributes})
}

// weights quantizes the weight and the bias of a node, whose input has the given scale. What
// dequantizes them has the names that they had.
func (q *quantizer) weights(n *Node, input float32) error {
	i := slices.IndexFunc(q.file.Graph.Initializers, func(t Tensor) bool { return t.Name == n.Inputs[1] })
	if i < 0 || input == 0 {
		return fmt.Errorf("onnx: %s has no weight that can be quantized", n)
	}
	w := q.file.Graph.Initializers[i]
	values, err := w.Float32s()
	if err != nil {
		return err
	}
	channels := w.Shape[0]
	size := len(values) / channels
	scales, data := make([]float32, channels), make([]byte, len(values))
	for c := range channels {
		row := values[c*size : (c+1)*size]
		largest := float32(0)
		for _, v := range row {
			largest = max(largest, v, -v)
		}
		if scales[c] = largest / 127; scales[c] == 0 {
			scales[c] = 1
		}
		for k, v := range row {
			data[c*size+k] = byte(int8(math.RoundToEven(float64(v) / float64(scales[c]))))
		}
	}
	q.file.Graph.Initializers[i] = Tensor{w.Name + ".int8", Int8, w.Shape, data}
	q.initialize(Floats(w.Name+".quantize.scale", []int{channels}, scales), Tensor{w.Name + ".quantize.zero", Int8, []int{channels}, make([]byte, channels)})
	q.node(w.Name, "DequantizeLinear", []string{w.Name + ".int8", w.Name + ".quantize.scale", w.Name + ".quantize.zero"}, intAttribute("axis", 0))
	if len(n.Inputs) < 3 {
		return nil
	}
	i = slices.IndexFunc(q.file.Graph.Initializers, func(t Tensor) bool { return t.Name == n.Inputs[2] })
	if i < 0 {
		return fmt.Errorf("onnx: %s has no bias that can be quantized", n)
	}
	b := q.file.Graph.Initializers[i]
	bias, err := b.Float32s()
	if err != nil {
		return err
	}
	data = nil
	for c := range bias {
		scales[c] *= input
		v := math.RoundToEven(float64(bias[c]) / float64(scales[c]))
		data = binary.LittleEndian.AppendUint32(data, uint32(int32(max(math.MinInt32, min(v, math.MaxInt32)))))
	}
	q.file.Graph.Initializers[i] = Tensor{b.Name + ".int32", Int32, b.Shape, data}
	q.initialize(Floats(b.Name+".quantize.scale", []int{channels}, scales), Tensor{b.Name + ".quantize.zero", Int32, []int{channels}, make([]byte, 4*channels)})
	q.node(b.Name, "DequantizeLinear", []string{b.Name + ".int32", b.Name + ".quantize.scale", b.Name + ".quantize.zero"}, intAttribute("axis", 0))
	return nil
}
