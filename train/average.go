package train

import "inkstone/graph"

// average is the exponential moving average of a model's parameters: Polyak and
// Juditsky, "Acceleration of stochastic approximation by averaging", 1992, with
// exponentially decreasing weights. Early in a run, when there is little to average, it
// moves faster: its decay at step t, from 1, is
//
//	min(decay, t/(t+9))
type average struct {
	decay  float64
	values snapshot // empty before the first step
}

// update moves the average towards the parameters after a step, counted from 1.
func (a *average) update(ps *graph.Params, step int) {
	if a.values.params == nil {
		a.values.take(ps)
		return
	}
	keep := float32(min(a.decay, float64(step)/float64(step+9)))
	for i, p := range a.values.params {
		v, w := a.values.values[i], float32s(p.Value())
		for j := range v {
			v[j] = w[j] + keep*(v[j]-w[j])
		}
	}
}

// swap exchanges the average and the parameters.
func (a *average) swap() {
	for i, p := range a.values.params {
		v, w := a.values.values[i], float32s(p.Value())
		for j := range v {
			v[j], w[j] = w[j], v[j]
		}
	}
}
