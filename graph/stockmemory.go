package graph

import (
	"fmt"
	"reflect"
	"slices"

	"gorgonia.org/gorgonia"
)

// checkMemory refuses a session in which an operation of gorgonia overwrites a value that is
// read later.
//
// The TapeMachine lets an elementwise operation write to the memory of its input if nothing
// reads that input later. It does not know that the results of Reshape, and of Concat with one
// input, share the memory of their input, which may be a parameter, or the output of a layer
// whose gradient needs it. So checkMemory follows the instructions of the machine and the
// memory that each register refers to. Gorgonia does not export the instructions, so it reads
// them by reflection.
func checkMemory(c *compilation) (err error) {
	defer func() {
		if err != nil {
			c.vm.Close()
		}
	}()
	t := &tape{c: c, nodes: map[int64]*gorgonia.Node{}, registers: map[int]reference{}, results: map[*gorgonia.Node]reference{}}
	for _, n := range c.builder.graph.AllNodes() {
		t.nodes[n.ID()] = n
	}
	instructions := reflect.ValueOf(c.vm).Elem().FieldByName("p").Elem().FieldByName("instructions")
	for i := range instructions.Len() {
		if err := t.follow(reflect.Indirect(instructions.Index(i).Elem())); err != nil {
			return err
		}
	}
	// After the run the caller reads the results, and the next run reads the leaves.
	kept := slices.Concat(c.outputs, c.gradients)
	if c.loss == nil { // the loss of a training session overwrites no logits
		kept = append(kept, c.logits)
	}
	for n := range t.results {
		if len(inputsOf(n)) == 0 {
			kept = append(kept, n)
		}
	}
	for _, n := range kept {
		if ref, ok := t.results[n]; ok && ref.isStale() {
			return t.fault(ref.memory, "the caller or the next run")
		}
	}
	return nil
}

// A tape is the state of checkMemory between two instructions.
type tape struct {
	c         *compilation
	nodes     map[int64]*gorgonia.Node
	registers map[int]reference
	results   map[*gorgonia.Node]reference // of the nodes, when they were computed
}

// A memory holds the value of a node, and later those of operations that overwrite it.
type memory struct {
	owner     *gorgonia.Node // whose value it held first
	version   int            // number of times that it was overwritten
	overwrote *gorgonia.Node // the last operation that overwrote it
}

// A reference is a memory and the version of it that a value is.
type reference struct {
	memory  *memory
	version int
}

func (r reference) isStale() bool { return r.version != r.memory.version }

// follow records what an instruction of the machine does to the memory.
func (t *tape) follow(instruction reflect.Value) error {
	register := func(v reflect.Value) int { return int(v.FieldByName("id").Int()) }
	switch instruction.Type().Name() {
	case "loadArg":
		n := t.nodes[instruction.FieldByName("index").Int()]
		t.write(n, register(instruction.FieldByName("writeTo")), reference{memory: &memory{owner: n}})
	case "execOp":
		n := t.nodes[instruction.FieldByName("id").Int()]
		to := register(instruction.FieldByName("writeTo"))
		from := instruction.FieldByName("readFrom")
		for i := range from.Len() {
			if in, ok := t.registers[register(from.Index(i))]; ok && in.isStale() && !isIdle(n) {
				return t.fault(in.memory, t.c.describe(n))
			}
		}
		result := reference{memory: &memory{owner: n}}
		if in, ok := t.registers[to]; ok && overwrites(n) {
			in.memory.version++
			in.memory.overwrote = n
			result = reference{in.memory, in.memory.version}
		} else if sharesMemory(n) {
			result = t.registers[register(from.Index(0))]
		}
		t.write(n, to, result)
	}
	return nil
}

func (t *tape) write(n *gorgonia.Node, register int, r reference) {
	t.registers[register] = r
	t.results[n] = r
}

// fault returns the error about a memory that was overwritten before reader reads it.
func (t *tape) fault(m *memory, reader string) error {
	return fmt.Errorf("gorgonia's %v overwrites the value of %s, whose memory Reshape or Concat shares, before %s reads it: "+
		"use Builder.Flatten in place of Reshape, or a layer of Builder in place of %v, such as Builder.Mul and Builder.Add",
		m.overwrote.Op(), t.c.describe(m.owner), reader, m.overwrote.Op())
}

// isIdle reports whether n is an operation that waits for its input and does not read it.
func isIdle(n *gorgonia.Node) bool {
	o, ok := n.Op().(*op)
	return ok && o.idle
}

// overwrites reports whether n writes to the value in its register if there is one. Other
// operations write to new memory, or have a register of their own.
func overwrites(n *gorgonia.Node) bool { return kindOf(n.Op()) == "elemBinOp" }

// sharesMemory reports whether the result of n is a view of its input.
func sharesMemory(n *gorgonia.Node) bool {
	kind := kindOf(n.Op())
	return kind == "reshapeOp" || kind == "concatOp" && len(inputsOf(n)) == 1
}
