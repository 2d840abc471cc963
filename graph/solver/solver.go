// Package solver holds the optimizers: gorgonia solvers that update parameters in
// place, in one pass over memory, and whose state can be saved.
//
// Gorgonia's own solvers keep their state private and by position; those here key
// it by the parameter's name.
package solver

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
)

// Solver is an optimizer: a gorgonia.Solver with a learning rate that a schedule
// can set.
type Solver interface {
	gorgonia.Solver
	// LearningRate is the rate of the next step.
	LearningRate() float64
	// SetLearningRate sets the rate of the steps to come, 0 to stand still. Step
	// refuses a rate below 0, infinite or NaN.
	SetLearningRate(rate float64)
	// Memory is what the steps so far have left in the solver, by parameter: what a
	// checkpoint must hold. The tensors are the solver's own.
	Memory() []Memory
	// SetMemory puts the solver where another of its kind was when that gave its
	// Memory. It copies the tensors.
	SetMemory([]Memory) error
	// String names the optimizer and its settings.
	String() string
}

// Memory is what a solver keeps for one parameter.
type Memory struct {
	Name    string          // of the parameter
	Step    int             // steps taken
	Moments []*tensor.Dense // of the parameter's shape
}

// named is what tells a parameter from another: every node has it.
type named interface{ Name() string }

// state is the memory that a solver keeps for one parameter.
type state struct {
	first, second *tensor.Dense // moments, of the parameter's shape; nil if not kept
	step          int           // steps taken
}

// states is the memory of a solver, by parameter name.
type states map[string]*state

// of returns the state of a parameter, made with that many moments if it is new.
func (s states) of(vg gorgonia.ValueGrad, moments int) (*state, error) {
	n, ok := vg.(named)
	if !ok || n.Name() == "" {
		return nil, fmt.Errorf("solver: a parameter of type %T has no name", vg)
	}
	v, ok := vg.Value().(*tensor.Dense)
	if !ok {
		return nil, fmt.Errorf("solver: parameter %q is a %T, want a tensor", n.Name(), vg.Value())
	}
	if st := s[n.Name()]; st != nil {
		if st.first != nil && (!st.first.Shape().Eq(v.Shape()) || st.first.Dtype() != v.Dtype()) {
			return nil, fmt.Errorf("solver: parameter %q is %v of %v, the solver's memory of it %v of %v", n.Name(), v.Shape(), v.Dtype(), st.first.Shape(), st.first.Dtype())
		}
		return st, nil
	}
	st := &state{}
	like := func() *tensor.Dense { return tensor.New(tensor.WithShape(v.Shape()...), tensor.Of(v.Dtype())) }
	if moments > 0 {
		st.first = like()
	}
	if moments > 1 {
		st.second = like()
	}
	s[n.Name()] = st
	return st, nil
}

// memory lists the states by name.
func (s states) memory() []Memory {
	var list []Memory
	for _, name := range slices.Sorted(maps.Keys(s)) {
		m := Memory{Name: name, Step: s[name].step}
		for _, d := range []*tensor.Dense{s[name].first, s[name].second} {
			if d != nil {
				m.Moments = append(m.Moments, d)
			}
		}
		list = append(list, m)
	}
	return list
}

// newStates makes states of a list with that many moments each.
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
		}
		st := &state{step: m.Step}
		for i, to := range []**tensor.Dense{&st.first, &st.second}[:moments] {
			*to = m.Moments[i].Clone().(*tensor.Dense)
		}
		s[m.Name] = st
	}
	return s, nil
}

// update calls the function that fits the parameter's type with the parameter, its
// derivative and the state's moments.
func update(vg gorgonia.ValueGrad, st *state, single func(p, g, first, second []float32) error, double func(p, g, first, second []float64) error) error {
	grad, err := vg.Grad()
	if err != nil {
		return fmt.Errorf("solver: %w", err)
	}
	name := vg.(named).Name()
	g, ok := grad.(*tensor.Dense)
	if !ok {
		return fmt.Errorf("solver: parameter %q has the derivative %T, want a tensor: run the graph first", name, grad)
	}
	switch p := vg.Value().Data().(type) {
	case []float32:
		d, ok := g.Data().([]float32)
		if ok && len(d) == len(p) {
			return single(p, d, elements[float32](st.first), elements[float32](st.second))
		}
	case []float64:
		d, ok := g.Data().([]float64)
		if ok && len(d) == len(p) {
			return double(p, d, elements[float64](st.first), elements[float64](st.second))
		}
	}
	return fmt.Errorf("solver: parameter %q is %v of %v, its derivative %v of %v", name, vg.Value().Shape(), vg.Value().Dtype(), g.Shape(), g.Dtype())
}

func elements[T kernel.Float](d *tensor.Dense) []T {
	if d == nil {
		return nil
	}
	return d.Data().([]T)
}

func checkRate(rate float64) error {
	if !(rate > 0) || math.IsInf(rate, 0) {
		return fmt.Errorf("solver: the learning rate is %v, want a finite number above 0", rate)
	}
	return nil
}

// checkStepRate is checkRate for a rate that a schedule has set, which may end at 0.
func checkStepRate(rate float64) error {
	if rate == 0 {
		return nil
	}
	return checkRate(rate)
}
