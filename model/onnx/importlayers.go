package onnx

import (
	"maps"
	"math"
	"slices"

	"inkstone/graph"
)

// operator says how Import reads an operator.
type operator struct {
	inputs     int // the least number of inputs
	attributes []string
	declare    func(i *importer, n *Node) (view, error)
	since      int64 // the first version of the operators that has it, if that is above firstOpset
	pattern    bool  // no operator of ONNX, but what replacePatterns makes of several
}

// operators are the operators that Import reads, by name, and the patterns.
var operators map[string]operator

func init() { // not in the declaration, because node, which the functions call, reads the table
	window := []string{"auto_pad", "kernel_shape", "pads", "strides", "dilations"}
	pool := append([]string{"ceil_mode"}, window...)
	reduction := []string{"axes", "keepdims", "noop_with_empty_axes"}
	operators = map[string]operator{
		"Conv":               {inputs: 2, attributes: append([]string{"group"}, window...), declare: (*importer).conv},
		"Gemm":               {inputs: 2, attributes: []string{"alpha", "beta", "transA", "transB"}, declare: (*importer).gemm},
		"MatMul":             {inputs: 2, declare: (*importer).matMul},
		"BatchNormalization": {inputs: 5, attributes: []string{"epsilon", "momentum", "spatial", "training_mode"}, declare: (*importer).batchNorm},
		"MaxPool":            {inputs: 1, attributes: append([]string{"storage_order"}, pool...), declare: (*importer).maxPool},
		"AveragePool":        {inputs: 1, attributes: append([]string{"count_include_pad"}, pool...), declare: (*importer).avgPool},
		"GlobalAveragePool":  {inputs: 1, declare: (*importer).globalPool},
		"GlobalMaxPool":      {inputs: 1, declare: (*importer).globalPool},
		"Relu":               activation((*graph.Builder).ReLU),
		"Tanh":               activation((*graph.Builder).Tanh),
		"Sigmoid":            activation((*graph.Builder).Sigmoid),
		siluPattern:          pattern((*graph.Builder).SiLU),
		geluPattern:          pattern((*graph.Builder).GELU),
		"Gelu":               {inputs: 1, attributes: []string{"approximate"}, declare: (*importer).gelu, since: 20},
		"LeakyRelu":          {inputs: 1, attributes: []string{"alpha"}, declare: (*importer).leakyRelu},
		"Softmax":            {inputs: 1, attributes: []string{"axis"}, declare: (*importer).softmax},
		"LogSoftmax":         {inputs: 1, attributes: []string{"axis"}, declare: (*importer).softmax},
		"Pad":                {inputs: 1, attributes: []string{"mode", "pads", "value"}, declare: (*importer).pad},
		"Dropout":            {inputs: 1, attributes: []string{"ratio", "seed"}, declare: (*importer).dropout},
		"Identity":           {inputs: 1, declare: (*importer).identity},
		"Constant":           {inputs: 0, attributes: []string{"value", "value_float", "value_floats", "value_int", "value_ints"}, declare: (*importer).constantNode},
		"Flatten":            {inputs: 1, attributes: []string{"axis"}, declare: (*importer).flatten},
		"Reshape":            {inputs: 2, attributes: []string{"allowzero"}, declare: (*importer).reshape},
		"Squeeze":            {inputs: 1, attributes: []string{"axes"}, declare: (*importer).squeeze},
		"Unsqueeze":          {inputs: 1, attributes: []string{"axes"}, declare: (*importer).unsqueeze},
		"Transpose":          {inputs: 1, attributes: []string{"perm"}, declare: (*importer).transpose},
		"Add":                {inputs: 2, declare: (*importer).add},
		"Sum":                {inputs: 1, declare: (*importer).add},
		"Sub":                {inputs: 2, declare: (*importer).normalization},
		"Div":                {inputs: 2, declare: (*importer).normalization},
		"Mul":                {inputs: 2, declare: (*importer).mul},
		"Concat":             {inputs: 1, attributes: []string{"axis"}, declare: (*importer).concat},
		"ReduceMean":         {inputs: 1, attributes: reduction, declare: (*importer).reduce},
		"ReduceSum":          {inputs: 1, attributes: reduction, declare: (*importer).reduce},
		"ReduceMax":          {inputs: 1, attributes: reduction, declare: (*importer).reduce},
		"QuantizeLinear":     {inputs: 2, attributes: []string{"axis", "block_size", "saturate"}, declare: (*importer).quantizeLinear},
		"DequantizeLinear":   {inputs: 2, attributes: []string{"axis", "block_size"}, declare: (*importer).dequantizeLinear},
		"Shape":              {inputs: 1, declare: (*importer).onlyShapes},
		"ConstantOfShape":    {inputs: 1, attributes: []string{"value"}, declare: (*importer).onlyShapes},
		"Slice":              {inputs: 3, declare: (*importer).onlyShapes},
		"Gather":             {inputs: 2, attributes: []string{"axis"}, declare: (*importer).onlyShapes},
		"Cast":               {inputs: 1, attributes: []string{"to"}, declare: (*importer).onlyShapes},
	}
}

