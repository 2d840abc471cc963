package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"inkstone/graph"
)

// maxNodes is the largest number of nodes of an imported network.
const maxNodes = 4096

// The versions of the operators that Import reads.
const (
	firstOpset = 7
	lastOpset  = 21
)

// ErrUnsupported is the error of an ONNX file with an operator, an attribute or a shape that
// networks of this module do not have.
var ErrUnsupported = errors.New("not supported")

// Network is a network that was made of an ONNX file.
type Network struct {
	Height, Width, Channels int // of an image
	Classes                 int // width of the logits
	// Scale and Shift are the normalization that the file does itself, if it begins with one:
	// scale*x + shift. Otherwise they are 1 and 0. The network does not include it.
	Scale, Shift float64
	// Softmax is the operator after the logits, which the network leaves out: "Softmax",
	// "LogSoftmax" or "".
	Softmax string

	keepSoftmax bool // keep a softmax after the logits, for tests

	file  *File
	input *Value // the images
	head  string // the output of the dense layer that computes the logits, "" if there is none
	nodes []Node // of the file, with each pattern replaced by one node
	used  map[string]bool
}

// Import makes a network of a file. Convolutions, dense layers, batch normalizations and factors
// become layers with parameters, which are named after the initializers. limit bounds the
// number of elements of the parameters, 0 for no limit. Errors wrap [ErrUnsupported] and name the
// node, or [graph.ErrLimit].
func Import(f *File, limit int) (*Network, error) {
	n := &Network{Scale: 1, file: f, used: map[string]bool{}}
	if err := n.check(); err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	params := graph.NewParams(0)
	params.SetLimit(limit)
	if _, err := n.declareOver(params, n); err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	return n, nil
}

// unsupported returns an error that wraps ErrUnsupported.
func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUnsupported}, args...)...)
}

// check reads the input and orders what the network consists of.
func (n *Network) check() error {
	f := n.file
	if f == nil {
		return errors.New("there is no file")
	}
	if f.Opset < firstOpset || f.Opset > lastOpset {
		return unsupported("the operators have version %d, want %d to %d", f.Opset, firstOpset, lastOpset)
	}
	if n := len(f.Graph.Nodes); n > maxNodes {
		return unsupported("%d nodes, want at most %d", n, maxNodes)
	}
	if len(f.Graph.Outputs) != 1 {
		return unsupported("there are %d outputs, want one, the logits", len(f.Graph.Outputs))
	}
	n.input = f.input()
	input := n.input
	if input == nil {
		return unsupported("there is no input")
	}
	if err := n.readInput(input); err != nil {
		return fmt.Errorf("input %q: %w", input.Name, err)
	}
	if err := checkNames(&f.Graph, input.Name); err != nil {
		return err
	}
	n.nodes = replacePatterns(&f.Graph)
	if !n.keepSoftmax {
		n.findSoftmax()
	}
	n.findHead()
	return nil
}

// input returns the input of the images: the first input that is no initializer.
func (f *File) input() *Value {
	initializers := map[string]bool{}
	for i := range f.Graph.Initializers {
		initializers[f.Graph.Initializers[i].Name] = true
	}
	for i := range f.Graph.Inputs {
		if !initializers[f.Graph.Inputs[i].Name] {
			return &f.Graph.Inputs[i]
		}
	}
	return nil
}

// tensor returns a tensor without elements.
func (v *Value) tensor() *Tensor {
	t := &Tensor{Name: v.Name, Type: v.Type, Shape: []int{}}
	for _, d := range v.Shape {
		t.Shape = append(t.Shape, int(max(0, min(d.Size, maxSize))))
	}
	return t
}

// readInput sets the size of an image.
func (n *Network) readInput(v *Value) error {
	if v.Type != Float32 && v.Type != 0 {
		return unsupported("elements of %s, want float32", typeName(v.Type))
	}
	if len(v.Shape) < 2 || len(v.Shape) > 4 {
		return unsupported("%d axes, want batch, channels, height, width", len(v.Shape))
	}
	size := []int{1, 1, 1}
	for i, d := range v.Shape[1:] {
		if d.Size < 1 || d.Size > 1<<16 {
			return unsupported("the size along axis %d is %s, want a fixed number from 1 to 65536", i+1, d)
		}
		size[4-len(v.Shape)+i] = int(d.Size)
	}
	if size[0]*size[1] > maxImage || size[0]*size[1]*size[2] > maxImage {
		return unsupported("images of %dx%dx%d are too large", size[0], size[1], size[2])
	}
	n.Channels, n.Height, n.Width = size[0], size[1], size[2]
	if side := int(math.Sqrt(float64(n.Width))); len(v.Shape) == 2 && side*side == n.Width {
		n.Height, n.Width = side, side // rows of pixels
	}
	return nil
}

