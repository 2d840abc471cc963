package graph

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
)

// Mode is the mode of a graph. Dropout and batch normalization compute different values in
// the two modes.
type Mode int

const (
	// Train: dropout drops entries; batch normalization uses the statistics of the batch
	// and updates the running ones.
	Train Mode = iota
	// Eval: dropout is the identity; batch normalization uses the running statistics.
	Eval
)

// String returns "train" or "eval".
func (m Mode) String() string {
	switch m {
	case Train:
		return "train"
	case Eval:
		return "eval"
	}
	return fmt.Sprintf("Mode(%d)", int(m))
}

// Node is gorgonia's node. The alias lets a network be declared without importing
// gorgonia.
type Node = gorgonia.Node

// Net declares a network. It adds layers to b, from the images x of shape batch, height,
// width, channels to the logits of shape batch, classes, and returns the logits.
type Net func(b *Builder, x *gorgonia.Node) *gorgonia.Node

// Layer describes a declared layer, for summaries, drawings and error messages.
type Layer struct {
	Name   string       // chosen by the author ("conv1") or made of kind and number ("relu1")
	Kind   string       // "conv", "relu", ...
	Output tensor.Shape // shape of Node; its first axis is the batch
	Params []*Param     // parameters of the layer, statistics included
	FLOPs  int64        // floating-point operations of the forward pass, per image, 2 per multiply-add; 0 for layers that need few
	Node   *gorgonia.Node

	Inputs     []*gorgonia.Node // nodes that the layer reads, except its own parameters
	Attributes Attributes
}

// Builder declares layers on a gorgonia graph. After the first error, methods that declare a
// layer do nothing and return nil. [Builder.Err] returns that error.
type Builder struct {
	graph   *gorgonia.ExprGraph
	params  *Params
	mode    Mode
	classes int
	err     error
	layers  []Layer
	kinds   map[string]int // number of layers of a kind that have been named by nextName
	state   *runState

	learned    []*gorgonia.Node          // nodes of the trainable parameters, in order of declaration
	paramNodes map[string]*gorgonia.Node // nodes of all parameters, by name
	noGrad     map[*gorgonia.Node]bool   // leaves that need no gradient
	requested  map[*gorgonia.Node]bool   // layers whose outputs fusion must compute
	fromNodes  map[string]*gorgonia.Node // inputs that replace the layers of Config.From; nil until declared
	statistics []keptStatistics          // of the batch normalizations, if the session keeps the running statistics

	layouts       map[*gorgonia.Node]layout // results of layoutOf
	paramOrders   map[*Param]axisOrder      // portable orders that layoutOf has found
	doubts        map[*Param]string         // where the portable order becomes unknown
	flattenedFrom map[*gorgonia.Node]hwc    // image shapes of the outputs of Flatten
	needsGradMemo map[*gorgonia.Node]bool   // results of needsGradient
	variesMemo    map[*gorgonia.Node]bool   // results of varies
}

// runState changes from one run of a graph to the next. The session sets it and the
// operations read it.
type runState struct {
	workers *kernel.Workers
	rows    int    // rows of the batch in use
	step    uint64 // number of the training step, for dropout

	keepStatistics bool // see Config.KeepStatistics; set before the network is declared
}

// NewBuilder returns a builder over a new graph. classes is the number of classes;
// workers is the number of goroutines in an operation, 0 for one per processor. No result
// depends on workers.
func NewBuilder(params *Params, mode Mode, classes, workers int) *Builder {
	b := &Builder{
		graph:         gorgonia.NewGraph(),
		params:        params,
		mode:          mode,
		classes:       classes,
		kinds:         map[string]int{},
		state:         &runState{workers: kernel.NewWorkers(workers)},
		paramNodes:    map[string]*gorgonia.Node{},
		noGrad:        map[*gorgonia.Node]bool{},
		requested:     map[*gorgonia.Node]bool{},
		fromNodes:     map[string]*gorgonia.Node{},
		layouts:       map[*gorgonia.Node]layout{},
		paramOrders:   map[*Param]axisOrder{},
		doubts:        map[*Param]string{},
		flattenedFrom: map[*gorgonia.Node]hwc{},
		needsGradMemo: map[*gorgonia.Node]bool{},
		variesMemo:    map[*gorgonia.Node]bool{},
	}
	switch {
	case params == nil || params.index == nil:
		b.err = errors.New("graph: no parameter store: make one with NewParams")
	case workers < 0:
		b.err = fmt.Errorf("graph: %d workers, want at least 0", workers)
	}
	return b
}

