package solver

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"inkstone/graph/internal/kernel"
)

// recipe is an optimizer of the registry: its rule, which settings it has, and their
// defaults.
type recipe struct {
	name     string
	rule     kernel.Rule
	defaults Options // a Beta1, Beta2, Rho or Epsilon of 0 is a setting that it does not have
	momentum bool
	nesterov bool
}

// recipes are sorted by name. The constants are those of the papers and of PyTorch,
// the rates those that suit a small network and batches of about 64.
var recipes = []recipe{
	{name: "adadelta", rule: kernel.RuleAdadelta, defaults: Options{LearningRate: 1, Rho: 0.9, Epsilon: 1e-6}},
	{name: "adagrad", rule: kernel.RuleAdaGrad, defaults: Options{LearningRate: 0.01, Epsilon: 1e-10}},
	{name: "adam", rule: kernel.RuleAdam, defaults: Options{LearningRate: 0.002, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}},
	{name: "adamw", rule: kernel.RuleAdam, defaults: Options{LearningRate: 0.002, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.01}},
	{name: "lion", rule: kernel.RuleLion, defaults: Options{LearningRate: 0.0003, Beta1: 0.9, Beta2: 0.99}},
	{name: "rmsprop", rule: kernel.RuleRMSProp, defaults: Options{LearningRate: 0.001, Rho: 0.99, Epsilon: 1e-8}, momentum: true},
	{name: "sgd", rule: kernel.RuleSGD, defaults: Options{LearningRate: 0.05, Momentum: 0.9}, momentum: true, nesterov: true},
}

func recipeOf(name string) *recipe {
	if i := slices.IndexFunc(recipes, func(r recipe) bool { return r.name == name }); i >= 0 {
		return &recipes[i]
	}
	return nil
}

// Names lists the optimizers that [New] makes.
func Names() []string {
	var names []string
	for _, r := range recipes {
		names = append(names, r.name)
	}
	return names
}

// Defaults returns the settings of an optimizer that suit a small network and batches of
// about 64. It refuses an unknown name.
func Defaults(name string) (Options, error) {
	r := recipeOf(name)
	if r == nil {
		return Options{}, unknown(name)
	}
	o := r.defaults
	o.Name = name
	return o, nil
}

// New makes an optimizer by name, with a learning rate above 0 and its other defaults.
// workers is the number of goroutines in a step, 0 for one per processor; it changes no
// result.
func New(name string, rate float64, workers int) (Solver, error) {
	o, err := Defaults(name)
	if err != nil {
		return nil, err
	}
	o.LearningRate, o.Workers = rate, workers
	return NewWith(o)
}

// ErrUnknown is the error of a name that is not among [Names].
var ErrUnknown = errors.New("unknown optimizer")

func unknown(name string) error {
	return fmt.Errorf("%w %q; the known ones are %s", ErrUnknown, name, strings.Join(Names(), ", "))
}

// NewAdam is [New] for "adam": betas 0.9 and 0.999, epsilon 1e-8.
func NewAdam(rate float64, workers int) (Solver, error) { return New("adam", rate, workers) }

// NewSGD is [New] for "sgd" with a momentum of at least 0 and below 1; 0 is the plain
// method.
func NewSGD(rate, momentum float64, workers int) (Solver, error) {
	return NewWith(Options{Name: "sgd", LearningRate: rate, Momentum: momentum, Workers: workers})
}
