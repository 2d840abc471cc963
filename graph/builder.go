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

// Mode says what a graph is for: some layers differ between the two.
type Mode int

const (
	// Train: dropout drops, batch normalisation uses the batch's statistics and
	// updates the running ones.
	Train Mode = iota
	// Eval: dropout passes everything, batch normalisation uses the running
	// statistics.
	Eval
)

// String is "train" or "eval".
func (m Mode) String() string {
	switch m {
	case Train:
		return "train"
	case Eval:
		return "eval"
	}
	return fmt.Sprintf("Mode(%d)", int(m))
}

// Node is a node of the graph, which is gorgonia's: a network can be declared without an
// import of gorgonia.
type Node = gorgonia.Node

// Net declares a network: it adds layers to b from the input node to the logits,
// which it returns.
type Net func(b *Builder, x *gorgonia.Node) *gorgonia.Node

// Layer describes a declared layer, for summaries and for error messages.
type Layer struct {
	Name   string       // given by the author ("conv1") or by kind and number ("relu1")
	Kind   string       // "conv", "relu", ...
	Output tensor.Shape // shape of Node, batch first
	Params []*Param     // the parameters the layer uses, statistics included
	FLOPs  int64        // floating-point operations forward, per image, 2 per multiply-add; 0 where they are few
	Node   *gorgonia.Node
}

// Builder declares layers on a gorgonia graph. Its first error sticks: every
// later layer is nil, and [Builder.Err] gives the error that counts.
type Builder struct {
	graph   *gorgonia.ExprGraph
	params  *Params
	mode    Mode
	classes int
	err     error
	layers  []Layer
	kinds   map[string]int             // how many layers of each kind
	leaves  map[string]*gorgonia.Node  // parameter nodes by name
	learned []*gorgonia.Node           // the nodes to differentiate by, in order
	fixed   map[*gorgonia.Node]bool    // leaves that nobody differentiates by
	wants   map[*gorgonia.Node]bool    // memo of needsGradient
	moves   map[*gorgonia.Node]bool    // memo of varies
	kept    map[*gorgonia.Node]bool    // whose values are asked for, so that fusion must not skip them
	given   map[string]*gorgonia.Node  // layers whose outputs are inputs; nil until declared
	flat    map[*gorgonia.Node]spatial // what Flatten flattened
	state   *runState
}

// runState is what changes from one run of a graph to the next, shared by the
// session and the operations.
type runState struct {
	workers *kernel.Workers
	rows    int    // rows of the batch in use
	step    uint64 // number of the training step, for dropout
}

// NewBuilder returns a builder over a new graph. classes is what
// [Builder.Classes] answers; workers is the number of goroutines in an operation,
// 0 for one per processor; it does not change any result.
func NewBuilder(params *Params, mode Mode, classes, workers int) *Builder {
	b := &Builder{
		graph:   gorgonia.NewGraph(),
		params:  params,
		mode:    mode,
		classes: classes,
		kinds:   map[string]int{},
		leaves:  map[string]*gorgonia.Node{},
		fixed:   map[*gorgonia.Node]bool{},
		wants:   map[*gorgonia.Node]bool{},
		moves:   map[*gorgonia.Node]bool{},
		kept:    map[*gorgonia.Node]bool{},
		given:   map[string]*gorgonia.Node{},
		flat:    map[*gorgonia.Node]spatial{},
		state:   &runState{workers: kernel.NewWorkers(workers)},
	}
	if params == nil {
		b.err = errors.New("graph: no parameter store")
	}
	return b
}

// Graph is the gorgonia graph under construction.
func (b *Builder) Graph() *gorgonia.ExprGraph { return b.graph }

// Params is the parameter store.
func (b *Builder) Params() *Params { return b.params }

// Mode says whether the graph is for training or for evaluation.
func (b *Builder) Mode() Mode { return b.mode }

// Classes is the number of classes that the last layer must tell apart.
func (b *Builder) Classes() int { return b.classes }

// Layers lists the layers in the order of their declaration.
func (b *Builder) Layers() []Layer { return slices.Clone(b.layers) }

// Err returns the first error of any layer.
func (b *Builder) Err() error { return b.err }

