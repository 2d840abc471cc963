package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
)

// checkMemory refuses an operation of gorgonia that overwrites a value which others read.
//
// The TapeMachine lets an operation write to the memory of its input if nothing reads that
// input later. It does not know that the results of Reshape, and of Concat with one input,
// share the memory of the input. So an operation after Reshape may overwrite what Reshape
// reads: a parameter, or a layer's output that the layer's gradient or another layer needs.
func checkMemory(c *compilation) error {
	b := c.builder
	for _, n := range b.graph.AllNodes() {
		if !overwrites(n) {
			continue
		}
		for i, in := range inputsOf(n) {
			if !canOverwrite(n, i) {
				continue
			}
			for sharesMemory(in) {
				reshape, of := in, inputsOf(in)[0]
				if reader := c.otherReader(of, reshape); reader != "" {
					u := &stockUse{node: reshape, inputs: gorgonia.Nodes{of}, kind: kindOf(reshape.Op())}
					return fmt.Errorf("%s shares the memory of its input, which %s reads and gorgonia's %v overwrites: "+
						"use Builder.Flatten, or in place of %v a layer of Builder, such as Builder.Mul and Builder.Add", b.where(u), reader, n.Op(), n.Op())
				}
				in = of
			}
		}
	}
	return nil
}

// otherReader describes what reads the value of n besides reader, or returns "" if nothing
// does.
func (c *compilation) otherReader(n, reader *gorgonia.Node) string {
	b := c.builder
	if len(inputsOf(n)) == 0 {
		return "the next run"
	}
	if b.requested[n] {
		return "the caller"
	}
	for it := b.graph.To(n.ID()); it.Next(); {
		r := it.Node().(*gorgonia.Node)
		if o, ok := r.Op().(*op); r == reader || ok && o.idle {
			continue // an idle operation waits for n and does not read it
		}
		return r.Op().String()
	}
	return ""
}

// overwrites reports whether n is an operation that writes to the memory of an input if it
// can. The other elementwise functions write to memory of their own.
func overwrites(n *gorgonia.Node) bool {
	if n.Op() == nil {
		return false
	}
	switch kindOf(n.Op()) {
	case "elemBinOp", "clampOp":
		return true
	case "elemUnaryOp":
		return slices.Contains([]string{"square", "cube", "sqrt", "invSqrt", "ln", "log1p", "log2"}, n.Op().String())
	}
	return false
}

// canOverwrite reports whether n may write to the memory of its input i: the first one, or
// the second one if the first is a scalar or the operands can be exchanged.
func canOverwrite(n *gorgonia.Node, i int) bool {
	if i == 0 || inputsOf(n)[0].IsScalar() {
		return true
	}
	op := n.Op().String()
	return len(op) > 0 && (op[:1] == "+" || len(op) >= len("⊙") && op[:len("⊙")] == "⊙")
}

// sharesMemory reports whether the result of n is a view of its input.
func sharesMemory(n *gorgonia.Node) bool {
	if n.Op() == nil {
		return false
	}
	kind := kindOf(n.Op())
	return kind == "reshapeOp" || kind == "concatOp" && len(inputsOf(n)) == 1
}
