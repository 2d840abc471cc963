package solver

import (
	"fmt"
	"math"
	"strings"

	"inkstone/internal/pattern"
)

// Options holds the settings of an optimizer. [Defaults] fills them in. Every number
// means itself: a momentum or weight decay of 0 is none, a learning rate of 0 is refused,
// and so is a setting that the optimizer does not have.
type Options struct {
	Name         string  // one of [Names]
	LearningRate float64 // η, above 0

	// Momentum is μ of sgd (default 0.9) and rmsprop (default 0), at least 0 and below 1.
	Momentum float64
	Nesterov bool // Nesterov momentum; sgd only

	// Beta1 and Beta2 are the decays of the moments of adam and adamw (defaults 0.9 and
	// 0.999) and lion (0.9 and 0.99), above 0 and below 1.
	Beta1, Beta2 float64
	Rho          float64 // decay of the squares of rmsprop (default 0.99) and adadelta (0.9), above 0 and below 1
	Epsilon      float64 // of adam, adamw and rmsprop (default 1e-8), adagrad (1e-10) and adadelta (1e-6), above 0

	// WeightDecay is decoupled weight decay λ, at least 0, for every optimizer: before its
	// step a parameter is multiplied by 1-η·λ, where η includes schedule and multiplier.
	// The default is 0.01 for adamw and 0 for the others.
	WeightDecay float64
	// L2 is the factor λ₂ of a penalty λ₂/2·Σp² on the loss: λ₂·p is added to the
	// gradient, after clipping. For plain sgd it is the same as weight decay, for the
	// others not: see Loshchilov and Hutter, arXiv:1711.05101.
	L2 float64
	// Decayed are the patterns, as in [Multiplier], of the names of the parameters that
	// WeightDecay and L2 apply to. Without one these are the weights, which have two
	// axes or more: biases and the scales and shifts of batch normalisation do
	// not decay.
	Decayed []string

	// Multipliers change the learning rate of parts of the network.
	Multipliers Multipliers

	// ClipNorm above 0 scales all gradients by the same factor when their norm as one
	// vector is greater, so that it becomes ClipNorm: Pascanu, Mikolov and Bengio,
	// arXiv:1211.5063, algorithm 1. Gradients whose norm is NaN stay as they are.
	// Infinity only measures the norm.
	ClipNorm float64
	// ClipValue above 0 then bounds each element to [-ClipValue, ClipValue].
	ClipValue float64

	Workers int // goroutines in a step, 0 for one per processor; they change no result
}

// Check returns an error about a setting that the optimizer does not have or that is out
// of its range.
func (o Options) Check() error {
	r := recipeOf(o.Name)
	if r == nil {
		return unknown(o.Name)
	}
	lacks := func(setting string) error { return fmt.Errorf("%s has no %s", r.name, setting) }
	switch {
	case o.Momentum != 0 && !r.momentum:
		return lacks("momentum")
	case o.Nesterov && !r.nesterov:
		return lacks("nesterov momentum")
	}
	for _, s := range []struct {
		name           string
		value, initial float64
		below          float64
	}{
		{"beta1", o.Beta1, r.defaults.Beta1, 1},
		{"beta2", o.Beta2, r.defaults.Beta2, 1},
		{"rho", o.Rho, r.defaults.Rho, 1},
		{"epsilon", o.Epsilon, r.defaults.Epsilon, math.Inf(1)},
	} {
		switch {
		case s.initial == 0 && s.value != 0:
			return lacks(s.name)
		case s.initial != 0 && !(s.value > 0 && s.value < s.below):
			return fmt.Errorf("%s is %v, want above 0 and below %v", s.name, s.value, s.below)
		}
	}
	if o.Epsilon != 0 && float32(o.Epsilon) == 0 {
		return fmt.Errorf("epsilon is %v, which is 0 as a float32", o.Epsilon)
	}
	if err := checkRate(o.LearningRate); err != nil {
		return err
	}
	switch {
	case !(o.Momentum >= 0 && o.Momentum < 1):
		return fmt.Errorf("momentum is %v, want at least 0 and below 1", o.Momentum)
	case o.Nesterov && o.Momentum == 0:
		return fmt.Errorf("nesterov momentum without momentum")
	case !(o.WeightDecay >= 0 && o.WeightDecay < math.Inf(1)):
		return fmt.Errorf("weight decay is %v, want a finite number of at least 0", o.WeightDecay)
	case !(o.L2 >= 0 && o.L2 < math.Inf(1)):
		return fmt.Errorf("L2 is %v, want a finite number of at least 0", o.L2)
	case !(o.ClipNorm >= 0):
		return fmt.Errorf("the norm to clip gradients to is %v, want at least 0", o.ClipNorm)
	case !(o.ClipValue >= 0):
		return fmt.Errorf("the value to clip gradients to is %v, want at least 0", o.ClipValue)
	case o.Workers < 0:
		return fmt.Errorf("%d workers, want at least 0", o.Workers)
	}
	for _, p := range o.Decayed {
		if err := pattern.Check(p); err != nil {
			return err
		}
	}
	for _, m := range o.Multipliers {
		if err := m.check(); err != nil {
			return err
		}
	}
	return nil
}

func checkRate(rate float64) error {
	if !(rate > 0) || math.IsInf(rate, 0) {
		return fmt.Errorf("the learning rate is %v, want a finite number above 0", rate)
	}
	return nil
}

// String names the optimizer and those of its settings that are not 0.
func (o Options) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (learning rate %g", o.Name, o.LearningRate)
	number := func(name string, v float64) {
		if v != 0 {
			fmt.Fprintf(&b, ", %s %g", name, v)
		}
	}
	if o.Nesterov {
		number("Nesterov momentum", o.Momentum)
	} else {
		number("momentum", o.Momentum)
	}
	if o.Beta1 != 0 || o.Beta2 != 0 {
		fmt.Fprintf(&b, ", betas %g and %g", o.Beta1, o.Beta2)
	}
	number("rho", o.Rho)
	number("epsilon", o.Epsilon)
	number("weight decay", o.WeightDecay)
	number("L2", o.L2)
	if len(o.Decayed) > 0 && (o.WeightDecay != 0 || o.L2 != 0) {
		fmt.Fprintf(&b, " of %s", strings.Join(o.Decayed, ","))
	}
	number("gradient norm clipped to", o.ClipNorm)
	number("gradients clipped to", o.ClipValue)
	if len(o.Multipliers) > 0 {
		fmt.Fprintf(&b, ", multipliers %s", o.Multipliers)
	}
	b.WriteByte(')')
	return b.String()
}
