package onnx

import (
	"errors"
	"math"
	"slices"

	"inkstone/graph"
)

// layerForms has a function for each kind of layer that appends the nodes of a step whose inputs
// are in, and returns its output.
var layerForms map[string]func(e *exporter, s *graph.Step, in []value) (value, error)

func init() { // not in the declaration, because the functions do not refer to the table
	layerForms = map[string]func(e *exporter, s *graph.Step, in []value) (value, error){
		"conv":          (*exporter).conv,
		"dense":         (*exporter).dense,
		"batchnorm":     (*exporter).batchNorm,
		"relu":          elementwise("Relu"),
		"tanh":          elementwise("Tanh"),
		"sigmoid":       elementwise("Sigmoid"),
		"leakyrelu":     (*exporter).leakyReLU,
		"gelu":          (*exporter).gelu,
		"silu":          (*exporter).silu,
		"dropout":       (*exporter).dropout,
		"maxpool":       (*exporter).pool,
		"avgpool":       (*exporter).pool,
		"globalavgpool": (*exporter).globalAvgPool,
		"flatten":       (*exporter).flatten,
		"add":           (*exporter).add,
		"concat":        (*exporter).concat,
		"mul":           (*exporter).mul,
		"scale":         (*exporter).scale,
		"softmax":       (*exporter).softmax,
		"mean":          (*exporter).reduce,
		"sum":           (*exporter).reduce,
		"max":           (*exporter).reduce,
		"param":         (*exporter).freeParam,
	}
}

// step appends the nodes of a step.
func (e *exporter) step(s *graph.Step) (value, error) {
	form := layerForms[s.Kind]
	if form == nil || s.Custom {
		return value{}, errors.New("a custom operation has no ONNX form")
	}
	in := e.inputs(s)
	if s.Kind != "mul" {
		for i := range in {
			in[i] = e.materialize(in[i])
		}
	}
	return form(e, s, in)
}

func (e *exporter) conv(s *graph.Step, in []value) (value, error) {
	x := e.align(s, in[0], imageAxes)
	inputs := []string{x.name, e.weight(s.Params[0], []int{3, 2, 0, 1})}
	if len(s.Params) > 1 {
		inputs = append(inputs, e.weight(s.Params[1], []int{0}))
	}
	e.node(s.Name, "Conv", inputs, e.output,
		intsAttribute("dilations", s.Dilation[:]...), intAttribute("group", s.Groups), intsAttribute("kernel_shape", s.Kernel[:]...),
		pads(s), intsAttribute("strides", s.Stride[:]...))
	return e.image(s), nil
}

// pads returns the padding in the order of a file: top, left, bottom, right.
func pads(s *graph.Step) Attribute {
	return intsAttribute("pads", s.Pad[0], s.Pad[2], s.Pad[1], s.Pad[3])
}

// image returns the current output as images.
func (e *exporter) image(s *graph.Step) value {
	return value{name: e.output, shape: arranged(s.Output, imageAxes), axes: imageAxes}
}

// arranged returns the shape of a layer's output in a file.
func arranged(shape []int, axes []int) []int {
	list := make([]int, len(axes))
	for i, a := range axes {
		list[i] = shape[a]
	}
	return list
}

func (e *exporter) dense(s *graph.Step, in []value) (value, error) {
	w := s.Params[0]
	t := Floats(w.Name(), []int{s.Output[1], in[0].shape[1]}, transposed(values(w), in[0].units, s.Output[1]))
	inputs := []string{in[0].name, e.initializer(t)}
	if len(s.Params) > 1 {
		inputs = append(inputs, e.weight(s.Params[1], []int{0}))
	}
	e.node(s.Name, "Gemm", inputs, e.output, intAttribute("transB", 1))
	return value{name: e.output, shape: slices.Clone(s.Output), axes: []int{0, 1}}, nil
}

// transposed returns the transpose of a matrix with cols columns, whose rows are taken in the
// order of units, or as they are if units is nil.
func transposed(w []float32, units []int, cols int) []float32 {
	rows := len(w) / cols
	if units == nil {
		units = inOrder(rows)
	}
	t := make([]float32, 0, len(w))
	for c := range cols {
		for _, r := range units {
			t = append(t, w[r*cols+c])
		}
	}
	return t
}

func (e *exporter) batchNorm(s *graph.Step, in []value) (value, error) {
	// The channels are the second axis in a file.
	last := len(s.Output) - 1
	axes := []int{0, last}
	for a := 1; a < last; a++ {
		axes = append(axes, a)
	}
	x := e.align(s, in[0], axes)
	inputs := []string{x.name}
	for _, p := range s.Params {
		inputs = append(inputs, e.initializer(Floats(p.Name(), []int{p.Len()}, reordered(values(p), x.units))))
	}
	e.node(s.Name, "BatchNormalization", inputs, e.output, floatAttribute("epsilon", s.Epsilon))
	return renamed(x, e.output), nil
}

