package onnx

import (
	"fmt"
	"math"
	"slices"

	"inkstone/graph"
)

func bits(v float32) uint32 { return math.Float32bits(v) }

// values returns the elements of a parameter in the layout of its layer.
func values(p *graph.Param) []float32 {
	switch d := p.Value().Data().(type) {
	case []float32:
		return slices.Clone(d)
	case []float64:
		list := make([]float32, len(d))
		for i, v := range d {
			list[i] = float32(v)
		}
		return list
	}
	return nil
}

// weight appends a parameter whose axis i in the file is axis perm[i] in the layer.
func (e *exporter) weight(p *graph.Param, perm []int) string {
	shape := arranged(p.Value().Shape(), perm)
	return e.initializer(Floats(p.Name(), shape, permuted(values(p), p.Value().Shape(), perm)))
}

// permuted returns an array with its axes in another order: axis i of the result is axis perm[i].
func permuted[T any](v []T, shape, perm []int) []T {
	strides := make([]int, len(shape))
	for axis, stride := len(shape)-1, 1; axis >= 0; axis-- {
		strides[axis] = stride
		stride *= shape[axis]
	}
	list := make([]T, 0, len(v))
	var visit func(axis, offset int)
	visit = func(axis, offset int) {
		if axis == len(perm) {
			list = append(list, v[offset])
			return
		}
		for i := range shape[perm[axis]] {
			visit(axis+1, offset+i*strides[perm[axis]])
		}
	}
	visit(0, 0)
	return list
}

// freeParam returns the value of a step of the kind "param".
func (e *exporter) freeParam(s *graph.Step, _ []value) (value, error) {
	p := s.Params[0]
	return value{shape: slices.Clone(p.Value().Shape()), axes: inOrder(p.Value().Dims()), param: p}, nil
}

// materialize makes an initializer of a free parameter that is used as it is.
func (e *exporter) materialize(v value) value {
	if v.param == nil {
		return v
	}
	if len(v.axes) == 4 {
		return e.align(nil, v, imageAxes)
	}
	v.name = e.weightAs(v.param, v.axes, v.shape, nil)
	v.param = nil
	return v
}

// weightAs appends a free parameter with its axes and the units of its second axis in the given
// order and with the given shape, and returns its name. If it is used in several orders, the
// later ones get names with a suffix.
func (e *exporter) weightAs(p *graph.Param, axes, shape, units []int) string {
	v := permuted(values(p), p.Value().Shape(), axes)
	if units != nil {
		var rows []float32
		for len(v) > 0 {
			rows, v = append(rows, reordered(v[:len(units)], units)...), v[len(units):]
		}
		v = rows
	}
	t := Floats(p.Name(), shape, v)
	for i := 1; ; i++ {
		earlier := e.file.Graph.Initializer(t.Name)
		if earlier == nil {
			return e.initializer(t)
		}
		if slices.Equal(earlier.Shape, t.Shape) && slices.Equal(earlier.Data, t.Data) {
			return t.Name
		}
		t.Name = fmt.Sprintf("%s_%d", p.Name(), i)
	}
}

// scalar appends a constant that several layers may use.
func (e *exporter) scalar(name string, v float64) string {
	if e.constants[name] == "" {
		e.constants[name] = e.initializer(Floats(e.unique("constant."+name), []int{}, []float32{float32(v)}))
	}
	return e.constants[name]
}
