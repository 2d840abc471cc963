package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
)

// A program runs the operations of a session one after another on the caller's goroutine. The
// RunAll of gorgonia's virtual machine hands its work to another goroutine and locks the
// caller's thread, which takes longer than a small network on one image. The first run is the machine's;
// each node keeps the value of that run. A program exists only if all operations are of this package,
// which own their outputs, or add two tensors of one shape, as gorgonia does with the gradients of
// a value that two layers read.
type program struct {
	steps []programStep
	ready bool // the machine has run once
}

type programStep struct {
	run    func(values []gorgonia.Value) error
	inputs []*gorgonia.Node
	values []gorgonia.Value
}

// newProgram returns the program of a graph, or nil if there is none.
func newProgram(g *gorgonia.ExprGraph, ws *kernel.Workers) *program {
	order, err := evaluationOrder(g)
	if err != nil {
		return nil
	}
	p := &program{}
	for _, n := range order {
		if n.Op() == nil || len(inputsOf(n)) == 0 && n.Value() != nil { // an input or a constant
			continue
		}
		s := programStep{inputs: inputsOf(n)}
		o, own := n.Op().(*op)
		switch {
		case own && o.idle:
			continue
		case own:
			s.run = func(in []gorgonia.Value) error {
				_, err := o.Do(in...)
				return err
			}
		case isTensorSum(n):
			s.run = func(in []gorgonia.Value) error { return addValues(ws, n.Value(), in[0], in[1]) }
		default:
			return nil
		}
		s.values = make([]gorgonia.Value, len(s.inputs))
		p.steps = append(p.steps, s)
	}
	return p
}

// evaluationOrder returns the nodes in the order in which gorgonia's machine evaluates them.
func evaluationOrder(g *gorgonia.ExprGraph) (gorgonia.Nodes, error) {
	order, err := gorgonia.Sort(g)
	slices.Reverse(order) // gorgonia has the roots first
	return order, err
}

// run evaluates the graph.
func (p *program) run() error {
	for i := range p.steps {
		s := &p.steps[i]
		for j, n := range s.inputs {
			s.values[j] = n.Value()
		}
		if err := s.run(s.values); err != nil {
			return err
		}
	}
	return nil
}

// isTensorSum reports whether n is gorgonia's sum of two tensors of one shape.
func isTensorSum(n *gorgonia.Node) bool {
	in := inputsOf(n)
	return kindOf(n.Op()) == "elemBinOp" && n.Op().String() == "+ false" && len(in) == 2 && n.Dims() > 0 &&
		in[0].Shape().Eq(n.Shape()) && in[1].Shape().Eq(n.Shape())
}

// addValues writes a + b to sum, which may be one of them. The machine's first run leaves the sum in the
// memory of an operand that nothing reads later.
func addValues(ws *kernel.Workers, sum, a, b gorgonia.Value) error {
	var t [3]*tensor.Dense
	for i, v := range []gorgonia.Value{sum, a, b} {
		d, ok := v.(*tensor.Dense)
		if !ok {
			return fmt.Errorf("sum: a value is a %T, want a tensor", v)
		}
		t[i] = d
	}
	if t[0] == t[2] { // kernel.Add may overwrite its first operand only
		t[1], t[2] = t[2], t[1]
	}
	if sumOutput(t[1], t[2], tensor.ParseFuncOpts(tensor.WithReuse(t[0]))) != nil {
		switch y := t[0].Data().(type) {
		case []float32:
			return addTensors(ws, y, t[1], t[2])
		case []float64:
			return addTensors(ws, y, t[1], t[2])
		}
	}
	return fmt.Errorf("sum: tensors of %v and %v are not contiguous floats of one shape", t[1].Dtype(), t[2].Dtype())
}
