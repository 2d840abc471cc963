package onnx

import (
	"encoding/binary"
	"math"

	"gorgonia.org/tensor"

	"inkstone/graph"
)

// quantized says how a value has been rounded.
type quantized struct {
	scale, zero float64
	kind        int32 // of the integers
}

// quantizeLinear declares the rounding of a value to 8-bit integers, as a function from numbers to
// numbers. Its gradient is that of the identity.
func (i *importer) quantizeLinear(n *Node) (view, error) {
	v, err := i.view(n, 0)
	if err != nil {
		return v, err
	}
	scale, zero, t, err := i.quantization(n)
	if err != nil {
		return v, err
	}
	if n.int("block_size", 0) != 0 {
		return v, unsupported("attribute block_size")
	}
	low, high := 0.0, 255.0
	switch {
	case len(scale) != 1:
		return v, unsupported("a scale for each channel of a value")
	case t == Int8:
		low, high = -128, 127
	case t != Uint8:
		return v, unsupported("values of %s, want uint8 or int8", typeName(t))
	}
	s, z := float64(scale[0]), zero[0]
	i.quantized[n.Outputs[0]] = quantized{s, z, t}
	round := func(y *tensor.Dense, in []*tensor.Dense) error {
		out := y.Data().([]float32)
		for k, x := range in[0].Data().([]float32) {
			q := max(low, min(math.RoundToEven(float64(x)/s)+z, high))
			out[k] = float32((q - z) * s)
		}
		return nil
	}
	return v.with(i.b.Apply("quantize", graph.Op{Elementwise: true, Forward: round, Backward: passGradient}, v.node)), nil
}

// passGradient copies the gradient of the result.
func passGradient(d []*tensor.Dense, dy, _ *tensor.Dense, _ []*tensor.Dense) error {
	if d[0] != nil {
		copy(d[0].Data().([]float32), dy.Data().([]float32))
	}
	return nil
}

// dequantizeLinear computes the numbers of a constant. A value that quantizeLinear has rounded has
// them already.
func (i *importer) dequantizeLinear(n *Node) (view, error) {
	scale, zero, zeroType, err := i.quantization(n)
	if err != nil {
		return view{}, err
	}
	if n.int("block_size", 0) != 0 {
		return view{}, unsupported("attribute block_size")
	}
	t, ok := i.constants[n.Inputs[0]]
	if !ok {
		if q, ok := i.quantized[n.Inputs[0]]; !ok || len(scale) != 1 || q != (quantized{float64(scale[0]), zero[0], zeroType}) {
			return view{}, unsupported("input %q is not the output of a QuantizeLinear with the same scale and zero point", n.Inputs[0])
		}
		return i.views[n.Inputs[0]], nil
	}
	axis, size := 0, t.len() // size is the number of elements after the axis
	if len(scale) > 1 {
		if axis, err = axisOf(n.int("axis", 1), len(t.Shape)); err != nil {
			return view{}, err
		}
		if t.Shape[axis] != len(scale) {
			return view{}, unsupported("%d scales for the shape %v", len(scale), t.Shape)
		}
		size = 1
		for _, d := range t.Shape[axis+1:] {
			size *= d
		}
	}
	out := make([]float32, t.len())
	for k := range out {
		var q float64
		switch t.Type {
		case Int8:
			q = float64(int8(t.Data[k]))
		case Uint8:
			q = float64(t.Data[k])
		case Int32:
			q = float64(int32(binary.LittleEndian.Uint32(t.Data[4*k:])))
		default:
			return view{}, unsupported("a constant of %s", typeName(t.Type))
		}
		c := k / max(size, 1) % len(scale)
		out[k] = float32(q-zero[c]) * scale[c]
	}
	c := Floats(n.Outputs[0], t.Shape, out)
	i.constants[c.Name] = &c
	return view{}, nil
}

// quantization returns the scales and the zero points of a node, and the type of these.
func (i *importer) quantization(n *Node) (scale []float32, zero []float64, t int32, err error) {
	s, err := i.constant(n, 1)
	if err != nil {
		return nil, nil, 0, err
	}
	z, err := i.constant(n, 2)
	if err != nil {
		return nil, nil, 0, err
	}
	if s == nil || s.Data == nil || len(s.Shape) > 1 || s.len() == 0 {
		return nil, nil, 0, unsupported("the scale is no list of numbers")
	}
	if scale, err = s.Float32s(); err != nil {
		return nil, nil, 0, err
	}
	for _, v := range scale {
		if !(v > 0) || math.IsInf(float64(v), 0) {
			return nil, nil, 0, unsupported("the scale %v", v)
		}
	}
	zero, t = make([]float64, len(scale)), Uint8
	if z == nil {
		return scale, zero, t, nil
	}
	if z.len() != len(scale) || z.Data == nil {
		return nil, nil, 0, unsupported("%d zero points for %d scales", z.len(), len(scale))
	}
	for k := range zero {
		switch z.Type {
		case Int8:
			zero[k] = float64(int8(z.Data[k]))
		case Uint8:
			zero[k] = float64(z.Data[k])
		case Int32:
			zero[k] = float64(int32(binary.LittleEndian.Uint32(z.Data[4*k:])))
		default:
			return nil, nil, 0, unsupported("zero points of %s", typeName(z.Type))
		}
	}
	return scale, zero, z.Type, nil
}
