package graph

import "gorgonia.org/gorgonia"

// A program runs the operations of a session one after another on the caller's goroutine. The
// RunAll of gorgonia's virtual machine hands its work to another goroutine and locks the
// caller's thread, which takes longer than a small network on one image. A program exists only
// if all operations are of this package: they own their outputs, which the nodes keep as their
// values from the first run, by the machine, on.
type program struct {
	steps []programStep
	ready bool // the machine has run once
}

type programStep struct {
	op     *op
	inputs []*gorgonia.Node
	values []gorgonia.Value
}

// newProgram returns the program of a graph, or nil if there is none.
func newProgram(g *gorgonia.ExprGraph) *program {
	sorted, err := gorgonia.Sort(g)
	if err != nil {
		return nil
	}
	p := &program{}
	for i := len(sorted) - 1; i >= 0; i-- { // the roots come first
		n := sorted[i]
		if n.Op() == nil || len(inputsOf(n)) == 0 && n.Value() != nil { // an input or a constant
			continue
		}
		o, ok := n.Op().(*op)
		if !ok {
			return nil
		}
		if o.idle {
			continue
		}
		s := programStep{op: o, inputs: o.inputs, values: make([]gorgonia.Value, len(o.inputs))}
		p.steps = append(p.steps, s)
	}
	return p
}

// run evaluates the graph.
func (p *program) run() error {
	for i := range p.steps {
		s := &p.steps[i]
		for j, n := range s.inputs {
			s.values[j] = n.Value()
		}
		if _, err := s.op.Do(s.values...); err != nil {
			return err
		}
	}
	return nil
}
