package graph

import (
	"fmt"
	"hash"
	"hash/fnv"
	"sync/atomic"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
	"inkstone/internal/hugepages"
)

// opCount numbers the operations of the process. Gorgonia merges nodes with equal hashes,
// and since an operation here owns its output, no two may be merged. The numbers make other
// hashes when a network is declared again, see hashes.go.
var opCount atomic.Uint64

// op is the operation of every layer's node, and implements gorgonia.Op and gorgonia.SDOp.
// It owns its output: run writes to the memory of out, and Do returns out, the same value
// at each step. So a step allocates no tensor. Only gradients share memory, see shareMemory.
type op struct {
	id     uint64
	name   string
	types  hm.Type
	out    gorgonia.Value
	shape  tensor.Shape
	arity  int
	inputs []*gorgonia.Node
	// layout says how the layout of the output follows from those of the inputs.
	layout layoutRule

	// run computes out from the inputs.
	run func(in []gorgonia.Value) error
	// needsGrad says with respect to which inputs gradient declares a gradient.
	needsGrad []bool
	// gradient declares the nodes of the gradients with respect to the inputs in, given
	// the output node and the node of the gradient with respect to the output.
	gradient func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error)
	// backward is the operation that computes these gradients. It is nil until gradient
	// declares it.
	backward *op

	// bind makes a backward operation write its output to another tensor, see shareMemory.
	// It is nil if the operation cannot.
	bind func(d *tensor.Dense)

	// idle is set if another operation writes out, or none does.
	idle bool
	// unwritten is set if no operation writes out.
	unwritten bool
	// head is set if the operation can compute the operations that follow it, follower if
	// a head can compute the operation. See fuse.go.
	head     fusionHead
	follower *follower
	// folder is set if the pass fold can fold operations into this one, norm and sum if it
	// can fold this one, besides a follower. See fold.go.
	folder folder
	norm   *normRole
	sum    *sumRole
	// computedBy is the operation that computes this one, by fusion or folding, or nil. Of the
	// further outputs of a backward operation it is that operation.
	computedBy *op

	// dropRate is the probability of dropping an entry, nil unless this is a dropout.
	dropRate *float64
}

func (o *op) Arity() int                                            { return o.arity }
func (o *op) Type() hm.Type                                         { return o.types }
func (o *op) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) { return o.shape.Clone(), nil }
func (o *op) ReturnsPtr() bool                                      { return true }
func (o *op) CallsExtern() bool                                     { return false }
func (o *op) OverwritesInput() int                                  { return -1 }
func (o *op) WriteHash(h hash.Hash)                                 { fmt.Fprintf(h, "inkstone %s %d", o.name, o.id) }
func (o *op) String() string                                        { return o.name }
func (o *op) DiffWRT(int) []bool                                    { return o.needsGrad }

func (o *op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// Do computes the output. It turns a panic into an error: the TapeMachine runs operations
// on another goroutine, where a panic would end the process.
func (o *op) Do(in ...gorgonia.Value) (out gorgonia.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("%s: %v", o.name, r)
		}
	}()
	if o.idle {
		return o.out, nil
	}
	if err := o.run(in); err != nil {
		return nil, fmt.Errorf("%s: %w", o.name, err)
	}
	return o.out, nil
}

func (o *op) SymDiff(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	if o.gradient == nil {
		return nil, fmt.Errorf("%s: has no second derivative", o.name)
	}
	return o.gradient(in, out, grad)
}

// applyOp completes o with the types of its inputs and of its output and adds its node to
// the graph.
func applyOp(o *op, in ...*gorgonia.Node) (*gorgonia.Node, error) {
	o.id = opCount.Add(1)
	o.arity, o.inputs = len(in), in
	if o.needsGrad == nil {
		o.needsGrad = make([]bool, len(in))
	}
	types := make([]hm.Type, 0, len(in)+1)
	for _, n := range in {
		types = append(types, n.Type())
	}
	o.shape = o.out.Shape().Clone()
	types = append(types, gorgonia.TypeOf(o.out))
	o.types = hm.NewFnType(types...)
	n, err := gorgonia.ApplyOp(o, in...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.name, err)
	}
	return n, nil
}

// A backwardOutput is the memory of a gradient with respect to an input of an operation.
type backwardOutput struct {
	value *tensor.Dense         // nil if the gradient is not needed
	bind  func(d *tensor.Dense) // makes the operation write to another tensor of the same shape; nil if it cannot
}

