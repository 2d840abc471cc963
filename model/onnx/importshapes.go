package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// axisOf returns an axis that may count from the end.
func axisOf(axis int64, rank int) (int, error) {
	if axis < 0 {
		axis += int64(rank)
	}
	if axis < 0 || axis >= int64(rank) {
		return 0, unsupported("axis %d of a value with %d axes", axis, rank)
	}
	return int(axis), nil
}

// axes returns the axes that a node names, as an attribute or as its second input, nil for none.
func (i *importer) axes(n *Node, rank int) ([]int, error) {
	var list []int64
	if a := n.attribute("axes"); a != nil {
		list = a.Ints
	}
	if len(n.Inputs) > 1 && n.Inputs[1] != "" {
		var err error
		if list, err = i.integers(n.Inputs[1]); err != nil {
			return nil, err
		}
	}
	return axesOf(list, rank)
}

// axesOf returns a list of axes, which may count from the end.
func axesOf(list []int64, rank int) (axes []int, err error) {
	for _, v := range list {
		a, err := axisOf(v, rank)
		if err != nil {
			return nil, err
		}
		if slices.Contains(axes, a) {
			return nil, unsupported("axis %d is named twice", a)
		}
		axes = append(axes, a)
	}
	return axes, nil
}

// integers returns a list of integers: a constant, or one that is computed from shapes.
func (i *importer) integers(name string) ([]int64, error) {
	if list, ok := i.shapes[name]; ok {
		return list, nil
	}
	t, ok := i.constants[name]
	if !ok || t.Data == nil && t.len() > 0 {
		return nil, unsupported("%q depends on the images, want constant integers", name)
	}
	if t.len() > maxAxes || len(t.Shape) > 1 {
		return nil, unsupported("%q has the shape %v, want a list of at most %d integers", name, t.Shape, maxAxes)
	}
	return t.Int64s()
}

// truncated returns the integers of a constant of floating-point numbers, as PyTorch writes them in
// version 7 and 8 of the operators.
func (i *importer) truncated(name string) ([]int64, error) {
	t := i.constants[name]
	if t == nil || t.Data == nil || t.len() > maxAxes || len(t.Shape) > 1 {
		return nil, unsupported("%q is no short list of constants", name)
	}
	values, err := t.Float32s()
	if err != nil {
		return nil, err
	}
	var list []int64
	for _, v := range values {
		if !(math.Abs(float64(v)) < 1<<24) {
			return nil, unsupported("%q is %v, want an integer that float32 has", name, v)
		}
		list = append(list, int64(v))
	}
	return list, nil
}

// batchSize stands for the size of the batch in a list of integers that is computed from shapes.
const batchSize = math.MinInt64

// shapeOf evaluates a node whose output is a list of integers that follows from shapes.
func (i *importer) shapeOf(n *Node) (list []int64, ok bool) {
	if n.Op == "Shape" {
		v, ok := i.views[n.Inputs[0]]
		if !ok || len(v.axes) == 0 || v.axes[0] != 0 || v.pad != [4]int{} {
			return nil, false
		}
		list = int64s(v.shape())
		list[0] = batchSize
		return list, true
	}
	found := false
	var in [][]int64
	for _, name := range n.Inputs {
		part, err := i.integers(name)
		if err != nil && n.Op == "Cast" {
			part, err = i.truncated(name)
		}
		if err != nil {
			return nil, false
		}
		_, computed := i.shapes[name]
		found = found || computed
		in = append(in, part)
	}
	if !found && (n.Op == "Identity" || len(in) == 0) {
		return nil, false
	}
	switch n.Op {
	case "Identity", "Cast", "Unsqueeze", "Squeeze":
		return in[0], true
	case "Gather":
		if a := n.int("axis", 0); a != 0 && a != -1 {
			return nil, false
		}
		for _, k := range in[1] {
			a, err := axisOf(k, len(in[0]))
			if err != nil {
				return nil, false
			}
			list = append(list, in[0][a])
		}
		return list, true
	case "Slice":
		x := i.sliced(n, &integers64{[]int{len(in[0])}, in[0]})
		if x == nil {
			return nil, false
		}
		return x.values, true
	case "Concat":
		list = slices.Concat(in...)
		return list, len(list) <= maxAxes
	}
	return nil, false
}

// onlyShapes refuses an operator that is read for shapes only.
func (i *importer) onlyShapes(n *Node) (view, error) {
	return view{}, unsupported("the operator is read only where it computes the shape for Reshape")
}