// reordered returns values in the order of units, or as they are if units is nil.
func reordered(v []float32, units []int) []float32 {
	if units == nil {
		return v
	}
	list := make([]float32, len(v))
	for i, u := range units {
		list[i] = v[u]
	}
	return list
}

// renamed returns a value with another name.
func renamed(v value, name string) value {
	v.name = name
	return v
}

// elementwise returns the form of a layer that is one operator without attributes.
func elementwise(op string) func(e *exporter, s *graph.Step, in []value) (value, error) {
	return func(e *exporter, s *graph.Step, in []value) (value, error) {
		e.node(s.Name, op, []string{in[0].name}, e.output)
		return renamed(in[0], e.output), nil
	}
}

func (e *exporter) leakyReLU(s *graph.Step, in []value) (value, error) {
	e.node(s.Name, "LeakyRelu", []string{in[0].name}, e.output, floatAttribute("alpha", s.Slope))
	return renamed(in[0], e.output), nil
}

// gelu appends 0.5 * x * (1 + erf(x/sqrt(2))), as PyTorch exports it, since the operator Gelu
// exists from opset 20 on.
func (e *exporter) gelu(s *graph.Step, in []value) (value, error) {
	x := in[0].name
	part := func(name, op string, inputs ...string) string {
		return e.node(s.Name+"/"+name, op, inputs, e.unique(s.Name+"/"+name))
	}
	erf := part("erf", "Erf", part("div", "Div", x, e.scalar("sqrt2", math.Sqrt2)))
	product := part("mul", "Mul", x, part("add", "Add", erf, e.scalar("one", 1)))
	e.node(s.Name, "Mul", []string{product, e.scalar("half", 0.5)}, e.output)
	return renamed(in[0], e.output), nil
}

func (e *exporter) silu(s *graph.Step, in []value) (value, error) {
	gate := e.node(s.Name+"/sigmoid", "Sigmoid", []string{in[0].name}, e.unique(s.Name+"/sigmoid"))
	e.node(s.Name, "Mul", []string{in[0].name, gate}, e.output)
	return renamed(in[0], e.output), nil
}

func (e *exporter) dropout(s *graph.Step, in []value) (value, error) {
	ratio := e.initializer(Floats(e.unique(s.Name+".ratio"), []int{}, []float32{float32(s.Rate)}))
	e.node(s.Name, "Dropout", []string{in[0].name, ratio}, e.output)
	return renamed(in[0], e.output), nil
}

func (e *exporter) pool(s *graph.Step, in []value) (value, error) {
	x := e.align(s, in[0], imageAxes)
	attributes := []Attribute{intsAttribute("kernel_shape", s.Kernel[:]...), pads(s), intsAttribute("strides", s.Stride[:]...)}
	if s.Kind == "maxpool" {
		e.node(s.Name, "MaxPool", []string{x.name}, e.output, attributes...)
	} else {
		attributes = append([]Attribute{intAttribute("count_include_pad", 1)}, attributes...)
		e.node(s.Name, "AveragePool", []string{x.name}, e.output, attributes...)
	}
	return e.image(s), nil
}

func (e *exporter) globalAvgPool(s *graph.Step, in []value) (value, error) {
	x := e.align(s, in[0], imageAxes)
	pooled := e.node(s.Name+"/pool", "GlobalAveragePool", []string{x.name}, e.unique(s.Name+"/pool"))
	e.node(s.Name, "Flatten", []string{pooled}, e.output, intAttribute("axis", 1))
	return value{name: e.output, shape: slices.Clone(s.Output), axes: []int{0, 1}}, nil
}

func (e *exporter) flatten(s *graph.Step, in []value) (value, error) {
	x := e.align(s, in[0], imageAxes)
	e.node(s.Name, "Flatten", []string{x.name}, e.output, intAttribute("axis", 1))
	c, h, w := x.shape[1], x.shape[2], x.shape[3]
	v := value{name: e.output, shape: slices.Clone(s.Output), axes: []int{0, 1}}
	if c > 1 && h*w > 1 {
		for k := range c {
			for pixel := range h * w {
				v.units = append(v.units, pixel*c+k)
			}
		}
	}
	return v, nil
}

func (e *exporter) softmax(s *graph.Step, in []value) (value, error) {
	axis := slices.Index(in[0].axes, len(s.Output)-1)
	e.node(s.Name, "Softmax", []string{in[0].name}, e.output, intAttribute("axis", axis))
	return renamed(in[0], e.output), nil
}
