package onnx

import (
	"slices"

	"inkstone/graph"
)

// add declares a sum, or notes a shift of the input.
func (i *importer) add(n *Node) (view, error) {
	if n.Op == "Add" && i.isNormalization(n) {
		return i.normalization(n)
	}
	var nodes []*graph.Node
	var first view
	for k := range n.Inputs {
		v, err := i.view(n, k)
		if err != nil {
			return v, err
		}
		if k == 0 {
			first = v
		}
		if !slices.Equal(v.axes, first.axes) || !slices.Equal(v.shape(), first.shape()) || !slices.Equal(v.units, first.units) {
			return v, unsupported("a sum of the shapes %v and %v, or of axes in different orders", first.shape(), v.shape())
		}
		nodes = append(nodes, v.node)
	}
	if len(nodes) == 1 {
		return first, nil
	}
	return first.with(i.b.Add(nodes...)), nil
}

// isNormalization reports whether a node combines the input with a number.
func (i *importer) isNormalization(n *Node) bool {
	for k, name := range n.Inputs {
		t, ok := i.constants[n.Inputs[len(n.Inputs)-1-k]]
		if name == i.input && len(n.Inputs) == 2 && ok && t.len() == 1 {
			return true
		}
	}
	return false
}

// normalization notes a scale or a shift of the input.
func (i *importer) normalization(n *Node) (view, error) {
	if !i.isNormalization(n) {
		return view{}, unsupported("the operator is read only for a number and the input")
	}
	at := slices.Index(n.Inputs, i.input)
	t, err := i.constant(n, 1-at)
	if err != nil {
		return view{}, err
	}
	list, err := t.Float32s()
	if err != nil || len(list) != 1 {
		return view{}, unsupported("input %d is not a floating-point number", 2-at)
	}
	c := float64(list[0])
	scale, shift := 1.0, 0.0 // of this node
	switch {
	case n.Op == "Add":
		shift = c
	case n.Op == "Mul":
		scale = c
	case n.Op == "Sub" && at == 0:
		shift = -c
	case n.Op == "Sub":
		scale, shift = -1, c
	case n.Op == "Div" && at == 0 && c != 0:
		scale = 1 / c
	default:
		return view{}, unsupported("a quotient with the input below the line, or by 0")
	}
	if r := i.record; r != nil {
		r.Scale, r.Shift = scale*r.Scale, scale*r.Shift+shift
	}
	v := i.views[i.input]
	i.input = n.Outputs[0]
	return v, nil
}

func (i *importer) mul(n *Node) (view, error) {
	if i.isNormalization(n) {
		return i.normalization(n)
	}
	for k := range 2 {
		if t, ok := i.constants[n.Inputs[k]]; ok {
			if _, ok := i.constants[n.Inputs[1-k]]; ok {
				return view{}, unsupported("a product of constants")
			}
			return i.mulConstant(n, t, k)
		}
	}
	x, err := i.view(n, 0)
	if err != nil {
		return x, err
	}
	z, err := i.view(n, 1)
	if err != nil {
		return z, err
	}
	large := x
	if z.node.Dims() > x.node.Dims() {
		large = z
	}
	for _, v := range []view{x, z} {
		if !v.suits(large) {
			return v, unsupported("a product of the shapes %v and %v, or of axes in different orders", x.shape(), z.shape())
		}
	}
	if !slices.Equal(x.units, z.units) && x.node.Shape()[1] > 1 && z.node.Shape()[1] > 1 {
		return x, unsupported("a product of rows with units in different orders")
	}
	size, sizes := 0, []int{}
	sx, sz := x.shape(), z.shape()
	for k := range sx {
		if k == 0 {
			continue
		}
		if size = max(sx[k], sz[k]); sx[k] != sz[k] && min(sx[k], sz[k]) != 1 {
			return x, unsupported("a product of the shapes %v and %v", sx, sz)
		}
		sizes = append(sizes, size)
	}
	if err := fits(sizes...); err != nil {
		return x, err
	}
	out := view{node: i.b.Mul(x.node, z.node), axes: large.axes, units: large.units}
	if out.node != nil && out.node.Dims() == 2 && x.node.Shape()[1] == 1 {
		out.units = z.units
	}
	return out, nil
}

// suits reports whether v can be multiplied with a view with at least as many axes, by the rule of
// [graph.Builder.Mul].
func (v view) suits(large view) bool {
	if len(v.axes) != len(large.axes) {
		return false
	}
	missing := large.node.Dims() - v.node.Dims()
	for k, a := range v.axes {
		switch {
		case a == none:
			if l := large.axes[k]; l != none && (l > missing || l == 0) && missing > 0 {
				return false
			} else if missing == 0 && l != none {
				return false
			}
		case a == 0:
			if large.axes[k] != 0 {
				return false
			}
		case a+missing != large.axes[k]:
			return false
		}
	}
	return true
}