func (i *importer) identity(n *Node) (view, error) {
	if t, ok := i.constants[n.Inputs[0]]; ok {
		i.constants[n.Outputs[0]] = t
		return view{}, nil
	}
	if n.Inputs[0] == i.input {
		i.input = n.Outputs[0]
	}
	return i.view(n, 0)
}

func (i *importer) constantNode(n *Node) (view, error) {
	if len(n.Attributes) != 1 {
		return view{}, unsupported("%d attributes, want one", len(n.Attributes))
	}
	t := &Tensor{Shape: []int{}}
	switch a := n.Attributes[0]; a.Name {
	case "value":
		if a.Tensor == nil {
			return view{}, unsupported("attribute value is no tensor")
		}
		*t = *a.Tensor
	case "value_float":
		*t = Floats("", []int{}, []float32{a.Float})
	case "value_floats":
		*t = Floats("", []int{len(a.Floats)}, a.Floats)
	default:
		list, shape := a.Ints, []int{len(a.Ints)}
		if a.Name == "value_int" {
			list, shape = []int64{a.Int}, []int{}
		}
		t.Type, t.Shape = Int64, shape
		for _, v := range list {
			t.Data = binary.LittleEndian.AppendUint64(t.Data, uint64(v))
		}
	}
	t.Name = n.Outputs[0]
	i.constants[t.Name] = t
	return view{}, nil
}

func (i *importer) flatten(n *Node) (view, error) {
	v, err := i.view(n, 0)
	if err != nil {
		return v, err
	}
	axis := n.int("axis", 1)
	if axis < 0 {
		axis += int64(len(v.axes))
	}
	if axis != 1 {
		return v, unsupported("attribute axis is %d for the shape %v, want 1", axis, v.shape())
	}
	return i.toRows(v)
}

// toRows returns a view as rows.
func (i *importer) toRows(v view) (view, error) {
	switch {
	case len(v.axes) == 0 || v.axes[0] != 0:
		return v, unsupported("the shape %v does not begin with the batch", v.shape())
	case v.node.Dims() == 2:
		if len(v.axes) == 2 {
			return v, nil
		}
		return view{node: v.node, axes: []int{0, 1}, units: v.units}, nil
	case v.node.Dims() == 4:
		return view{node: i.b.Flatten(v.node), axes: []int{0, 1}, units: v.units2D()}, nil
	}
	return v, unsupported("rows of the shape %v, want images", v.shape())
}

func (i *importer) reshape(n *Node) (view, error) {
	v, err := i.view(n, 0)
	if err != nil {
		return v, err
	}
	want, err := i.integers(n.Inputs[1])
	if err != nil {
		return v, err
	}
	have := v.shape()
	total := 1
	for _, d := range have[1:] {
		total *= d
	}
	// The sizes after the batch.
	to, rest, known := make([]int, 0, maxAxes), -1, 1
	for k, d := range want {
		zero := d == 0 && (k > 0 || n.int("allowzero", 0) != 0)
		if zero && n.int("allowzero", 0) == 0 && k < len(have) {
			d, zero = int64(have[k]), false
		}
		switch {
		case zero || d == batchSize && k > 0:
			return v, unsupported("the shape %s", shapeText(want))
		case k == 0: // the batch, whatever its size is
			continue
		case d == -1 && rest < 0:
			rest = k - 1
			to = append(to, -1)
			continue
		case d < 1 || d > math.MaxInt32:
			return v, unsupported("the shape %s", shapeText(want))
		}
		to = append(to, int(d))
		if known *= int(d); known > math.MaxInt32 {
			return v, unsupported("the shape %s", shapeText(want))
		}
	}
	if rest >= 0 && total%known == 0 {
		to[rest], known = total/known, total
	}
	batch := i.net.input.Shape[0].Size
	if len(want) == 0 || known != total || want[0] > 0 && want[0] != batch || want[0] < 0 && want[0] != batchSize && (rest >= 0 || want[0] != -1) {
		return v, unsupported("the shape %s of a value of the shape %v, want batch, ...", shapeText(want), have)
	}
	if len(to) == 1 && len(have) != 2 {
		return i.toRows(v)
	}
	return i.resized(v, to)
}

// shapeText returns a list of integers as text.
func shapeText(list []int64) string {
	return strings.ReplaceAll(fmt.Sprint(list), strconv.Itoa(batchSize), "batch")
}