// operatorNames returns the names of the operators, sorted.
func operatorNames() []string {
	names := slices.Sorted(maps.Keys(operators))
	return slices.DeleteFunc(names, func(name string) bool { return operators[name].pattern })
}

// activation returns the operator of a layer that is a function of each element.
func activation(layer func(b *graph.Builder, x *graph.Node) *graph.Node) operator {
	return operator{inputs: 1, declare: func(i *importer, n *Node) (view, error) {
		v, err := i.view(n, 0)
		if err != nil {
			return v, err
		}
		return v.with(layer(i.b, v.node)), nil
	}}
}

// pattern returns an activation that replacePatterns finds.
func pattern(layer func(b *graph.Builder, x *graph.Node) *graph.Node) operator {
	o := activation(layer)
	o.pattern = true
	return o
}

// int, float and text return attributes, or a default.
func (n *Node) int(name string, otherwise int64) int64 {
	if a := n.attribute(name); a != nil {
		return a.Int
	}
	return otherwise
}

func (n *Node) float(name string, otherwise float64) float64 {
	if a := n.attribute(name); a != nil {
		return float64(a.Float)
	}
	return otherwise
}

func (n *Node) text(name, otherwise string) string {
	if a := n.attribute(name); a != nil {
		return a.Text
	}
	return otherwise
}

// ints returns an attribute of count small integers from least on.
func (n *Node) ints(name string, count int, least, otherwise int64) ([]int, error) {
	list := make([]int, count)
	for i := range list {
		list[i] = int(otherwise)
	}
	a := n.attribute(name)
	if a == nil || len(a.Ints) == 0 && otherwise >= 0 {
		return list, nil
	}
	if len(a.Ints) != count {
		return nil, unsupported("attribute %s has %d numbers, want %d for images", name, len(a.Ints), count)
	}
	for i, v := range a.Ints {
		if v < least || v > 1<<16 {
			return nil, unsupported("attribute %s is %v, want numbers from %d to 65536", name, a.Ints, least)
		}
		list[i] = int(v)
	}
	return list, nil
}

