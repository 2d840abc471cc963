package solver

import (
	"fmt"
	"maps"
	"slices"

	"gorgonia.org/tensor"

	"inkstone/internal/hugepages"
)

// state is the memory that a solver keeps for one parameter.
type state struct {
	moments [2]*tensor.Dense // of the parameter's shape; nil if not kept
	step    int              // steps taken
}

// states holds the state of each parameter by name.
type states map[string]*state

// check returns an error if the state of a parameter has another shape or type than its value v.
func (s states) check(name string, v *tensor.Dense) error {
	st := s[name]
	if st == nil {
		return nil
	}
	for _, m := range st.moments {
		if m != nil && (!m.Shape().Eq(v.Shape()) || m.Dtype() != v.Dtype()) {
			return fmt.Errorf("solver: parameter %q is %v of %v, the solver's memory of it %v of %v", name, v.Shape(), v.Dtype(), m.Shape(), m.Dtype())
		}
	}
	return nil
}

// of returns the state of a parameter. If there is none, it adds one with the given number of moments.
func (s states) of(name string, v *tensor.Dense, moments int) *state {
	st := s[name]
	if st == nil {
		st = &state{}
		for i := range moments {
			st.moments[i] = tensor.New(tensor.WithShape(v.Shape()...), tensor.Of(v.Dtype()))
			hugepages.AdviseTensor(st.moments[i])
		}
		s[name] = st
	}
	return st
}

// memory returns the states in the order of the names.
func (s states) memory() []Memory {
	var list []Memory
	for _, name := range slices.Sorted(maps.Keys(s)) {
		m := Memory{Name: name, Step: s[name].step}
		for _, d := range s[name].moments {
			if d != nil {
				m.Moments = append(m.Moments, d)
			}
		}
		list = append(list, m)
	}
	return list
}

// newStates returns the states of a list. Each must have the given number of moments.
func newStates(list []Memory, moments int) (states, error) {
	s := states{}
	for _, m := range list {
		switch {
		case s[m.Name] != nil:
			return nil, fmt.Errorf("solver: the memory of parameter %q is given twice", m.Name)
		case m.Step < 0:
			return nil, fmt.Errorf("solver: the memory of parameter %q has %d steps, want at least 0", m.Name, m.Step)
		case len(m.Moments) != moments:
			return nil, fmt.Errorf("solver: the memory of parameter %q has %d moments, want %d", m.Name, len(m.Moments), moments)
		case slices.Contains(m.Moments, nil):
			return nil, fmt.Errorf("solver: the memory of parameter %q has a moment without a tensor", m.Name)
		}
		st := &state{step: m.Step}
		for i, d := range m.Moments {
			st.moments[i] = d.Clone().(*tensor.Dense)
		}
		s[m.Name] = st
	}
	return s, nil
}
