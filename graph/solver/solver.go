// Package solver has the optimizers: gorgonia solvers that update parameters in
// place, in one pass over memory, and whose state can be saved.
//
// [New] returns an optimizer by name with its usual settings, [NewWith] one with [Options]:
// weight decay, learning-rate multipliers for parts of the network, gradient clipping.
// With the gradient d of a parameter p, the learning rate η and the step t = 1, 2, ...:
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
// Moments start at 0. Where papers and libraries differ, for example in the place of ε,
// the formulas are those of PyTorch. The sources:
//
//   - sgd: Polyak, "Some methods of speeding up the convergence of iteration methods",
//     1964; Nesterov, 1983; both as in Sutskever, Martens, Dahl and Hinton, "On the
//     importance of initialization and momentum in deep learning", ICML 2013.
//   - adam: Kingma and Ba, "Adam: a method for stochastic optimization",
//     arXiv:1412.6980, algorithm 1.
//   - adamw: Loshchilov and Hutter, "Decoupled weight decay regularization",
//     arXiv:1711.05101, algorithm 2.
//   - rmsprop: Tieleman and Hinton, "Neural networks for machine learning", lecture
//     6.5, Coursera 2012; with momentum as in Graves, arXiv:1308.0850, not centered.
//   - adagrad: Duchi, Hazan and Singer, "Adaptive subgradient methods for online
//     learning and stochastic optimization", JMLR 12, 2011, the diagonal form.
//   - adadelta: Zeiler, "ADADELTA: an adaptive learning rate method", arXiv:1212.5701,
//     algorithm 1, which has no η: here it is 1.
//   - lion: Chen et al., "Symbolic discovery of optimization algorithms",
//     arXiv:2302.06675, algorithm 2.
//
// Gorgonia's own solvers keep their state private and by position in the list of
// parameters. The solvers of this package keep it by the name of the parameter.
package solver

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Solver is an optimizer: a gorgonia.Solver with a learning rate that a schedule
// can set. Its Step updates every parameter from its gradient and does not change the
// gradient. A Step that returns an error, for example because a gradient is missing,
// changes nothing. The result has the same bits for any order of the parameters in the
// list and any number of workers.
type Solver interface {
	gorgonia.Solver
	// LearningRate returns the rate of the next step.
	LearningRate() float64
	// SetLearningRate sets the rate of the following steps. 0 is allowed and moves no
	// parameter. Step refuses a rate that is negative, infinite or NaN.
	SetLearningRate(rate float64)
	// GradientNorm returns the norm √Σg² of all gradients of the last step as one vector,
	// before clipping. Without a ClipNorm in [Options] it is not measured and NaN.
	GradientNorm() float64
	// Memory returns the state of the solver for each parameter, which a checkpoint must
	// hold. It does not copy the tensors.
	Memory() []Memory
	// SetMemory sets the state to one that Memory of a solver of the same kind returned.
	// It copies the tensors.
	SetMemory([]Memory) error
	// String returns the name of the optimizer and its settings.
	String() string
}

// Memory is the state of a solver for one parameter.
type Memory struct {
	Name    string          // of the parameter
	Step    int             // steps taken
	Moments []*tensor.Dense // of the parameter's shape
}
