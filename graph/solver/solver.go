// Package solver holds the optimizers: gorgonia solvers that update parameters in
// place, in one pass over memory, and whose state can be saved.
//
// Gorgonia's own solvers keep their state private and by position; those here key
// it by the parameter's name.
package solver

import (
	"fmt"
	"math"

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
	// String names the optimizer and its settings.
	String() string
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
	if st := s[n.Name()]; st != nil {
		return st, nil
	}
	v, ok := vg.Value().(*tensor.Dense)
	if !ok {
		return nil, fmt.Errorf("solver: parameter %q is a %T, want a tensor", n.Name(), vg.Value())
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
