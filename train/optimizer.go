package train

import (
	"fmt"
	"math"
	"slices"

	"inkstone/graph/solver"
	"inkstone/internal/pattern"
	"inkstone/model"
)

// newSolver returns the solver for the parameters of a stage. It keeps the memory that the
// solver of the previous stage, if there was one, has of them.
func (t *Trainer) newSolver(names []string, previous solver.Solver) (solver.Solver, error) {
	s := t.cfg.Solver
	if s == nil {
		var err error
		if s, err = solver.NewWith(t.solverOptions(names)); err != nil {
			return nil, err
		}
	}
	if previous == nil {
		return s, nil
	}
	memory := slices.DeleteFunc(previous.Memory(), func(m solver.Memory) bool { return !slices.Contains(names, m.Name) })
	return s, s.SetMemory(memory)
}

// solverOptions returns the optimizer's options without the patterns that match none of
// these parameters, which a solver would refuse.
func (t *Trainer) solverOptions(names []string) solver.Options {
	options := t.cfg.Optimizer
	matches := func(choice string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return pattern.Match(choice, name) })
	}
	options.Multipliers = nil
	for _, m := range append(t.decays, t.cfg.Optimizer.Multipliers...) {
		if matches(m.Pattern) {
			options.Multipliers = append(options.Multipliers, m)
		}
	}
	options.Decayed = slices.DeleteFunc(slices.Clone(options.Decayed), func(p string) bool { return !matches(p) })
	if len(options.Decayed) == 0 && len(t.cfg.Optimizer.Decayed) > 0 {
		options.WeightDecay, options.L2 = 0, 0 // no parameter that decays is trained
	}
	return options
}

// checkPatterns refuses patterns of the optimizer's options that match no parameter of
// the model, trainable or frozen.
func checkPatterns(m *model.Model, o *solver.Options) error {
	var patterns []string
	for _, m := range o.Multipliers {
		patterns = append(patterns, m.Pattern)
	}
	for _, pattern := range append(patterns, o.Decayed...) {
		if _, err := m.Params.Match(pattern); err != nil {
			return fmt.Errorf("optimizer: %w", err)
		}
	}
	return nil
}

// layerDecays returns the multipliers that a [Config.LayerDecay] stands for.
func layerDecays(m *model.Model, decay float64) solver.Multipliers {
	if decay == 1 {
		return nil
	}
	var list solver.Multipliers
	for k, group := range m.Groups()[1:] {
		for _, name := range pattern.Quote(group...) {
			list = append(list, solver.Multiplier{Pattern: name, Factor: math.Pow(decay, float64(k+1))})
		}
	}
	return list
}
