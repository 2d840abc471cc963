package solver

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// SGD is stochastic gradient descent with momentum, in PyTorch's form:
//
//	u = momentum*u + g
//	p = p - rate*u
//
// Sources: Polyak, 1964; Sutskever et al., "On the importance of initialization and
// momentum in deep learning", ICML 2013.
type SGD struct {
	Momentum float64

	rate    float64
	workers *kernel.Workers
	states  states
}

// NewSGD returns gradient descent with a momentum of at least 0 and below 1; 0 is
// the plain method. workers is as in [NewAdam].
func NewSGD(rate, momentum float64, workers int) (*SGD, error) {
	if err := checkRate(rate); err != nil {
		return nil, err
	}
	if !(momentum >= 0 && momentum < 1) {
		return nil, fmt.Errorf("solver: momentum is %v, want at least 0 and below 1", momentum)
	}
	return &SGD{momentum, rate, kernel.NewWorkers(workers), states{}}, nil
}

// Step updates every parameter from its derivative.
func (s *SGD) Step(params []gorgonia.ValueGrad) error {
	if err := checkStepRate(s.rate); err != nil {
		return err
	}
	step := kernel.SGDStep{LearningRate: s.rate, Momentum: s.Momentum}
	for _, vg := range params {
		st, err := s.states.of(vg, 1)
		if err != nil {
			return err
		}
		err = update(vg, st,
			func(p, g, u, _ []float32) error { return kernel.SGD(s.workers, p, u, g, step) },
			func(p, g, u, _ []float64) error { return kernel.SGD(s.workers, p, u, g, step) })
		if err != nil {
			return err
		}
	}
	return nil
}

// LearningRate is the rate of the next step.
func (s *SGD) LearningRate() float64 { return s.rate }

// SetLearningRate sets the rate of the steps to come.
func (s *SGD) SetLearningRate(rate float64) { s.rate = rate }

// Memory implements [Solver]: the velocity u of each parameter.
func (s *SGD) Memory() []Memory { return s.states.memory() }

// SetMemory implements [Solver].
func (s *SGD) SetMemory(list []Memory) error {
	st, err := newStates(list, 1)
	if err == nil {
		s.states = st
	}
	return err
}

// String names the optimizer and its settings.
func (s *SGD) String() string {
	return fmt.Sprintf("sgd (learning rate %g, momentum %g)", s.rate, s.Momentum)
}