// resized returns a view with axes of size 1 added and removed. shape is without the batch.
func (i *importer) resized(v view, shape []int) (view, error) {
	var own []int // axes of v with a size above 1
	for k, d := range v.shape() {
		if k > 0 && d > 1 {
			own = append(own, v.axes[k])
		}
	}
	axes := []int{0}
	for _, d := range shape {
		switch {
		case d == 1:
			axes = append(axes, none)
		case len(own) > 0 && v.node.Shape()[own[0]] == d:
			axes, own = append(axes, own[0]), own[1:]
		default:
			return v, unsupported("a reshape from %v to %v", v.shape(), shape)
		}
	}
	if len(own) > 0 {
		return v, unsupported("a reshape from %v to %v", v.shape(), shape)
	}
	// Axes of size 1 of the node keep their places where the file has as many of them.
	for a, d := range v.node.Shape() {
		if k := slices.Index(v.axes, a); a > 0 && d == 1 && k > 0 && k < len(axes) && axes[k] == none {
			axes[k] = a
		}
	}
	return view{node: v.node, axes: axes, units: v.units}, nil
}

func (i *importer) squeeze(n *Node) (view, error) {
	v, err := i.view(n, 0)
	if err != nil {
		return v, err
	}
	axes, err := i.axes(n, len(v.axes))
	if err != nil {
		return v, err
	}
	shape := v.shape()
	out := view{node: v.node, units: v.units}
	for k, a := range v.axes {
		switch {
		case !slices.Contains(axes, k) && (axes != nil || k == 0 || shape[k] > 1):
			out.axes = append(out.axes, a)
		case k == 0 || shape[k] > 1:
			return v, unsupported("axes %v of the shape %v", axes, shape)
		}
	}
	return out, nil
}

func (i *importer) unsqueeze(n *Node) (view, error) {
	v, err := i.view(n, 0)
	if err != nil {
		return v, err
	}
	count := 0
	if a := n.attribute("axes"); a != nil {
		count = len(a.Ints)
	} else if len(n.Inputs) > 1 {
		list, err := i.integers(n.Inputs[1])
		if err != nil {
			return v, err
		}
		count = len(list)
	}
	if len(v.axes)+count > maxAxes {
		return v, unsupported("more than %d axes", maxAxes)
	}
	axes, err := i.axes(n, len(v.axes)+count)
	if err != nil {
		return v, err
	}
	out, left := view{node: v.node, units: v.units}, v.axes
	for k := range len(v.axes) + count {
		if slices.Contains(axes, k) {
			out.axes = append(out.axes, none)
		} else {
			out.axes, left = append(out.axes, left[0]), left[1:]
		}
	}
	if out.axes[0] != 0 {
		return v, unsupported("axes %v, want the batch to stay first", axes)
	}
	return out, nil
}

func (i *importer) transpose(n *Node) (view, error) {
	t, isConstant := i.constants[n.Inputs[0]]
	rank := 0
	if isConstant {
		rank = len(t.Shape)
	} else {
		v, err := i.view(n, 0)
		if err != nil {
			return v, err
		}
		rank = len(v.axes)
	}
	perm := make([]int, rank)
	for k := range perm {
		perm[k] = rank - 1 - k
	}
	if a := n.attribute("perm"); a != nil {
		if len(a.Ints) != rank {
			return view{}, unsupported("attribute perm is %v for %d axes", a.Ints, rank)
		}
		for k, p := range a.Ints {
			axis, err := axisOf(p, rank)
			if err != nil {
				return view{}, err
			}
			perm[k] = axis
		}
	}
	if sorted := slices.Sorted(slices.Values(perm)); !slices.Equal(sorted, inOrder(rank)) {
		return view{}, unsupported("attribute perm is %v", perm)
	}
	if isConstant {
		c := Tensor{Name: t.Name, Type: t.Type, Shape: arranged(t.Shape, perm)}
		if t.Data != nil {
			v, err := t.Float32s()
			if err != nil {
				return view{}, err
			}
			c = Floats(t.Name, c.Shape, permuted(v, t.Shape, perm))
		}
		i.constants[n.Outputs[0]] = &c
		return view{}, nil
	}
	v := i.views[n.Inputs[0]]
	if v.units != nil {
		return v, unsupported("rows of flattened images")
	}
	v.axes = arranged(v.axes, perm)
	if v.axes[0] != 0 {
		return v, unsupported("attribute perm is %v, want the batch to stay first", perm)
	}
	return v, nil
}