// mulConstant declares the product of a view and constant k: a Scale if the constant has a factor
// for each channel and fewer axes, otherwise a free parameter.
func (i *importer) mulConstant(n *Node, t *Tensor, k int) (view, error) {
	x, err := i.view(n, 1-k)
	if err != nil {
		return x, err
	}
	missing := len(x.axes) - len(t.Shape)
	if missing < 0 || t.len() == 1 && missing > 0 {
		return x, unsupported("a product with a constant of the shape %v", t.Shape)
	}
	last := x.node.Dims() - 1
	shape := make([]int, last+1) // of the parameter, in the layout of the layer
	for a := range shape {
		shape[a] = 1
	}
	perm, from := []int{}, make([]int, last+1) // axis of t for each axis of the layer
	for a := range from {
		from[a] = none
	}
	for axis, d := range t.Shape {
		a := x.axes[missing+axis]
		if d != 1 && (a == none || a == 0 || x.node.Shape()[a] != d) {
			return x, unsupported("a product of the shapes %v and %v", x.shape(), t.Shape)
		}
		if a != none {
			shape[a], from[a] = d, axis
		}
	}
	for _, axis := range from {
		if axis != none {
			perm = append(perm, axis)
		}
	}
	for axis := range t.Shape { // those that the layer lacks
		if !slices.Contains(perm, axis) {
			perm = append(perm, axis)
		}
	}
	arrange := func(v []float32) []float32 {
		v = permuted(v, t.Shape, perm)
		if x.units == nil || shape[last] == 1 {
			return v
		}
		out := make([]float32, len(v))
		for f, u := range x.units {
			out[u] = v[f]
		}
		return out
	}
	factors := make([]int, last+1)
	for a := range factors {
		factors[a] = 1
	}
	factors[last] = x.node.Shape()[last]
	if missing > 0 && last > 0 && slices.Equal(shape, factors) {
		name := i.layerName(n, t.Name)
		err := i.weight(name+".weight", t, arrange)
		return x.with(i.b.Scale(name, x.node)), err
	}
	name := i.freeName(t.Name, "factor")
	if err := i.weight(name, t, arrange); err != nil {
		return x, err
	}
	factor := i.b.Param(name, graph.Ones, shape...)
	if i.b.Err() != nil {
		return x, nil
	}
	if k == 0 {
		return x.with(i.b.Mul(factor, x.node)), nil
	}
	return x.with(i.b.Mul(x.node, factor)), nil
}

func (i *importer) concat(n *Node) (view, error) {
	var first view
	var nodes []*graph.Node
	var units []int
	axis, total := 0, 0
	for k := range n.Inputs {
		v, err := i.view(n, k)
		if err != nil {
			return v, err
		}
		if k == 0 {
			first = v
			a := n.attribute("axis")
			if a == nil {
				return v, unsupported("no attribute axis")
			}
			if axis, err = axisOf(a.Int, len(v.axes)); err != nil {
				return v, err
			}
		}
		last := v.node.Dims() - 1
		if !slices.Equal(v.axes, first.axes) || v.axes[axis] != last || last < 1 {
			return v, unsupported("axis %d of the shapes %v and %v, want the channels", axis, first.shape(), v.shape())
		}
		c := v.node.Shape()[last]
		own := v.units
		if own == nil {
			own = inOrder(c)
		}
		for _, u := range own {
			units = append(units, total+u)
		}
		total += c
		nodes = append(nodes, v.node)
	}
	if len(nodes) == 1 {
		return first, nil
	}
	if first.node.Dims() != 2 || slices.Equal(units, inOrder(total)) {
		units = nil
	}
	if err := fits(append(slices.Clone(first.shape()[1:]), len(nodes))...); err != nil {
		return first, err
	}
	return view{node: i.b.Concat(nodes...), axes: first.axes, units: units}, nil
}

func (i *importer) reduce(n *Node) (view, error) {
	v, err := i.view(n, 0)
	if err != nil {
		return v, err
	}
	places, err := i.axes(n, len(v.axes))
	if err != nil {
		return v, err
	}
	switch {
	case places == nil && n.int("noop_with_empty_axes", 0) != 0:
		return v, nil
	case places == nil || slices.Contains(places, 0):
		return v, unsupported("a reduction over the batch")
	}
	var reduced []int
	for k, a := range v.axes {
		if a != none && slices.Contains(places, k) {
			reduced = append(reduced, a)
		}
	}
	out := view{node: v.node}
	for k, a := range v.axes {
		switch {
		case slices.Contains(places, k) && n.int("keepdims", 1) != 0:
			out.axes = append(out.axes, none)
		case slices.Contains(places, k):
		default:
			lower := 0
			for _, r := range reduced {
				if r < a {
					lower++
				}
			}
			out.axes = append(out.axes, a-lower)
			if a == none {
				out.axes[len(out.axes)-1] = none
			}
		}
	}
	if reduced == nil {
		out.units = v.units
		return out, nil
	}
	layer := map[string]func(b *graph.Builder, x *graph.Node, axes ...int) *graph.Node{
		"ReduceMean": (*graph.Builder).Mean, "ReduceSum": (*graph.Builder).Sum, "ReduceMax": (*graph.Builder).Max,
	}[n.Op]
	slices.Sort(reduced)
	out.node = layer(i.b, v.node, reduced...)
	return out, nil
}
