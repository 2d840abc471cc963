package onnx

import (
	"errors"
	"slices"

	"inkstone/graph"
)

// align returns v with the axes in a given order. axes may be more than v has; then v gets axes
// of size 1 after the batch, as in [graph.Builder.Mul].
func (e *exporter) align(s *graph.Step, v value, axes []int) value {
	if slices.Equal(v.axes, axes) {
		return v
	}
	missing := len(axes) - len(v.axes)
	var own, inserted []int // axes of v in the new order; places of the new axes
	shape := make([]int, len(axes))
	for i, a := range axes {
		shape[i] = 1
		switch {
		case a == 0 || missing == 0:
			own = append(own, a)
		case a > missing:
			own = append(own, a-missing)
		default:
			inserted = append(inserted, i)
			continue
		}
		shape[i] = v.shape[slices.Index(v.axes, own[len(own)-1])]
	}
	if v.param != nil {
		return value{name: e.weightAs(v.param, own, shape, v.units), shape: shape, axes: axes}
	}
	if !slices.Equal(own, v.axes) {
		perm := make([]int, len(own))
		for i, a := range own {
			perm[i] = slices.Index(v.axes, a)
		}
		name := e.unique(s.Name + "/transpose")
		v.name = e.node(name, "Transpose", []string{v.name}, name, intsAttribute("perm", perm...))
	}
	if inserted != nil {
		name := e.unique(s.Name + "/unsqueeze")
		list := e.initializer(Ints(e.unique(s.Name+".axes"), inserted...))
		v.name = e.node(name, "Unsqueeze", []string{v.name, list}, name)
	}
	v.shape, v.axes = shape, axes
	return v
}

var errOrder = errors.New("it combines flattened images with rows whose units have another order, which has no ONNX form")

// alike returns the inputs of an elementwise layer with the axes of the first input, and an error
// if the units of rows differ.
func (e *exporter) alike(s *graph.Step, in []value) ([]value, error) {
	list := []value{in[0]}
	for _, x := range in[1:] {
		x = e.align(s, x, in[0].axes)
		if !slices.Equal(x.units, in[0].units) {
			return nil, errOrder
		}
		list = append(list, x)
	}
	return list, nil
}

// valueNames returns the names of values.
func valueNames(list []value) []string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = v.name
	}
	return names
}

func (e *exporter) add(s *graph.Step, in []value) (value, error) {
	in, err := e.alike(s, in)
	if err != nil {
		return value{}, err
	}
	op := "Sum"
	if len(in) == 2 {
		op = "Add"
	}
	e.node(s.Name, op, valueNames(in), e.output)
	return renamed(in[0], e.output), nil
}

func (e *exporter) concat(s *graph.Step, in []value) (value, error) {
	last := len(s.Output) - 1
	first := in[0]
	var units []int
	total, list := 0, []value{}
	for _, x := range in {
		own := x.units
		if own == nil {
			own = inOrder(x.shape[slices.Index(x.axes, last)])
		}
		for _, u := range own {
			units = append(units, total+u)
		}
		total += len(own)
		x.units = nil
		list = append(list, e.align(s, x, first.axes))
	}
	if last != 1 || slices.Equal(units, inOrder(total)) {
		units = nil
	}
	e.node(s.Name, "Concat", valueNames(list), e.output, intAttribute("axis", slices.Index(first.axes, last)))
	return value{name: e.output, shape: arranged(s.Output, first.axes), axes: first.axes, units: units}, nil
}

func (e *exporter) mul(s *graph.Step, in []value) (value, error) {
	x, z := in[0], in[1]
	// The input with more axes gives the order, and of equal ones the first that is no parameter.
	like := x
	if len(z.axes) > len(x.axes) || len(z.axes) == len(x.axes) && x.param != nil {
		like = z
	}
	units := like.units
	for _, v := range in { // rows of one unit are repeated
		if len(like.axes) == 2 && v.param == nil && v.shape[1] > 1 {
			units = v.units
		}
	}
	for i, v := range in {
		switch {
		case v.param != nil && units != nil && v.shape[1] > 1:
			v.units = units
		case len(v.axes) == 2 && v.shape[1] > 1 && !slices.Equal(v.units, units):
			return value{}, errOrder
		}
		if v.param != nil && slices.Equal(v.axes, like.axes) {
			v = value{name: e.weightAs(v.param, v.axes, v.shape, v.units), shape: v.shape, axes: v.axes}
		}
		in[i] = e.align(s, v, like.axes)
	}
	e.node(s.Name, "Mul", valueNames(in), e.output)
	return value{name: e.output, shape: arranged(s.Output, like.axes), axes: like.axes, units: units}, nil
}

func (e *exporter) scale(s *graph.Step, in []value) (value, error) {
	x, p := in[0], s.Params[0]
	shape := []int{p.Len()}
	for range len(x.axes) - 1 - slices.Index(x.axes, len(x.axes)-1) {
		shape = append(shape, 1)
	}
	e.node(s.Name, "Mul", []string{x.name, e.initializer(Floats(p.Name(), shape, reordered(values(p), x.units)))}, e.output)
	return renamed(x, e.output), nil
}

func (e *exporter) reduce(s *graph.Step, in []value) (value, error) {
	x := in[0]
	var places []int
	v := value{name: e.output}
	for i, a := range x.axes {
		if slices.Contains(s.Axes, a) {
			places = append(places, i)
			continue
		}
		v.shape = append(v.shape, x.shape[i])
		for _, reduced := range s.Axes {
			if reduced < x.axes[i] {
				a--
			}
		}
		v.axes = append(v.axes, a)
	}
	op := map[string]string{"mean": "ReduceMean", "sum": "ReduceSum", "max": "ReduceMax"}[s.Kind]
	inputs, attributes := []string{x.name}, []Attribute{intsAttribute("axes", places...), intAttribute("keepdims", 0)}
	if op == "ReduceSum" { // the first whose axes became an input
		inputs, attributes = append(inputs, e.initializer(Ints(e.unique(s.Name+".axes"), places...))), attributes[1:]
	}
	e.node(s.Name, op, inputs, e.output, attributes...)
	return v, nil
}
