package solver

// newFilled is NewWith for tests that list only what differs from the optimizer's
// defaults: zero numbers take the default, and none (-1) is 0.
func newFilled(o Options) (Solver, error) {
	d, err := Defaults(o.Name)
	if err != nil {
		return nil, err
	}
	for _, f := range []struct {
		to   *float64
		from float64
	}{
		{&o.LearningRate, d.LearningRate}, {&o.Momentum, d.Momentum}, {&o.Beta1, d.Beta1}, {&o.Beta2, d.Beta2},
		{&o.Rho, d.Rho}, {&o.Epsilon, d.Epsilon}, {&o.WeightDecay, d.WeightDecay},
	} {
		switch {
		case *f.to == 0:
			*f.to = f.from
		case *f.to == none && f.to != &o.LearningRate:
			*f.to = 0
		}
	}
	return NewWith(o)
}

// none stands for 0 in the options of [newFilled].
const none = -1
