package onnx

import (
	"encoding/binary"
	"slices"
)

// maxFolded is the largest number of integers of a constant that fold computes.
const maxFolded = 256

// integers64 is a small array of integers in row-major order.
type integers64 struct {
	shape  []int
	values []int64
}

// foldedInput returns an input of a node that is a small constant of integers, nil for none.
func (i *importer) foldedInput(n *Node, k int) *integers64 {
	if k >= len(n.Inputs) {
		return nil
	}
	t := i.constants[n.Inputs[k]]
	if t == nil || t.Data == nil || t.Type != Int64 && t.Type != Int32 || t.len() > maxFolded {
		return nil
	}
	values, err := t.Int64s()
	if err != nil {
		return nil
	}
	return &integers64{t.Shape, values}
}

// fold computes a node whose inputs are constant integers, as PyTorch writes them to compute the
// padding of Pad. ok is false for another node.
func (i *importer) fold(n *Node) (ok bool) {
	x := i.foldedInput(n, 0)
	if x == nil {
		return false
	}
	var y *integers64
	switch n.Op {
	case "ConstantOfShape":
		y = constantOfShape(n, x)
	case "Concat":
		y = &integers64{[]int{0}, nil}
		for k := range n.Inputs {
			part := i.foldedInput(n, k)
			if part == nil || len(part.shape) != 1 {
				return false
			}
			y.values = append(y.values, part.values...)
		}
		y.shape[0] = len(y.values)
	case "Reshape":
		if shape := i.foldedInput(n, 1); shape != nil {
			y = x.reshaped(shape.values)
		}
	case "Slice":
		y = i.sliced(n, x)
	case "Transpose":
		y = x.transposed(n)
	case "Cast":
		if to := n.int("to", 0); to == Int64 || to == Int32 {
			y = x
		}
	}
	if y == nil || len(y.values) > maxFolded {
		return false
	}
	t := &Tensor{Name: n.Outputs[0], Type: Int64, Shape: y.shape}
	t.Data = make([]byte, 0, 8*len(y.values))
	for _, v := range y.values {
		t.Data = binary.LittleEndian.AppendUint64(t.Data, uint64(v))
	}
	i.constants[t.Name] = t
	return true
}

// constantOfShape returns an array with the value of the attribute in each element.
func constantOfShape(n *Node, shape *integers64) *integers64 {
	a := n.attribute("value")
	if a == nil || a.Tensor == nil {
		return nil // zeros of float32
	}
	value, err := a.Tensor.Int64s()
	if err != nil || len(value) != 1 || len(shape.values) > maxAxes {
		return nil
	}
	y, size := &integers64{shape: []int{}}, int64(1)
	for _, d := range shape.values {
		if d < 0 || d > maxFolded || size*d > maxFolded {
			return nil
		}
		size *= d
		y.shape = append(y.shape, int(d))
	}
	y.values = slices.Repeat(value, int(size))
	return y
}

// reshaped returns the elements with another shape, in which 0 keeps a size and -1 is the rest.
func (x *integers64) reshaped(shape []int64) *integers64 {
	y, known, rest := &integers64{shape: []int{}, values: x.values}, 1, -1
	for k, d := range shape {
		if d == 0 && k < len(x.shape) {
			d = int64(x.shape[k])
		}
		if d == -1 && rest < 0 {
			rest, d = k, 1
		}
		if d < 1 || d > maxFolded || len(shape) > maxAxes || known*int(d) > maxFolded {
			return nil
		}
		known *= int(d)
		y.shape = append(y.shape, int(d))
	}
	if rest >= 0 {
		y.shape[rest] = len(x.values) / known
		known *= y.shape[rest]
	}
	if known != len(x.values) {
		return nil
	}
	return y
}

// transposed returns the elements with the axes in another order.
func (x *integers64) transposed(n *Node) *integers64 {
	perm := inOrder(len(x.shape))
	slices.Reverse(perm)
	if a := n.attribute("perm"); a != nil {
		var err error
		if perm, err = axesOf(a.Ints, len(x.shape)); err != nil {
			return nil
		}
	}
	if len(perm) != len(x.shape) {
		return nil
	}
	return &integers64{arranged(x.shape, perm), permuted(x.values, x.shape, perm)}
}

// sliced returns what Slice takes of an array.
func (i *importer) sliced(n *Node, x *integers64) *integers64 {
	starts, ends := i.foldedInput(n, 1), i.foldedInput(n, 2)
	if starts == nil || ends == nil || len(ends.values) != len(starts.values) {
		return nil
	}
	axes := inOrder(len(starts.values))
	if len(n.Inputs) > 3 && n.Inputs[3] != "" {
		list := i.foldedInput(n, 3)
		if list == nil {
			return nil
		}
		var err error
		if axes, err = axesOf(list.values, len(x.shape)); err != nil {
			return nil
		}
	}
	steps := slices.Repeat([]int64{1}, len(axes))
	if len(n.Inputs) > 4 && n.Inputs[4] != "" {
		list := i.foldedInput(n, 4)
		if list == nil {
			return nil
		}
		steps = list.values
	}
	if len(axes) != len(starts.values) || len(steps) != len(axes) || len(axes) > len(x.shape) {
		return nil
	}
	for k, axis := range axes {
		if x = x.slice(axis, starts.values[k], ends.values[k], steps[k]); x == nil {
			return nil
		}
	}
	return x
}

// slice returns the elements from start up to end, without it, along an axis. Both may count from the
// end of the axis and lie beyond it.
func (x *integers64) slice(axis int, start, end, step int64) *integers64 {
	size := int64(x.shape[axis])
	within := func(v, low, high int64) int64 {
		if v < 0 {
			v += size
		}
		return max(low, min(v, high))
	}
	if step > 0 {
		start, end = within(start, 0, size), within(end, 0, size)
	} else {
		start, end = within(start, 0, size-1), within(end, -1, size-1)
	}
	step = max(-maxFolded-1, min(step, maxFolded+1)) // a larger one overflows
	var keep []int
	for k := start; size > 0 && (step > 0 && k < end || step < 0 && k > end); k += step {
		keep = append(keep, int(k))
	}
	y := &integers64{shape: slices.Clone(x.shape)}
	y.shape[axis] = len(keep)
	if step == 0 {
		return nil
	}
	if len(x.values) == 0 {
		return y
	}
	after := 1 // elements between neighbors along the axis
	for _, d := range x.shape[axis+1:] {
		after *= d
	}
	for block := range slices.Chunk(x.values, after*int(size)) {
		for _, k := range keep {
			y.values = append(y.values, block[k*after:(k+1)*after]...)
		}
	}
	return y
}
