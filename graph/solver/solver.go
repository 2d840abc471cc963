// Package solver holds the optimizers: gorgonia solvers that update parameters in
// place, in one pass over memory, and whose state can be saved.
//
// [New] makes one by name with the usual settings, [NewWith] with [Options]: weight
// decay, learning-rate multipliers for parts of the network, clipping of gradients.
// With the gradient d of a parameter p, the learning rate η and the step t from 1:
//
//	sgd       u ← μ·u + d    p ← p - η·u    or, with Nesterov's momentum,  p ← p - η·(d + μ·u)
//	adam      m ← β₁·m + (1-β₁)·d    v ← β₂·v + (1-β₂)·d²
//	          p ← p - η · m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + ε)
//	adamw     p ← p - η·λ·p, then as adam
//	rmsprop   v ← ρ·v + (1-ρ)·d²    p ← p - η·d/(√v + ε)
//	          or, with momentum,  u ← μ·u + d/(√v + ε)    p ← p - η·u
//	adagrad   v ← v + d²    p ← p - η·d/(√v + ε)
//	adadelta  v ← ρ·v + (1-ρ)·d²    u = d·√(w+ε)/√(v+ε)    w ← ρ·w + (1-ρ)·u²    p ← p - η·u
//	lion      p ← p - η·sign(β₁·m + (1-β₁)·d)    m ← β₂·m + (1-β₂)·d
//
// All that is kept from step to step starts at 0. The forms are PyTorch's where
// papers and libraries differ, as in the place of ε. The sources:
//
//   - sgd: Polyak, "Some methods of speeding up the convergence of iteration methods",
//     1964; Nesterov, 1983; both as in Sutskever, Martens, Dahl and Hinton, "On the
//     importance of initialization and momentum in deep learning", ICML 2013.
//   - adam: Kingma and Ba, "Adam: a method for stochastic optimization",
//     arXiv:1412.6980, algorithm 1.
//   - adamw: Loshchilov and Hutter, "Decoupled weight decay regularization",
//     arXiv:1711.05101, algorithm 2.
//   - rmsprop: Tieleman and Hinton, "Neural networks for machine learning", lecture
//     6.5, Coursera 2012; with momentum as in Graves, arXiv:1308.0850, not centred.
//   - adagrad: Duchi, Hazan and Singer, "Adaptive subgradient methods for online
//     learning and stochastic optimization", JMLR 12, 2011, the diagonal form.
//   - adadelta: Zeiler, "ADADELTA: an adaptive learning rate method", arXiv:1212.5701,
//     algorithm 1, which has no η: here it is 1.
//   - lion: Chen et al., "Symbolic discovery of optimization algorithms",
//     arXiv:2302.06675, algorithm 2.
//
// Gorgonia's own solvers keep their state private and by position; those here key
// it by the parameter's name.
package solver

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Solver is an optimizer: a gorgonia.Solver with a learning rate that a schedule
// can set. Its Step updates every parameter from its gradient, which it leaves as it
// is. A Step that fails for want of a gradient, or the like, changes nothing. The order
// of the parameters in the list does not matter, nor does the number of workers:
// the results have the same bits.
type Solver interface {
	gorgonia.Solver
	// LearningRate is the rate of the next step.
	LearningRate() float64
	// SetLearningRate sets the rate of the steps to come, 0 to stand still. Step
	// refuses a rate below 0, infinite or NaN.
	SetLearningRate(rate float64)
	// GradientNorm is the norm of the gradients of the last step, all taken as one
	// vector, before clipping: √Σg². It is measured if [Options] has a ClipNorm,
	// otherwise NaN.
	GradientNorm() float64
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
