package solver

import (
	"fmt"
	"math"
	"strings"
)

// Options says what an optimizer does. Only Name is needed: a number that is 0 is the
// usual one of the optimizer. A setting that the optimizer lacks is refused.
type Options struct {
	Name         string  // see [Names]
	LearningRate float64 // η

	// Momentum is μ of sgd and rmsprop, below 1. Usual are 0.9 for sgd and none for
	// rmsprop; below 0 is none.
	Momentum float64
	Nesterov bool // look ahead; sgd only

	Beta1, Beta2 float64 // of adam and adamw (0.9, 0.999) and lion (0.9, 0.99)
	Rho          float64 // of rmsprop (0.99) and adadelta (0.9)
	Epsilon      float64 // of adam, adamw and rmsprop (1e-8), adagrad (1e-10) and adadelta (1e-6)

	// WeightDecay is decoupled weight decay λ, for every optimizer: before its step a
	// parameter is multiplied by 1-η·λ, with the η of the moment, schedule and
	// multiplier included. Usual are 0.01 for adamw and none for the others; below 0
	// is none.
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

// complete returns the options with the usual settings of the optimizer filled in, or
// an error about one that it lacks or that is out of range.
func (o Options) complete(r *recipe) (Options, error) {
	lacks := func(setting string) error { return fmt.Errorf("solver: %s has no %s", r.name, setting) }
	switch {
	case o.Momentum > 0 && !r.momentum:
		return o, lacks("momentum")
	case o.Nesterov && !r.nesterov:
		return o, lacks("Nesterov momentum")
	}
	for _, s := range []struct {
		name  string
		value *float64
		usual float64
		below float64
	}{
		{"beta1", &o.Beta1, r.usual.Beta1, 1},
		{"beta2", &o.Beta2, r.usual.Beta2, 1},
		{"rho", &o.Rho, r.usual.Rho, 1},
		{"epsilon", &o.Epsilon, r.usual.Epsilon, math.Inf(1)},
	} {
		switch v := *s.value; {
		case v == 0:
			*s.value = s.usual
		case s.usual == 0:
			return o, lacks(s.name)
		case !(v > 0 && v < s.below):
			return o, fmt.Errorf("solver: %s is %v, want above 0 and below %v", s.name, v, s.below)
		}
	}
	if o.Epsilon != 0 && float32(o.Epsilon) == 0 {
		return o, fmt.Errorf("solver: epsilon is %v, which is 0 as a float32", o.Epsilon)
	}
	if o.LearningRate == 0 {
		o.LearningRate = r.usual.LearningRate
	}
	o.Momentum = orUsual(o.Momentum, r.usual.Momentum)
	o.WeightDecay = orUsual(o.WeightDecay, r.usual.WeightDecay)
	return o, o.check()
}

// orUsual is v, the usual value for 0, and 0 for less.
func orUsual(v, usual float64) float64 {
	switch {
	case v == 0:
		return usual
	case v < 0:
		return 0
	}
	return v
}

// check returns an error about a setting of complete options that is out of range.
func (o Options) check() error {
	if err := checkRate(o.LearningRate); err != nil {
		return err
	}
	switch {
	case !(o.Momentum < 1):
		return fmt.Errorf("solver: momentum is %v, want below 1", o.Momentum)
	case o.Nesterov && o.Momentum == 0:
		return fmt.Errorf("solver: Nesterov momentum without momentum")
	case !(o.WeightDecay < math.Inf(1)):
		return fmt.Errorf("solver: the weight decay is %v, want a finite number", o.WeightDecay)
	case !(o.L2 >= 0 && o.L2 < math.Inf(1)):
		return fmt.Errorf("solver: L2 is %v, want a finite number of at least 0", o.L2)
	case !(o.ClipNorm >= 0):
		return fmt.Errorf("solver: the norm to clip to is %v, want at least 0", o.ClipNorm)
	case !(o.ClipValue >= 0):
		return fmt.Errorf("solver: the value to clip to is %v, want at least 0", o.ClipValue)
	}
	for _, pattern := range o.Decayed {
		if err := checkPattern(pattern); err != nil {
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
		return fmt.Errorf("solver: the learning rate is %v, want a finite number above 0", rate)
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
