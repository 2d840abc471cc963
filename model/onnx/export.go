package onnx

import (
	"fmt"
	"slices"

	"inkstone/graph"
)

// Versions of what Export writes.
const (
	IRVersion    = 8
	DefaultOpset = 13
	latestOpset  = 17
)

// Names of the input and the output of an exported network.
const (
	inputName  = "images"
	outputName = "logits"
)

// Options are settings of [Export]. Fields left at zero take their defaults.
type Options struct {
	Name  string // of the graph; "" means network
	Opset int    // version of the operators, 13 to 17; 0 means [DefaultOpset]
	// Scale and Shift make the network compute scale*x + shift from its input x first, so that
	// it takes pixels that are not normalized. 0 and 0 leave that out.
	Scale, Shift float64
	Metadata     []Entry
}

// Export returns the ONNX file of a network. Its input has the shape batch, channels, height,
// width, and its output batch, classes; the batch may have any size. Nodes have the names of the
// layers, initializers those of the parameters. Equal networks give equal files.
//
// The error names the first layer that has no ONNX form.
func Export(p *graph.Forward, o Options) (*File, error) {
	if p == nil || len(p.Steps) == 0 {
		return nil, fmt.Errorf("onnx: the network is empty")
	}
	if o.Opset == 0 {
		o.Opset = DefaultOpset
	}
	if o.Opset < DefaultOpset || o.Opset > latestOpset {
		return nil, fmt.Errorf("onnx: opset %d, want %d to %d", o.Opset, DefaultOpset, latestOpset)
	}
	if o.Name == "" {
		o.Name = "network"
	}
	e := &exporter{used: map[string]bool{inputName: true, outputName: true}, done: map[string]bool{}, constants: map[string]string{}, file: &File{
		IRVersion: IRVersion, Producer: "inkstone", Opset: int64(o.Opset), Metadata: slices.Clone(o.Metadata),
		Graph: Graph{Name: o.Name},
	}}
	for _, s := range p.Steps {
		for _, param := range s.Params {
			e.used[param.Name()] = true
		}
	}
	e.input(p, o)
	last := len(p.Steps) - 1
	for i, s := range p.Steps {
		e.output = outputName
		if i < last {
			e.output = e.unique(s.Name)
		}
		v, err := e.step(&s)
		if err != nil {
			return nil, fmt.Errorf("onnx: %s %q: %w", s.Kind, s.Name, err)
		}
		e.values = append(e.values, v)
	}
	result := e.values[last]
	e.file.Graph.Outputs = []Value{{Name: result.name, Type: Float32, Shape: dims(result.shape)}}
	return e.file, nil
}

// exporter translates the steps of a network in their order.
type exporter struct {
	file   *File
	values []value         // outputs of the steps so far
	images value           // the input after the normalization
	output string          // name of the output of the current step
	used   map[string]bool // names of values
	done   map[string]bool // initializers that are in the file

	constants map[string]string // names of the initializers of scalar
}

// value is a value of the file and its relation to the output of a layer.
type value struct {
	name  string
	shape []int // in the file; the first axis is the batch
	axes  []int // axis i in the file is axis axes[i] of the layer
	// units has the index in the layer of each unit of the file along the second axis of rows
	// of flattened images; nil if they are the same.
	units []int
	param *graph.Param // of a free parameter, which becomes an initializer where it is used
}

// inOrder returns 0 to n-1.
func inOrder(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// imageAxes are the axes of images in a file: batch, channels, height, width.
var imageAxes = []int{0, 3, 1, 2}

// dims describes a shape with a batch of any size.
func dims(shape []int) []Dim {
	list := []Dim{{Name: "batch"}}
	for _, size := range shape[1:] {
		list = append(list, Dim{Size: int64(size)})
	}
	return list
}

// unique returns a name of a value that is not used yet: the given one, or one with a suffix.
func (e *exporter) unique(name string) string {
	free := name
	for i := 1; e.used[free]; i++ {
		free = fmt.Sprintf("%s_%d", name, i)
	}
	e.used[free] = true
	return free
}

// input declares the input and its normalization.
func (e *exporter) input(p *graph.Forward, o Options) {
	shape := []int{1, p.Channels, p.Height, p.Width}
	e.images = value{name: inputName, shape: shape, axes: imageAxes}
	e.file.Graph.Inputs = []Value{{Name: inputName, Type: Float32, Shape: dims(shape)}}
	if o.Scale == 0 && o.Shift == 0 {
		return
	}
	scaled, normalized := e.unique("normalize/scaled"), e.unique("normalize")
	scale, shift := e.unique("normalize.scale"), e.unique("normalize.shift")
	e.initializer(Floats(scale, []int{}, []float32{float32(o.Scale)}))
	e.initializer(Floats(shift, []int{}, []float32{float32(o.Shift)}))
	e.node("normalize/scale", "Mul", []string{inputName, scale}, scaled)
	e.node("normalize", "Add", []string{scaled, shift}, normalized)
	e.images.name = normalized
}

// inputs returns the values that a step reads.
func (e *exporter) inputs(s *graph.Step) []value {
	list := make([]value, len(s.Inputs))
	for i, from := range s.Inputs {
		if from == graph.ImageInput {
			list[i] = e.images
		} else {
			list[i] = e.values[from]
		}
	}
	return list
}

// node appends a node with one output, and returns the name of the output.
func (e *exporter) node(name, op string, inputs []string, output string, attributes ...Attribute) string {
	e.file.Graph.Nodes = append(e.file.Graph.Nodes, Node{
		Name: name, Op: op, Inputs: inputs, Outputs: []string{output}, Attributes: attributes,
	})
	return output
}

// initializer appends an initializer, unless the file has it already, and returns its name.
func (e *exporter) initializer(t Tensor) string {
	if !e.done[t.Name] {
		e.done[t.Name], e.used[t.Name] = true, true
		e.file.Graph.Initializers = append(e.file.Graph.Initializers, t)
	}
	return t.Name
}