// window returns the options of a window over images of h x w with zeros around them.
func (n *Node) window(h, w int, around [4]int, kernel []int) (opts []graph.Option, out [2]int, err error) {
	stride, err := n.ints("strides", 2, 1, 1)
	if err != nil {
		return nil, out, err
	}
	dilation, err := n.ints("dilations", 2, 1, 1)
	if err != nil {
		return nil, out, err
	}
	pads, err := n.ints("pads", 4, 0, 0)
	if err != nil {
		return nil, out, err
	}
	image := [2]int{h + around[0] + around[2], w + around[1] + around[3]}
	for a := range 2 {
		span := dilation[a]*(kernel[a]-1) + 1
		switch mode := n.text("auto_pad", "NOTSET"); mode {
		case "SAME_UPPER", "SAME_LOWER":
			total := max(((image[a]+stride[a]-1)/stride[a]-1)*stride[a]+span-image[a], 0)
			pads[a], pads[a+2] = total/2, total-total/2
			if mode == "SAME_LOWER" {
				pads[a], pads[a+2] = pads[a+2], pads[a]
			}
		case "VALID":
			pads[a], pads[a+2] = 0, 0
		case "NOTSET", "":
		default:
			return nil, out, unsupported("attribute auto_pad is %q", mode)
		}
		if n.Op == "AveragePool" && n.int("count_include_pad", 0) == 0 && pads[a]+pads[a+2] > 0 {
			return nil, out, unsupported("attribute count_include_pad is 0 with padding, want 1")
		}
		free := image[a] + pads[a] + pads[a+2] - span
		if rest := free % stride[a]; n.int("ceil_mode", 0) != 0 && free >= 0 && rest > 0 {
			// The last window may begin in the image or in the padding before it.
			if start := (free/stride[a] + 1) * stride[a]; start < image[a]+pads[a] {
				if n.Op == "AveragePool" {
					return nil, out, unsupported("attribute ceil_mode with a window that exceeds the image")
				}
				pads[a+2] += stride[a] - rest
				free += stride[a] - rest
			}
		}
		if free >= 0 {
			out[a] = free/stride[a] + 1
		}
		if unused := free - (out[a]-1)*stride[a]; n.Op == "MaxPool" && out[a] > 0 && 2*pads[a+2] > kernel[a] {
			pads[a+2] -= min(unused, pads[a+2]) // no window reaches it; PyTorch writes it for ceil_mode in opset 9
		}
		pads[a] += around[a]
		pads[a+2] += around[a+2]
	}
	opts = []graph.Option{graph.Kernel(kernel[0], kernel[1]), graph.Stride(stride...), graph.Pad(pads[0], pads[2], pads[1], pads[3])}
	if n.Op == "Conv" {
		return append(opts, graph.Dilation(dilation...)), out, fits(h+pads[0]+pads[2], w+pads[1]+pads[3])
	}
	if dilation[0] != 1 || dilation[1] != 1 {
		return nil, out, unsupported("attribute dilations is %v", dilation)
	}
	return opts, out, fits(h+pads[0]+pads[2], w+pads[1]+pads[3])
}

// unpadded reports whether a window has no padding.
func (n *Node) unpadded() bool {
	a := n.attribute("pads")
	return a == nil || !slices.ContainsFunc(a.Ints, func(v int64) bool { return v != 0 })
}

func (i *importer) conv(n *Node) (view, error) {
	weight, err := i.constant(n, 1)
	if err != nil {
		return view{}, err
	}
	bias, err := i.constant(n, 2)
	if err != nil {
		return view{}, err
	}
	if weight == nil || len(weight.Shape) != 4 || slices.Min(weight.Shape) < 1 {
		return view{}, unsupported("the weight is not one of filters, channels, height, width")
	}
	filters, kernel := weight.Shape[0], weight.Shape[2:]
	if bias != nil && !slices.Equal(bias.Shape, []int{filters}) {
		return view{}, unsupported("the bias has the shape %v, the weight %v", bias.Shape, weight.Shape)
	}
	if v, err := i.view(n, 0); err == nil && slices.Equal(v.axes, []int{0, 1, none, none}) && kernel[0]*kernel[1] == 1 && n.int("group", 1) == 1 && n.unpadded() {
		// A convolution of one pixel, as in squeeze-and-excite.
		w := &Tensor{Name: weight.Name, Type: weight.Type, Shape: weight.Shape[:2], Data: weight.Data}
		node, err := i.dense(n, view{node: v.node, axes: []int{0, 1}}, w, bias, true, 1, 1)
		return view{node: node, axes: v.axes}, err
	}
	x, err := i.images(n)
	if err != nil {
		return view{}, err
	}
	size, err := n.ints("kernel_shape", 2, 1, -1)
	if err != nil {
		return view{}, err
	}
	groups := int(n.int("group", 1))
	s := x.node.Shape()
	if size[0] > 0 && !slices.Equal(size, kernel) || groups < 1 || groups > s[3] || weight.Shape[1]*groups != s[3] {
		return view{}, unsupported("the weight has the shape %v, kernel_shape is %v, group %d, the input has %d channels", weight.Shape, size, groups, s[3])
	}
	opts, out, err := n.window(s[1], s[2], x.pad, kernel)
	if err != nil {
		return view{}, err
	}
	if err := fits(out[0], out[1], filters); err != nil {
		return view{}, err
	}
	name := i.layerName(n, weight.Name)
	opts = append(opts, graph.Groups(groups))
	err = i.weight(name+".weight", weight, func(v []float32) []float32 { return permuted(v, weight.Shape, []int{2, 3, 1, 0}) })
	if bias == nil {
		opts = append(opts, graph.NoBias)
	} else if err == nil {
		err = i.weight(name+".bias", bias, slices.Clone)
	}
	return view{node: i.b.Conv(name, x.node, filters, 1, opts...), axes: imageAxes}, err
}