// Graph returns the gorgonia graph.
func (b *Builder) Graph() *gorgonia.ExprGraph { return b.graph }

// Params returns the parameter store.
func (b *Builder) Params() *Params { return b.params }

// Mode returns the mode of the graph, training or evaluation.
func (b *Builder) Mode() Mode { return b.mode }

// Classes returns the number of classes, which is the width of the logits.
func (b *Builder) Classes() int { return b.classes }

// Layers returns the layers in the order of their declaration.
func (b *Builder) Layers() []Layer { return slices.Clone(b.layers) }

// Err returns the first error of any layer.
func (b *Builder) Err() error { return b.err }

// Fail records err, unless an error is recorded already. It is for functions that declare
// custom layers and check their arguments.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Input declares an image input of shape batch, height, width, channels, filled with
// zeros. No gradient with respect to it is computed.
func (b *Builder) Input(name string, batch, height, width, channels int) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	shape := tensor.Shape{batch, height, width, channels}
	if slices.Min(shape) < 1 {
		b.Fail(fmt.Errorf("input %q: shape %v (batch, height, width, channels) has a size below 1", name, shape))
		return nil
	}
	if err := checkElements(shape); err != nil {
		b.Fail(fmt.Errorf("input %q: %w", name, err))
		return nil
	}
	b.state.rows = batch // a session sets it before each run
	return b.newInput(name, tensor.New(tensor.WithShape(shape...), tensor.Of(b.params.dtype)))
}

// newLeaf adds a node that holds value.
func (b *Builder) newLeaf(name string, value *tensor.Dense) *gorgonia.Node {
	return gorgonia.NewTensor(b.graph, value.Dtype(), value.Dims(),
		gorgonia.WithShape(value.Shape()...), gorgonia.WithName(name), gorgonia.WithValue(value))
}

// newInput adds a leaf that needs no gradient.
func (b *Builder) newInput(name string, value *tensor.Dense) *gorgonia.Node {
	n := b.newLeaf(name, value)
	b.noGrad[n] = true
	return n
}

// declareParam returns a parameter and its node. It creates the parameter unless the store
// has it.
func (b *Builder) declareParam(name string, shape []int, order axisOrder, statistic bool, init Initializer, fan Fan) (*Param, *gorgonia.Node, error) {
	if b.paramNodes[name] != nil {
		return nil, nil, fmt.Errorf("parameter %q is declared twice: give each layer a name of its own", name)
	}
	p, err := b.params.getOrCreate(name, shape, order, statistic, init, fan)
	if err != nil {
		return nil, nil, err
	}
	if b.mode == Train {
		p.share() // the session and its solver write to the tensor
	}
	n := b.newLeaf(name, p.value)
	b.paramNodes[name] = n
	if p.Trainable() && b.mode == Train {
		b.learned = append(b.learned, n)
	} else {
		b.noGrad[n] = true
	}
	return p, n, nil
}

// needsGradient reports whether n is, or is computed from, a leaf that may need a
// gradient. That is every leaf outside noGrad, also one that the author made with gorgonia.
func (b *Builder) needsGradient(n *gorgonia.Node) bool {
	if b.noGrad[n] {
		return false
	}
	if known, ok := b.needsGradMemo[n]; ok {
		return known
	}
	var inputs gorgonia.Nodes
	for it := b.graph.From(n.ID()); it.Next(); {
		inputs = append(inputs, it.Node().(*gorgonia.Node))
	}
	need := len(inputs) == 0 && n.Op() == nil
	for _, in := range inputs {
		need = need || b.needsGradient(in)
	}
	b.needsGradMemo[n] = need
	return need
}

