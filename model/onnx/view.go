package onnx

import (
	"fmt"
	"slices"
	"strings"

	"inkstone/graph"
)

// view is a value of a file as the output of a layer.
type view struct {
	node *graph.Node
	// axes has for each axis in the file the axis of node, or none for an axis of size 1 that
	// node lacks. Axes of node that are missing have size 1. The first axis is the batch.
	axes []int
	// units has the index in node of each unit of the file along the second axis of rows of
	// flattened images; nil if they are the same.
	units []int
	// pad are zeros around images that node lacks: top, left, bottom, right. Only a convolution or an
	// average pooling may read them.
	pad [4]int
}

// none stands for an axis that a node lacks.
const none = -1

// shape returns the shape in the file.
func (v view) shape() []int {
	s := make([]int, len(v.axes))
	for i, a := range v.axes {
		s[i] = 1
		if a != none {
			s[i] = v.node.Shape()[a]
		}
	}
	return s
}

// with returns v with another node of the same shape.
func (v view) with(node *graph.Node) view {
	v.node, v.pad = node, [4]int{}
	return v
}

// flat returns the rows of the flattened view, with the order of their units.
func (v view) units2D() []int {
	shape := v.node.Shape()
	strides := make([]int, len(shape))
	for a, stride := len(shape)-1, 1; a >= 0; a-- {
		strides[a] = stride
		stride *= shape[a]
	}
	var units []int
	var visit func(i, offset int)
	visit = func(i, offset int) {
		if i == len(v.axes) {
			units = append(units, offset)
			return
		}
		if v.axes[i] == none {
			visit(i+1, offset)
			return
		}
		for k := range shape[v.axes[i]] {
			visit(i+1, offset+k*strides[v.axes[i]])
		}
	}
	visit(1, 0)
	if slices.Equal(units, inOrder(len(units))) {
		return nil
	}
	return units
}

// view returns an input of a node that must not be a constant.
func (i *importer) view(n *Node, k int) (view, error) {
	v, ok := i.views[n.Inputs[k]]
	if !ok {
		return view{}, unsupported("input %d, %q, is a constant", k+1, n.Inputs[k])
	}
	if _, ok := i.quantized[n.Inputs[k]]; ok {
		return view{}, unsupported("input %d, %q, is of integers, which only DequantizeLinear may read", k+1, n.Inputs[k])
	}
	if v.pad != [4]int{} && n.Op != "Conv" && n.Op != "AveragePool" && n.Op != "Pad" {
		return view{}, unsupported("input %d, %q, is padded, which only Conv and AveragePool may read", k+1, n.Inputs[k])
	}
	return v, nil
}

// constant returns an input of a node that must be a constant, and nil for an input that is
// left out.
func (i *importer) constant(n *Node, k int) (*Tensor, error) {
	if k >= len(n.Inputs) || n.Inputs[k] == "" {
		return nil, nil
	}
	t, ok := i.constants[n.Inputs[k]]
	if !ok {
		return nil, unsupported("input %d, %q, is computed from the images, want a constant", k+1, n.Inputs[k])
	}
	return t, nil
}

// images returns an input of a node with the axes of images.
func (i *importer) images(n *Node) (view, error) {
	v, err := i.view(n, 0)
	if err != nil {
		return v, err
	}
	if !slices.Equal(v.axes, imageAxes) {
		return v, unsupported("the input has the shape %v with axes in another order than batch, channels, height, width", v.shape())
	}
	return v, nil
}

// rows returns an input of a node of the shape batch, units.
func (i *importer) rows(n *Node) (view, error) {
	v, err := i.view(n, 0)
	if err != nil {
		return v, err
	}
	if len(v.axes) == 2 && v.axes[0] == 0 && v.node.Dims() == 4 { // images of one row or column
		v = view{node: i.b.Flatten(v.node), axes: []int{0, 1}}
	}
	if v.node == nil || v.node.Dims() != 2 || !slices.Equal(v.axes, []int{0, 1}) {
		return v, unsupported("the input has the shape %v, want batch, units", v.shape())
	}
	return v, nil
}

// weight notes the values of a parameter, which arrange brings into the layout of the layer.
func (i *importer) weight(name string, t *Tensor, arrange func(v []float32) []float32) error {
	if t.Type == Int8 || t.Type == Uint8 || t.Type == Int32 || t.Type == Int64 || t.Type == Bool {
		return unsupported("tensor %q holds %s, want floating-point numbers", t.Name, typeName(t.Type))
	}
	if i.record != nil {
		i.record.used[t.Name] = true
	}
	if i.values == nil || t.Data == nil {
		return nil
	}
	v, err := t.Float32s()
	if err != nil {
		return err
	}
	i.values[name] = arrange(v)
	return nil
}

// layerName returns the name of a layer with parameters: that of its weight without ".weight", or
// else that of the node. Characters that names do not have are replaced.
func (i *importer) layerName(n *Node, weight string) string {
	name, ok := strings.CutSuffix(weight, ".weight")
	if !ok {
		name = n.Name
	}
	return i.freeName(name, strings.ToLower(n.Op))
}

// freeName returns a name for a layer or a parameter that no other one has.
func (i *importer) freeName(name, fallback string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-/", r) {
			return r
		}
		return '_'
	}, name)
	name = strings.Trim(name, "./")
	if name == "" {
		name = fallback
	}
	free := name
	for k := 1; i.layers[free]; k++ {
		free = fmt.Sprintf("%s_%d", name, k)
	}
	i.layers[free] = true
	return free
}

// fits returns an error if a layer would have too many elements.
func fits(sizes ...int) error {
	n := 1
	for _, s := range sizes {
		if s < 0 || s > maxImage || n > maxImage/max(s, 1) {
			return unsupported("the output has more than %d elements", maxImage)
		}
		n *= s
	}
	return nil
}
