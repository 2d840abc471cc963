package solver

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
)

// optimizer is the [Solver] of every recipe.
type optimizer struct {
	options Options
	rule    kernel.Rule
	moments int
	norm    float64
	states  states
	single  *kernel.Updater[float32]
	double  *kernel.Updater[float64]

	// What follows belongs to one step, or to all with the same parameters.
	items  []item
	names  []string // that groups is of
	groups []group
}

// NewWith makes an optimizer of checked options, see [Options.Check].
func NewWith(o Options) (Solver, error) {
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("solver: %w", err)
	}
	o.Decayed, o.Multipliers = slices.Clone(o.Decayed), slices.Clone(o.Multipliers)
	workers := kernel.NewWorkers(o.Workers)
	s := &optimizer{options: o, rule: recipeOf(o.Name).rule, norm: math.NaN(), states: states{},
		single: kernel.NewUpdater[float32](workers), double: kernel.NewUpdater[float64](workers)}
	step := s.step(group{}, 1, 1)
	s.moments = step.Moments()
	return s, nil
}

// Step implements [Solver].
func (s *optimizer) Step(params []gorgonia.ValueGrad) error {
	if s.options.LearningRate != 0 { // 0 is the end of a schedule
		if err := checkRate(s.options.LearningRate); err != nil {
			return fmt.Errorf("solver: %w", err)
		}
	}
	defer func() {
		clear(s.items) // the graph may go
		s.items = s.items[:0]
	}()
	if err := s.gather(params); err != nil {
		return err
	}
	scale := 1.0
	if s.options.ClipNorm > 0 {
		if s.norm = s.measure(); s.norm > s.options.ClipNorm {
			scale = s.options.ClipNorm / s.norm
		}
	}
	for i := range s.items {
		if it := &s.items[i]; it.grad != nil {
			if err := s.update(it, scale); err != nil {
				return err
			}
		}
	}
	return nil
}

// measure is the norm of all gradients. The order of the items is that of their
// names, and so is that of the sum.
func (s *optimizer) measure() float64 {
	sum := 0.0
	for _, it := range s.items {
		switch g := it.grad.(type) {
		case []float32:
			sum += s.single.SumSquares(g)
		case []float64:
			sum += s.double.SumSquares(g)
		}
	}
	return math.Sqrt(sum)
}

// step are the kernel's settings for a parameter of the group.
func (s *optimizer) step(g group, scale float64, number int) kernel.UpdateStep {
	u := kernel.UpdateStep{Rule: s.rule, LearningRate: s.options.LearningRate * g.factor, Momentum: s.options.Momentum, Nesterov: s.options.Nesterov,
		Beta1: s.options.Beta1, Beta2: s.options.Beta2, Rho: s.options.Rho, Epsilon: s.options.Epsilon, Step: number, Scale: scale, Limit: s.options.ClipValue}
	if g.decays {
		u.L2, u.WeightDecay = s.options.L2, s.options.WeightDecay
	}
	return u
}

// update takes the step of one parameter.
func (s *optimizer) update(it *item, scale float64) error {
	st := s.states.of(it.name, it.value, s.moments)
	step := s.step(it.group, scale, st.step+1)
	var err error
	switch p := it.data.(type) {
	case []float32:
		err = s.single.Update(p, elements[float32](st.moments[0]), elements[float32](st.moments[1]), it.grad.([]float32), step)
	case []float64:
		err = s.double.Update(p, elements[float64](st.moments[0]), elements[float64](st.moments[1]), it.grad.([]float64), step)
	}
	if err != nil {
		return fmt.Errorf("solver: parameter %q: %w", it.name, err)
	}
	st.step++
	return nil
}

func elements[T kernel.Float](d *tensor.Dense) []T {
	if d == nil {
		return nil
	}
	return d.Data().([]T)
}

// LearningRate implements [Solver].
func (s *optimizer) LearningRate() float64 { return s.options.LearningRate }

// SetLearningRate implements [Solver].
func (s *optimizer) SetLearningRate(rate float64) { s.options.LearningRate = rate }

// GradientNorm implements [Solver].
func (s *optimizer) GradientNorm() float64 { return s.norm }

// String implements [Solver].
func (s *optimizer) String() string { return s.options.String() }

// Memory implements [Solver].
func (s *optimizer) Memory() []Memory { return s.states.memory() }

// SetMemory implements [Solver].
func (s *optimizer) SetMemory(list []Memory) error {
	st, err := newStates(list, s.moments)
	if err == nil {
		s.states = st
	}
	return err
}