// needGradients calls needsGradient for each node.
func (b *Builder) needGradients(nodes []*gorgonia.Node) []bool {
	need := make([]bool, len(nodes))
	for i, n := range nodes {
		need[i] = b.needsGradient(n)
	}
	return need
}

// nextName returns the name of the next layer of a kind whose layers the author does not name:
// "relu1", "relu2".
func (b *Builder) nextName(kind string) string {
	b.kinds[kind]++
	return fmt.Sprintf("%s%d", kind, b.kinds[kind])
}

// addLayer checks the name and the inputs of a new layer, calls declare, which returns the
// layer's node and completes l, and records the layer. Errors get the layer's kind and
// name. After an earlier error it does nothing.
func (b *Builder) addLayer(kind, name string, inputs []*gorgonia.Node, declare func(l *Layer) (*gorgonia.Node, error)) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	fail := func(err error) *gorgonia.Node {
		b.Fail(fmt.Errorf("%s %q: %w", kind, name, err))
		return nil
	}
	if err := checkName(name); err != nil {
		return fail(err)
	}
	for _, l := range b.layers {
		if l.Name == name {
			return fail(fmt.Errorf("the name is taken by a %s layer: give each layer a name of its own", l.Kind))
		}
	}
	for i, x := range inputs {
		switch {
		case x == nil:
			return fail(fmt.Errorf("input %d is nil: pass it the node of a layer or of the images", i+1))
		case x.Graph() != b.graph:
			return fail(fmt.Errorf("input %d (%v) belongs to another graph", i+1, x))
		}
		if t := x.Value(); t != nil && t.Dtype() != b.params.dtype {
			return fail(fmt.Errorf("input %d holds %v, the parameters are %v", i+1, t.Dtype(), b.params.dtype))
		}
	}
	l := Layer{Name: name, Kind: kind, Inputs: slices.Clone(inputs)}
	n, err := declare(&l)
	if err != nil {
		return fail(err)
	}
	gorgonia.WithName(name)(n)
	if _, ok := b.fromNodes[name]; ok {
		n = b.replaceByInput(name, n)
	}
	l.Node, l.Output = n, n.Shape().Clone()
	b.layers = append(b.layers, l)
	return n
}

// replaceByInput returns an input that later layers read in place of n, the output of a
// layer of Config.From.
func (b *Builder) replaceByInput(name string, n *gorgonia.Node) *gorgonia.Node {
	in := b.newInput(name, tensor.New(tensor.WithShape(n.Shape()...), tensor.Of(b.params.dtype)))
	b.layouts[in] = b.layoutOf(n)
	if shape, ok := b.version1Flattened(n); ok {
		b.flattenedFrom[in] = shape
	}
	b.fromNodes[name] = in
	return in
}

// layerNode returns the node of the layer of that name, or nil.
func (b *Builder) layerNode(name string) *gorgonia.Node {
	for _, l := range b.layers {
		if l.Name == name {
			return l.Node
		}
	}
	return nil
}

// layerNames lists the names of the layers, for errors.
func (b *Builder) layerNames() string {
	var names []string
	for _, l := range b.layers {
		names = append(names, l.Name)
	}
	return strings.Join(names, ", ")
}

// imageDims returns the batch, height, width and channels of an image node.
func imageDims(x *gorgonia.Node) (n, h, w, c int, err error) {
	s := x.Shape()
	if len(s) != 4 {
		return 0, 0, 0, 0, fmt.Errorf("input has shape %v, want an image: batch, height, width, channels; call Flatten after the layers that want images", s)
	}
	return s[0], s[1], s[2], s[3], nil
}

// forDtype calls the function for the type of the parameters.
func forDtype[R any](b *Builder, float32s, float64s func() (R, error)) (R, error) {
	if b.params.dtype == tensor.Float64 {
		return float64s()
	}
	return float32s()
}
