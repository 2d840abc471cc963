package train

import "inkstone/graph"

// average is the exponential moving average of a model's parameters: Polyak and
// Juditsky, "Acceleration of stochastic approximation by averaging", 1992, with the
// weights falling off exponentially. Early in a run, when there is little to
// average, it follows the parameters faster: its decay at step t, from 1, is
// min(decay, t/(t+9)).
type average struct {
	decay float64
	at    snapshot
}

// follow moves the average towards the parameters after a step, counted from 1.
func (a *average) follow(ps *graph.Params, step int) {
	if a.at.params == nil {
		a.at.take(ps)
		return
	}
	keep := float32(min(a.decay, float64(step)/float64(step+9)))
	for i, p := range a.at.params {
		v, w := a.at.values[i], p.Value().Data().([]float32)
		for j := range v {
			v[j] = w[j] + keep*(v[j]-w[j])
		}
	}
}

// exchange swaps the average and the parameters.
func (a *average) exchange() {
	for i, p := range a.at.params {
		v, w := a.at.values[i], p.Value().Data().([]float32)
		for j := range v {
			v[j], w[j] = w[j], v[j]
		}
	}
}
