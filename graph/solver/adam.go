package solver

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// Adam is the optimizer of Kingma and Ba, "Adam: a method for stochastic
// optimization", arXiv:1412.6980, algorithm 1:
//
//	m = beta1*m + (1-beta1)*g
//	v = beta2*v + (1-beta2)*g²
//	p = p - rate * m/(1-beta1^t) / (sqrt(v/(1-beta2^t)) + epsilon)
type Adam struct {
	Beta1, Beta2, Epsilon float64

	rate    float64
	workers *kernel.Workers
	states  states
}

// NewAdam returns Adam with the paper's constants: beta1 0.9, beta2 0.999, epsilon
// 1e-8. workers is the number of goroutines in a step, 0 for one per processor; it
// changes no result.
func NewAdam(rate float64, workers int) (*Adam, error) {
	if err := checkRate(rate); err != nil {
		return nil, err
	}
	return &Adam{0.9, 0.999, 1e-8, rate, kernel.NewWorkers(workers), states{}}, nil
}

// Step updates every parameter from its derivative.
func (a *Adam) Step(params []gorgonia.ValueGrad) error {
	if err := checkStepRate(a.rate); err != nil {
		return err
	}
	for _, vg := range params {
		st, err := a.states.of(vg, 2)
		if err != nil {
			return err
		}
		s := kernel.AdamStep{LearningRate: a.rate, Beta1: a.Beta1, Beta2: a.Beta2, Epsilon: a.Epsilon, Step: st.step + 1}
		err = update(vg, st,
			func(p, g, m, v []float32) error { return kernel.Adam(a.workers, p, m, v, g, s) },
			func(p, g, m, v []float64) error { return kernel.Adam(a.workers, p, m, v, g, s) })
		if err != nil {
			return err
		}
		st.step++
	}
	return nil
}

// LearningRate is the rate of the next step.
func (a *Adam) LearningRate() float64 { return a.rate }

// SetLearningRate sets the rate of the steps to come.
func (a *Adam) SetLearningRate(rate float64) { a.rate = rate }

// Memory implements [Solver]: the moments m and v of each parameter.
func (a *Adam) Memory() []Memory { return a.states.memory() }

// SetMemory implements [Solver].
func (a *Adam) SetMemory(list []Memory) error {
	st, err := newStates(list, 2)
	if err == nil {
		a.states = st
	}
	return err
}

// String names the optimizer and its settings.
func (a *Adam) String() string {
	return fmt.Sprintf("adam (learning rate %g, betas %g and %g, epsilon %g)", a.rate, a.Beta1, a.Beta2, a.Epsilon)
}