func (i *importer) gemm(n *Node) (view, error) {
	if n.int("transA", 0) != 0 {
		return view{}, unsupported("attribute transA")
	}
	weight, err := i.constant(n, 1)
	if err != nil {
		return view{}, err
	}
	bias, err := i.constant(n, 2)
	if err != nil {
		return view{}, err
	}
	x, err := i.rows(n)
	if err != nil {
		return view{}, err
	}
	node, err := i.dense(n, x, weight, bias, n.int("transB", 0) != 0, float32(n.float("alpha", 1)), float32(n.float("beta", 1)))
	return view{node: node, axes: []int{0, 1}}, err
}

func (i *importer) matMul(n *Node) (view, error) {
	weight, err := i.constant(n, 1)
	if err != nil {
		return view{}, err
	}
	x, err := i.rows(n)
	if err != nil {
		return view{}, err
	}
	node, err := i.dense(n, x, weight, nil, false, 1, 1)
	return view{node: node, axes: []int{0, 1}}, err
}

// dense declares a dense layer: alpha * x * weight + beta * bias.
func (i *importer) dense(n *Node, x view, weight, bias *Tensor, transposed bool, alpha, beta float32) (*graph.Node, error) {
	if weight == nil || len(weight.Shape) != 2 || slices.Min(weight.Shape) < 1 {
		return nil, unsupported("the weight is not a matrix")
	}
	in, out, perm := weight.Shape[0], weight.Shape[1], []int{0, 1}
	if transposed {
		in, out, perm = out, in, []int{1, 0}
	}
	if in != x.node.Shape()[1] {
		return nil, unsupported("the weight has the shape %v, the input %v", weight.Shape, x.shape())
	}
	if bias != nil && (bias.len() != 1 && bias.len() != out || bias.len() > 1 && bias.Shape[len(bias.Shape)-1] != out) {
		return nil, unsupported("the bias has the shape %v, want %d numbers", bias.Shape, out)
	}
	name := i.layerName(n, weight.Name)
	err := i.weight(name+".weight", weight, func(v []float32) []float32 {
		w := make([]float32, len(v))
		for row, values := range slices.Collect(slices.Chunk(permuted(v, weight.Shape, perm), out)) {
			if x.units != nil {
				row = x.units[row]
			}
			for k, v := range values {
				w[row*out+k] = alpha * v
			}
		}
		return w
	})
	var opts []graph.Option
	if bias == nil {
		opts = append(opts, graph.NoBias)
	} else if err == nil {
		err = i.weight(name+".bias", bias, func(v []float32) []float32 {
			b := make([]float32, out)
			for k := range b {
				b[k] = beta * v[k%len(v)]
			}
			return b
		})
	}
	if n.Outputs[0] == i.net.head && i.b.Classes() > 0 {
		out = i.b.Classes()
	}
	return i.b.Dense(name, x.node, out, opts...), err
}

func (i *importer) batchNorm(n *Node) (view, error) {
	if n.int("training_mode", 0) != 0 || n.int("spatial", 1) != 1 {
		return view{}, unsupported("the training mode, or statistics of each pixel")
	}
	v, err := i.view(n, 0)
	if err != nil {
		return v, err
	}
	last := v.node.Dims() - 1
	if len(v.axes) < 2 || v.axes[1] != last {
		return v, unsupported("the input has the shape %v with axes in another order than batch, channels", v.shape())
	}
	c := v.node.Shape()[last]
	first, err := i.constant(n, 1)
	if err != nil {
		return v, err
	}
	name := i.layerName(n, first.Name)
	for k, part := range []string{"weight", "bias", "running_mean", "running_var"} {
		t, err := i.constant(n, k+1)
		if err != nil {
			return v, err
		}
		if t == nil || !slices.Equal(t.Shape, []int{c}) {
			return v, unsupported("input %d is not a list of %d numbers", k+2, c)
		}
		// Batch normalization here has one epsilon. The difference goes into the variance.
		shift := 0.0
		if part == "running_var" {
			shift = float64(float32(n.float("epsilon", 1e-5))) - float64(float32(1e-5))
		}
		err = i.weight(name+"."+part, t, func(list []float32) []float32 {
			out := slices.Clone(list)
			for k, x := range list {
				to := k
				if v.units != nil {
					to = v.units[k]
				}
				out[to] = float32(float64(x) + shift)
			}
			return out
		})
		if err != nil {
			return v, err
		}
	}
	return v.with(i.b.BatchNorm(name, v.node)), nil
}