// newGradients returns an output for each input of o that needs a gradient, and stores the elements
// of that with respect to in[i] in *data[i]. The last inputs, for which there are no data, need none.
func newGradients[T kernel.Float](o *op, in gorgonia.Nodes, data ...*[]T) []backwardOutput {
	outs := make([]backwardOutput, len(in))
	for i, n := range in[:min(len(in), len(data))] {
		if o.needsGrad[i] {
			outs[i] = newGradient(n, data[i])
		}
	}
	return outs
}

// newGradient returns an output of the shape of n and stores its elements in *data. The pass that
// assigns memory may replace both.
func newGradient[T kernel.Float](n *gorgonia.Node, data *[]T) backwardOutput {
	out := backwardOutput{bind: func(d *tensor.Dense) { *data = d.Data().([]T) }}
	out.value, *data = newTensor[T](n.Shape()...)
	return out
}

// applyBackward declares the backward operation of o, in which one call of run computes
// all gradients. outs has an output for each input of o; in are the inputs of the backward
// operation. The operation's own output is the first gradient. Each further gradient is the output of an idle operation that reads the first,
// so that gorgonia orders it after run.
func applyBackward(o *op, outs []backwardOutput, run func(in []gorgonia.Value) error, in ...*gorgonia.Node) (gorgonia.Nodes, error) {
	name := o.name + " backward"
	nodes := make(gorgonia.Nodes, len(outs))
	var first *gorgonia.Node
	for i, out := range outs {
		if out.value == nil {
			continue
		}
		var err error
		if first == nil {
			o.backward = &op{name: name, out: out.value, bind: out.bind, run: run}
			first, err = applyOp(o.backward, in...)
			nodes[i] = first
		} else {
			nodes[i], err = applyOp(&op{name: fmt.Sprintf("%s output %d", name, i), out: out.value, bind: out.bind, idle: true, computedBy: o.backward}, first)
		}
		if err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// elements returns the elements of a value that holds a contiguous tensor of T.
func elements[T kernel.Float](v gorgonia.Value) ([]T, error) {
	d, ok := v.(*tensor.Dense)
	if !ok {
		return nil, fmt.Errorf("the input is a %T, want a tensor of %T", v, *new(T))
	}
	if d.RequiresIterator() {
		return nil, fmt.Errorf("the input %v is a view that is not contiguous; materialize it first", d.Shape())
	}
	s, ok := d.Data().([]T)
	if !ok {
		return nil, fmt.Errorf("the input is a tensor of %v, want %T", d.Dtype(), *new(T))
	}
	return s, nil
}

// readInputs stores the elements of the first len(to) inputs of an operation.
func readInputs[T kernel.Float](in []gorgonia.Value, to ...*[]T) error {
	for i, p := range to {
		s, err := elements[T](in[i])
		if err != nil {
			return err
		}
		*p = s
	}
	return nil
}

// scalarValue returns the number that a scalar value holds.
func scalarValue(v gorgonia.Value) (float64, error) {
	switch s := v.(type) {
	case *gorgonia.F32:
		return float64(*s), nil
	case *gorgonia.F64:
		return float64(*s), nil
	case *tensor.Dense:
		switch x := s.Data().(type) {
		case float32:
			return float64(x), nil
		case float64:
			return x, nil
		}
	}
	return 0, fmt.Errorf("the input is a %T of shape %v, want a scalar", v, v.Shape())
}

// dtypeOf returns the tensor type of T.
func dtypeOf[T kernel.Float]() tensor.Dtype {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return tensor.Float32
	}
	return tensor.Float64
}

// newBuffer returns a tensor of zeros and its elements, in large pages where there are.
func newBuffer[T kernel.Float](shape ...int) (*tensor.Dense, []T) {
	d, values := newTensor[T](shape...)
	hugepages.Advise(values)
	return d, values
}

// newTensor returns a tensor of zeros and its elements. It takes no memory of the machine before
// something is written.
func newTensor[T kernel.Float](shape ...int) (*tensor.Dense, []T) {
	if err := checkElements(shape); err != nil {
		panic(err) // declareNet returns it as an error
	}
	d := tensor.New(tensor.WithShape(shape...), tensor.Of(dtypeOf[T]()))
	return d, d.Data().([]T)
}

// newScalar returns a scalar value of T and a function that sets it.
func newScalar[T kernel.Float]() (gorgonia.Value, func(float64)) {
	if dtypeOf[T]() == tensor.Float32 {
		v := gorgonia.NewF32(0)
		return v, func(x float64) { *v = gorgonia.F32(x) }
	}
	v := gorgonia.NewF64(0)
	return v, func(x float64) { *v = gorgonia.F64(x) }
}
