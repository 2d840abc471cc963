package onnx

import (
	"math"
	"slices"
)

// The operators that stand for groups of nodes, besides Gemm.
const (
	siluPattern = "SiLU"
	geluPattern = "Gelu by its formula"
)

// replacePatterns returns the nodes of a graph, in which one node stands for each of these groups:
//
//	x * sigmoid(x)                          SiLU
//	0.5 * x * (1 + erf(x/sqrt(2)))          Gelu
//	MatMul with a constant, Add of another  Gemm
func replacePatterns(g *Graph) []Node {
	m := &matcher{nodes: slices.Clone(g.Nodes), constants: map[string]*Tensor{}, reads: map[string]int{}, from: map[string]int{}, gone: map[int]bool{}}
	for _, v := range g.Inputs {
		m.constants[v.Name] = v.tensor() // of a parameter of a skeleton, or of the images, which is none
	}
	for i := range g.Initializers {
		m.constants[g.Initializers[i].Name] = &g.Initializers[i]
	}
	for i, n := range m.nodes {
		for _, name := range n.Inputs {
			m.reads[name]++
		}
		for _, name := range n.Outputs {
			m.from[name] = i
		}
		if n.Op == "Constant" && len(n.Attributes) == 1 && n.Attributes[0].Tensor != nil && len(n.Outputs) == 1 {
			m.constants[n.Outputs[0]] = n.Attributes[0].Tensor
		}
	}
	for _, v := range g.Outputs {
		m.reads[v.Name]++
	}
	for i := range m.nodes {
		for _, match := range []func(i int) bool{m.silu, m.gelu, m.gemm} {
			if !m.gone[i] && match(i) {
				break
			}
		}
	}
	var list []Node
	for i, n := range m.nodes {
		if !m.gone[i] {
			list = append(list, n)
		}
	}
	return list
}

// matcher finds groups of nodes. It looks at the last node of a group.
type matcher struct {
	nodes     []Node
	constants map[string]*Tensor
	reads     map[string]int
	from      map[string]int // the node that computes a value
	gone      map[int]bool   // nodes that have been replaced
}

// input returns the node that computes an input of node i, if it has the operator and nothing
// else reads it.
func (m *matcher) input(i, k int, op string) (int, bool) {
	n := m.nodes[i]
	if k >= len(n.Inputs) {
		return 0, false
	}
	from, ok := m.from[n.Inputs[k]]
	return from, ok && m.is(from, op) && m.reads[n.Inputs[k]] == 1
}

// is reports whether node i is still there and has the operator, without attributes.
func (m *matcher) is(i int, op string) bool {
	n := &m.nodes[i]
	return !m.gone[i] && n.Op == op && (n.Domain == "" || n.Domain == "ai.onnx") && n.Attributes == nil
}

// replace puts one node in place of node last, and removes the others.
func (m *matcher) replace(last int, op string, inputs []string, others ...int) bool {
	m.nodes[last] = Node{Name: m.nodes[last].Name, Op: op, pattern: true, Inputs: inputs, Outputs: m.nodes[last].Outputs}
	for _, i := range others {
		m.gone[i] = true
	}
	return true
}

// isNumber reports whether an initializer is one number, up to rounding.
func (m *matcher) isNumber(name string, want float64) bool {
	t := m.constants[name]
	if t == nil || t.len() != 1 {
		return false
	}
	v, err := t.Float32s()
	return err == nil && len(v) == 1 && math.Abs(float64(v[0])-want) < 1e-4
}

func (m *matcher) silu(i int) bool {
	n := m.nodes[i]
	if !m.is(i, "Mul") || len(n.Inputs) != 2 {
		return false
	}
	for k := range 2 {
		if s, ok := m.input(i, k, "Sigmoid"); ok && len(m.nodes[s].Inputs) == 1 && m.nodes[s].Inputs[0] == n.Inputs[1-k] {
			return m.replace(i, siluPattern, []string{n.Inputs[1-k]}, s)
		}
	}
	return false
}

// factors returns the two inputs of a product in both orders, if node i is one.
func (m *matcher) factors(i int) [][2]int {
	if !m.is(i, "Mul") || len(m.nodes[i].Inputs) != 2 {
		return nil
	}
	return [][2]int{{0, 1}, {1, 0}}
}

func (m *matcher) gelu(i int) bool {
	// The product of x, 1 + erf(x/sqrt(2)) and 0.5 in one of the orders.
	for _, f := range m.factors(i) {
		inner, ok := m.input(i, f[0], "Mul")
		if !ok {
			continue
		}
		for _, h := range m.factors(inner) {
			in, outer := m.nodes[inner].Inputs, m.nodes[i].Inputs[f[1]]
			names := [3]string{in[h[0]], in[h[1]], outer}
			for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 2, 0}} { // of x, the sum and 0.5
				x, sum, half := names[order[0]], names[order[1]], names[order[2]]
				add, ok := m.from[sum]
				if !ok || !m.isNumber(half, 0.5) || m.reads[sum] != 1 || !m.is(add, "Add") {
					continue
				}
				if parts, ok := m.erf(add, x); ok {
					return m.replace(i, geluPattern, []string{x}, append(parts, inner, add)...)
				}
			}
		}
	}
	return false
}

// erf reports whether a node computes 1 + erf(x/sqrt(2)), and from which other nodes.
func (m *matcher) erf(add int, x string) ([]int, bool) {
	for k := range 2 {
		e, ok := m.input(add, k, "Erf")
		if !ok || len(m.nodes[add].Inputs) != 2 || !m.isNumber(m.nodes[add].Inputs[1-k], 1) {
			continue
		}
		if d, ok := m.input(e, 0, "Div"); ok && m.nodes[d].Inputs[0] == x && len(m.nodes[d].Inputs) == 2 && m.isNumber(m.nodes[d].Inputs[1], math.Sqrt2) {
			return []int{e, d}, true
		}
		if d, ok := m.input(e, 0, "Mul"); ok && len(m.nodes[d].Inputs) == 2 {
			in := m.nodes[d].Inputs
			if in[0] == x && m.isNumber(in[1], math.Sqrt2/2) || in[1] == x && m.isNumber(in[0], math.Sqrt2/2) {
				return []int{e, d}, true
			}
		}
	}
	return nil, false
}

func (m *matcher) gemm(i int) bool {
	n := m.nodes[i]
	if !m.is(i, "Add") || len(n.Inputs) != 2 {
		return false
	}
	for k := range 2 {
		bias := m.constants[n.Inputs[1-k]]
		p, ok := m.input(i, k, "MatMul")
		if !ok || bias == nil || len(bias.Shape) == 0 || len(bias.Shape) > 2 || len(m.nodes[p].Inputs) != 2 {
			continue
		}
		w := m.constants[m.nodes[p].Inputs[1]]
		if w == nil || len(w.Shape) != 2 || bias.len() != w.Shape[1] {
			continue
		}
		return m.replace(i, "Gemm", []string{m.nodes[p].Inputs[0], m.nodes[p].Inputs[1], n.Inputs[1-k]}, p)
	}
	return false
}