// checkNames refuses names that stand for two values, and nodes that read values which no
// earlier node computes, as in a cycle.
func checkNames(g *Graph, input string) error {
	defined := map[string]bool{}
	for i := range g.Initializers {
		name := g.Initializers[i].Name
		if defined[name] {
			return fmt.Errorf("two initializers are named %q", name)
		}
		defined[name] = true
	}
	for _, v := range g.Inputs {
		defined[v.Name] = true
	}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		for _, name := range n.Inputs {
			if name != "" && !defined[name] {
				return fmt.Errorf("%s reads %q, which no earlier node computes", n, name)
			}
		}
		for _, name := range n.Outputs {
			if name != "" && defined[name] {
				return fmt.Errorf("%s computes %q, which exists already", n, name)
			}
			defined[name] = true
		}
	}
	for _, v := range g.Outputs {
		if !defined[v.Name] || v.Name == input {
			return fmt.Errorf("no node computes the output %q", v.Name)
		}
	}
	return nil
}

// findSoftmax finds a softmax after the logits, which the network leaves out.
func (n *Network) findSoftmax() {
	out := n.file.Graph.Outputs[0].Name
	for _, x := range n.nodes {
		if (x.Op == "Softmax" || x.Op == "LogSoftmax") && slices.Contains(x.Outputs, out) {
			n.Softmax = x.Op
		}
	}
}

// findHead finds the dense layer whose outputs are the logits. In a network of other classes it
// has another width.
func (n *Network) findHead() {
	name := n.file.Graph.Outputs[0].Name
	for i := len(n.nodes) - 1; i >= 0; i-- {
		if x := &n.nodes[i]; slices.Contains(x.Outputs, name) {
			switch x.Op {
			case "Gemm", "MatMul":
				n.head = name
				return
			case "Identity", "Flatten", "Dropout", n.Softmax:
				if len(x.Inputs) == 0 {
					return
				}
				name = x.Inputs[0]
			default:
				return
			}
		}
	}
}

// Name returns the name of the graph in the file.
func (n *Network) Name() string { return n.file.Graph.Name }

// Net is the network as a [graph.Net].
func (n *Network) Net(b *graph.Builder, x *graph.Node) *graph.Node {
	i := n.importer(b, nil)
	v, err := i.declare(x)
	if err != nil {
		b.Fail(err)
	}
	return v.node
}

// Load sets the parameters of a store in which the network has been declared to the values of the
// file.
func (n *Network) Load(params *graph.Params) error {
	values, err := n.declareOver(params, nil)
	if err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	for _, p := range params.All() {
		v, ok := values[p.Name()]
		if !ok {
			return fmt.Errorf("onnx: the file has no values of %s", p.Name())
		}
		copy(p.Value().Data().([]float32), v)
	}
	return nil
}

// declareOver declares the network over a store and returns the values of its parameters, in the
// layout of the layers. If record is not nil, it sets what is known of the network.
func (n *Network) declareOver(params *graph.Params, record *Network) (map[string][]float32, error) {
	b := graph.NewBuilder(params, graph.Eval, 0, 1)
	x := b.Input(inputName, 1, n.Height, n.Width, n.Channels)
	i := n.importer(b, map[string][]float32{})
	i.record = record
	v, err := i.declare(x)
	if err == nil {
		err = b.Err()
	}
	if err == nil && record != nil {
		record.Classes = v.node.Shape()[1]
	}
	return i.values, err
}

// Skeleton returns the file without the values of the parameters, which become inputs with a
// shape. Import reads it, and Load does not.
func (n *Network) Skeleton() *File {
	f := *n.file
	f.Metadata, f.Doc = nil, ""
	f.Graph.Inputs = []Value{*n.input}
	f.Graph.Initializers = nil
	for _, t := range n.file.Graph.Initializers {
		if !n.used[t.Name] {
			f.Graph.Initializers = append(f.Graph.Initializers, t)
			continue
		}
		v := Value{Name: t.Name, Type: t.Type, Shape: []Dim{}}
		for _, d := range t.Shape {
			v.Shape = append(v.Shape, Dim{Size: int64(d)})
		}
		f.Graph.Inputs = append(f.Graph.Inputs, v)
	}
	known := map[string]bool{n.input.Name: true}
	for _, t := range n.file.Graph.Initializers {
		known[t.Name] = true
	}
	for _, v := range n.file.Graph.Inputs {
		if n.used[v.Name] && !known[v.Name] {
			f.Graph.Inputs = append(f.Graph.Inputs, v)
		}
	}
	return &f
}

// importer declares the nodes of a file in their order.
type importer struct {
	b         *graph.Builder
	net       *Network
	record    *Network // where to note what is found, nil for nowhere
	views     map[string]view
	constants map[string]*Tensor
	shapes    map[string][]int64   // lists of integers that are computed from shapes
	quantized map[string]quantized // values of integers
	values    map[string][]float32 // of the parameters, by name; nil if they are not wanted
	layers    map[string]bool      // names of layers and parameters
	input     string               // name of the input, or of what only scales it
	elements  int                  // of all outputs so far, for one image
	anyOutput bool                 // accept a result of any shape
}