func (i *importer) maxPool(n *Node) (view, error) { return i.pool(n, (*graph.Builder).MaxPool) }

func (i *importer) avgPool(n *Node) (view, error) { return i.pool(n, (*graph.Builder).AvgPool) }

func (i *importer) pool(n *Node, layer func(b *graph.Builder, x *graph.Node, size int, opts ...graph.Option) *graph.Node) (view, error) {
	x, err := i.images(n)
	if err != nil {
		return x, err
	}
	kernel, err := n.ints("kernel_shape", 2, 1, 1)
	if err != nil {
		return x, err
	}
	s := x.node.Shape()
	opts, out, err := n.window(s[1], s[2], x.pad, kernel)
	if err == nil {
		err = fits(out[0], out[1], s[3])
	}
	if err == nil {
		err = fits(out[0], out[1], kernel[0], kernel[1])
	}
	if err != nil {
		return x, err
	}
	return x.with(layer(i.b, x.node, 1, opts...)), nil
}

func (i *importer) globalPool(n *Node) (view, error) {
	x, err := i.images(n)
	if err != nil {
		return x, err
	}
	if n.Op == "GlobalMaxPool" {
		return view{node: i.b.Max(x.node, 1, 2), axes: []int{0, 1, none, none}}, nil
	}
	return view{node: i.b.GlobalAvgPool(x.node), axes: []int{0, 1, none, none}}, nil
}

func (i *importer) gelu(n *Node) (view, error) {
	if mode := n.text("approximate", "none"); mode != "none" {
		return view{}, unsupported("attribute approximate is %q", mode)
	}
	return activation((*graph.Builder).GELU).declare(i, n)
}

func (i *importer) leakyRelu(n *Node) (view, error) {
	v, err := i.view(n, 0)
	if err != nil {
		return v, err
	}
	alpha := n.float("alpha", 0.01)
	if math.IsNaN(alpha) || math.IsInf(alpha, 0) {
		return v, unsupported("attribute alpha is %v", alpha)
	}
	return v.with(i.b.LeakyReLU(v.node, alpha)), nil
}

func (i *importer) dropout(n *Node) (view, error) {
	v, err := i.view(n, 0)
	if err != nil {
		return v, err
	}
	rate := float32(n.float("ratio", 0.5))
	ratio, err := i.constant(n, 1)
	if err != nil {
		return v, err
	}
	if ratio != nil {
		list, err := ratio.Float32s()
		if err != nil || len(list) != 1 {
			return v, unsupported("the ratio is not one number")
		}
		rate = list[0]
	}
	if mode, err := i.constant(n, 2); err != nil || mode != nil && (len(mode.Data) != 1 || mode.Data[0] != 0) {
		return v, unsupported("the training mode")
	}
	return v.with(i.b.Dropout(v.node, float64(rate))), nil
}

func (i *importer) softmax(n *Node) (view, error) {
	v, err := i.view(n, 0)
	if err != nil {
		return v, err
	}
	otherwise := int64(-1)
	if i.net.file.Opset < 13 {
		otherwise = 1
	}
	axis, err := axisOf(n.int("axis", otherwise), len(v.axes))
	if err != nil {
		return v, err
	}
	single := true // whether only axes of size 1 follow
	for _, size := range v.shape()[axis+1:] {
		single = single && size == 1
	}
	if v.axes[axis] != v.node.Dims()-1 || v.node.Dims() < 2 || i.net.file.Opset < 13 && !single {
		return v, unsupported("attribute axis is %d for the shape %v, want the channels", axis, v.shape())
	}
	switch {
	case i.net.Softmax != "" && n.Outputs[0] == i.net.file.Graph.Outputs[0].Name:
		return v, nil
	case n.Op == "LogSoftmax":
		return v, unsupported("the operator is read only after the logits")
	}
	return v.with(i.b.Softmax(v.node)), nil
}
