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
)

// opCount numbers the operations of the process. Gorgonia merges nodes whose
// hashes agree, and an operation here owns its output, so no two may merge.
var opCount atomic.Uint64

// op is the one implementation of gorgonia.Op and gorgonia.SDOp behind every
// layer. It owns its output: run writes into out, and Do returns the same value
// at each step, so that a warm step allocates nothing.
type op struct {
	id    uint64
	name  string
	types hm.Type
	out   gorgonia.Value
	shape tensor.Shape
	arity int

	// run computes out from the inputs.
	run func(in []gorgonia.Value) error
	// wants says for which inputs gradient yields a node.
	wants []bool
	// gradient declares the nodes that compute the derivatives with respect to
	// the inputs, given the output node and the node of its derivative.
	gradient func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error)

	// layer is what fuse knows the operation by, nil if it cannot be fused.
	layer any
	// back is the operation that computes the derivatives, nil unless declared.
	back *op
	// idle is set when another operation has computed out already.
	idle bool
}

func (o *op) Arity() int                                            { return o.arity }
func (o *op) Type() hm.Type                                         { return o.types }
func (o *op) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) { return o.shape.Clone(), nil }
func (o *op) ReturnsPtr() bool                                      { return true }
func (o *op) CallsExtern() bool                                     { return false }
func (o *op) OverwritesInput() int                                  { return -1 }
func (o *op) WriteHash(h hash.Hash)                                 { fmt.Fprintf(h, "inkstone %s %d", o.name, o.id) }
func (o *op) String() string                                        { return o.name }
func (o *op) DiffWRT(int) []bool                                    { return o.wants }

func (o *op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// Do computes the output. A panic here would end the process, because the
// TapeMachine runs operations on a goroutine of its own, so it becomes an error.
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

// apply completes o with the types of its inputs and of its output and adds it
// to the graph.
func apply(o *op, in ...*gorgonia.Node) (*gorgonia.Node, error) {
	o.id = opCount.Add(1)
	o.arity = len(in)
	if o.wants == nil {
		o.wants = make([]bool, len(in))
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

// applyBackward declares the derivatives of o that one pass of run computes. outs
// has an entry for each input of o, nil where no derivative is wanted. The first
// derivative is the value of the node that does the work; each further one is a
// node of its own that waits for it.
func applyBackward(o *op, outs []gorgonia.Value, run func(in []gorgonia.Value) error, in ...*gorgonia.Node) (gorgonia.Nodes, error) {
	name := o.name + " backward"
	nodes := make(gorgonia.Nodes, len(outs))
	var worker *gorgonia.Node
	for i, out := range outs {
		if out == nil {
			continue
		}
		var err error
		if worker == nil {
			o.back = &op{name: name, out: out, run: run}
			worker, err = apply(o.back, in...)
			nodes[i] = worker
		} else {
			nodes[i], err = apply(&op{name: fmt.Sprintf("%s output %d", name, i), out: out, idle: true}, worker)
		}
		if err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// data returns the elements of a value that holds a contiguous tensor of T.
func data[T kernel.Float](v gorgonia.Value) ([]T, error) {
	d, ok := v.(*tensor.Dense)
	if !ok {
		return nil, fmt.Errorf("the input is a %T, want a tensor of %T", v, *new(T))
	}
	if d.RequiresIterator() {
		return nil, fmt.Errorf("the input %v is a view that is not contiguous; materialise it first", d.Shape())
	}
	s, ok := d.Data().([]T)
	if !ok {
		return nil, fmt.Errorf("the input is a tensor of %v, want %T", d.Dtype(), *new(T))
	}
	return s, nil
}

// datas returns the elements of several values, see data.
func datas[T kernel.Float](in []gorgonia.Value, to ...*[]T) error {
	for i, p := range to {
		s, err := data[T](in[i])
		if err != nil {
			return err
		}
		*p = s
	}
	return nil
}

// scalar returns the number that a scalar value holds.
func scalar(v gorgonia.Value) (float64, error) {
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

// dtypeOf is the tensor type of T.
func dtypeOf[T kernel.Float]() tensor.Dtype {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return tensor.Float32
	}
	return tensor.Float64
}

// buffer is a new tensor of zeros together with its elements.
func buffer[T kernel.Float](shape ...int) (*tensor.Dense, []T) {
	d := tensor.New(tensor.WithShape(shape...), tensor.Of(dtypeOf[T]()))
	return d, d.Data().([]T)
}

// number is a new scalar value of T and a function that sets it.
func number[T kernel.Float]() (gorgonia.Value, func(float64)) {
	if dtypeOf[T]() == tensor.Float32 {
		v := gorgonia.NewF32(0)
		return v, func(x float64) { *v = gorgonia.F32(x) }
	}
	v := gorgonia.NewF64(0)
	return v, func(x float64) { *v = gorgonia.F64(x) }
}