func (n *Network) importer(b *graph.Builder, values map[string][]float32) *importer {
	i := &importer{
		b: b, net: n, views: map[string]view{}, constants: map[string]*Tensor{}, shapes: map[string][]int64{}, quantized: map[string]quantized{},
		values: values, layers: map[string]bool{},
	}
	for k := range n.file.Graph.Initializers {
		t := &n.file.Graph.Initializers[k]
		i.constants[t.Name] = t
	}
	i.input = n.input.Name
	for k := range n.file.Graph.Inputs {
		v := &n.file.Graph.Inputs[k]
		if v.Name != n.input.Name && i.constants[v.Name] == nil {
			i.constants[v.Name] = v.tensor() // a parameter of a skeleton
		}
	}
	return i
}

// Limits of the outputs of layers, in elements of one image.
const (
	maxImage = 1 << 24
	maxTotal = 1 << 26
)

// declare declares all nodes and returns the logits, with their order in the file.
func (i *importer) declare(x *graph.Node) (view, error) {
	if i.b.Err() != nil {
		return view{}, i.b.Err()
	}
	i.views[i.input] = i.inputView(x, len(i.net.input.Shape))
	for k := range i.net.nodes {
		n := &i.net.nodes[k]
		if err := i.node(n); err != nil {
			return view{}, fmt.Errorf("%s: %w", n, err)
		}
		if err := i.b.Err(); err != nil {
			return view{}, fmt.Errorf("%s: %w: %w", n, ErrUnsupported, err)
		}
	}
	out := i.net.file.Graph.Outputs[0].Name
	v, ok := i.views[out]
	if !ok {
		return view{}, unsupported("the output %q is a constant", out)
	}
	if _, ok := i.quantized[out]; ok {
		return view{}, unsupported("the output %q is of integers", out)
	}
	if v.pad != [4]int{} {
		return view{}, unsupported("the output %q is padded", out)
	}
	if i.anyOutput {
		return v, nil
	}
	v.axes = slices.DeleteFunc(slices.Clone(v.axes), func(a int) bool { return a < 0 })
	if v.node.Dims() != 2 || len(v.axes) != 2 || v.units != nil || v.axes[0] != 0 {
		return view{}, unsupported("the output %q has the shape %v, want batch, classes from a layer after the images are flattened", out, v.shape())
	}
	return v, nil
}

// inputView returns the view of an input with that many axes: images, images without the axis of
// the channels, or rows of pixels.
func (i *importer) inputView(x *graph.Node, axes int) view {
	switch axes {
	case 2:
		return view{node: i.b.Flatten(x), axes: []int{0, 1}}
	case 3:
		return view{node: x, axes: []int{0, 1, 2}}
	}
	return view{node: x, axes: imageAxes}
}

// node declares a node.
func (i *importer) node(n *Node) error {
	if n.Domain != "" && n.Domain != "ai.onnx" {
		return unsupported("the operator is of the domain %q", n.Domain)
	}
	op, ok := operators[n.Op]
	if !ok || op.pattern && !n.pattern {
		return unsupported("there is no layer for this operator; there are layers for %s", strings.Join(operatorNames(), ", "))
	}
	if v := i.net.file.Opset; v < op.since {
		return unsupported("the operator exists from version %d of the operators on, the file has version %d", op.since, v)
	}
	if err := n.checkAttributes(op.attributes); err != nil {
		return err
	}
	if len(n.Inputs) < op.inputs || len(n.Outputs) == 0 || n.Outputs[0] == "" {
		return fmt.Errorf("%d inputs and %d outputs, want at least %d and 1", len(n.Inputs), len(n.Outputs), op.inputs)
	}
	for _, extra := range n.Outputs[1:] {
		if extra != "" && i.net.isRead(extra) {
			return unsupported("the output %q", extra)
		}
	}
	if i.fold(n) {
		return nil
	}
	if list, ok := i.shapeOf(n); ok {
		i.shapes[n.Outputs[0]] = list
		return nil
	}
	v, err := op.declare(i, n)
	if err != nil || v.node == nil {
		return err
	}
	if i.elements += v.node.Shape().TotalSize() / v.node.Shape()[0]; i.elements > maxTotal {
		return unsupported("the outputs of the layers have more than %d elements", maxTotal)
	}
	i.views[n.Outputs[0]] = v
	return nil
}

// isRead reports whether a node or the result needs a value.
func (n *Network) isRead(name string) bool {
	for _, x := range n.nodes {
		if slices.Contains(x.Inputs, name) {
			return true
		}
	}
	return n.file.Graph.Outputs[0].Name == name
}