// Fail records an error, unless there is one already. Functions that declare
// layers of their own use it.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Input declares an image input of shape batch, height, width, channels, filled
// with zeros. Nobody differentiates by it.
func (b *Builder) Input(name string, batch, height, width, channels int) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	shape := tensor.Shape{batch, height, width, channels}
	if slices.Min(shape) < 1 {
		b.Fail(fmt.Errorf("input %q: shape %v (batch, height, width, channels) has a size below 1", name, shape))
		return nil
	}
	b.state.rows = batch // until a session says otherwise
	value := tensor.New(tensor.WithShape(shape...), tensor.Of(b.params.dtype))
	n := b.leaf(name, value)
	b.fixed[n] = true
	return n
}

func (b *Builder) leaf(name string, value *tensor.Dense) *gorgonia.Node {
	return gorgonia.NewTensor(b.graph, value.Dtype(), value.Dims(),
		gorgonia.WithShape(value.Shape()...), gorgonia.WithName(name), gorgonia.WithValue(value))
}

// param returns the node of a parameter, creating the parameter in the store and
// the node in the graph where they are new.
func (b *Builder) param(name string, shape []int, order axisOrder, statistic bool, init Initializer, fan Fan) (*Param, *gorgonia.Node, error) {
	if b.leaves[name] != nil {
		return nil, nil, fmt.Errorf("parameter %q is declared twice: give each layer a name of its own", name)
	}
	p, err := b.params.get(name, shape, order, statistic, init, fan)
	if err != nil {
		return nil, nil, err
	}
	n := b.leaf(name, p.value)
	b.leaves[name] = n
	if p.Trainable() && b.mode == Train {
		b.learned = append(b.learned, n)
	} else {
		b.fixed[n] = true
	}
	return p, n, nil
}

// needsGradient reports whether a derivative can be asked for at n or below it.
// Leaves that the builder did not make count: their owner may ask.
func (b *Builder) needsGradient(n *gorgonia.Node) bool {
	if b.fixed[n] {
		return false
	}
	if known, ok := b.wants[n]; ok {
		return known
	}
	var children gorgonia.Nodes
	for it := b.graph.From(n.ID()); it.Next(); {
		children = append(children, it.Node().(*gorgonia.Node))
	}
	need := len(children) == 0 && n.Op() == nil
	for _, c := range children {
		need = need || b.needsGradient(c)
	}
	b.wants[n] = need
	return need
}

// name gives a layer without a name one of its kind and number.
func (b *Builder) name(kind string) string {
	b.kinds[kind]++
	return fmt.Sprintf("%s%d", kind, b.kinds[kind])
}

// layer runs declare for a new layer, unless an earlier one has failed, wraps its
// error in the layer's name and records what it declared.
func (b *Builder) layer(kind, name string, inputs []*gorgonia.Node, declare func(l *Layer) (*gorgonia.Node, error)) *gorgonia.Node {
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
	l := Layer{Name: name, Kind: kind}
	n, err := declare(&l)
	if err != nil {
		return fail(err)
	}
	gorgonia.WithName(name)(n)
	if _, ok := b.given[name]; ok {
		n = b.substitute(name, n)
	}
	l.Node, l.Output = n, n.Shape().Clone()
	b.layers = append(b.layers, l)
	return n
}

// substitute returns an input in place of the layer's node.
func (b *Builder) substitute(name string, n *gorgonia.Node) *gorgonia.Node {
	in := b.leaf(name, tensor.New(tensor.WithShape(n.Shape()...), tensor.Of(b.params.dtype)))
	b.fixed[in] = true
	if s, ok := b.flattened(n); ok {
		b.flat[in] = s
	}
	b.given[name] = in
	return in
}

// names lists the layers for messages.
func (b *Builder) names() string {
	var names []string
	for _, l := range b.layers {
		names = append(names, l.Name)
	}
	return strings.Join(names, ", ")
}

// image returns the shape of an image node: batch, height, width, channels.
func image(x *gorgonia.Node) (n, h, w, c int, err error) {
	s := x.Shape()
	if len(s) != 4 {
		return 0, 0, 0, 0, fmt.Errorf("input has shape %v, want an image: batch, height, width, channels; Flatten comes behind what wants images", s)
	}
	return s[0], s[1], s[2], s[3], nil
}

// typed calls the function that fits the type of the parameters.
func typed[R any](b *Builder, single, double func() (R, error)) (R, error) {
	if b.params.dtype == tensor.Float64 {
		return double()
	}
	return single()
}
