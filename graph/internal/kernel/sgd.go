package kernel

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd"
)

// SGDStep holds the settings of one step of stochastic gradient descent.
type SGDStep struct {
	LearningRate float64
	Momentum     float64 // μ, in [0, 1)
	WeightDecay  float64 // λ
	Nesterov     bool
}

// SGD updates the parameters p and the velocity in place from the gradient g:
//
//	g' = g + λ·p
//	velocity ← μ·velocity + g'
//	p ← p - η·velocity            or, with Nesterov,  p ← p - η·(g' + μ·velocity)
//
// as PyTorch's SGD does with dampening 0. velocity starts at zero; without
// momentum it may be nil. Sutskever et al.,
// https://proceedings.mlr.press/v28/sutskever13.html.
func SGD[T Float](ws *Workers, p, velocity, g []T, step SGDStep) error {
	if !(step.Momentum >= 0 && step.Momentum < 1) {
		return fmt.Errorf("sgd: momentum is %v, expected at least 0 and less than 1", step.Momentum)
	}
	if step.Nesterov && step.Momentum == 0 {
		return fmt.Errorf("sgd: Nesterov with momentum 0, expected a positive momentum")
	}
	if err := checkLen("sgd", "g", g, len(p)); err != nil {
		return err
	}
	if velocity != nil || step.Momentum != 0 {
		if err := checkLen("sgd", "velocity", velocity, len(p)); err != nil {
			return err
		}
	}
	if ws.N() == 1 {
		sgd(p, velocity, g, step)
		return nil
	}
	shards := elementShards(len(p))
	ws.Run(shards, func(s int) {
		lo, hi := shardRange(len(p), shards, s)
		var v []T
		if velocity != nil {
			v = velocity[lo:hi]
		}
		sgd(p[lo:hi], v, g[lo:hi], step)
	})
	return nil
}

func sgd[T Float](p, velocity, g []T, step SGDStep) {
	g = g[:len(p)]
	rate, mu, l2 := T(step.LearningRate), T(step.Momentum), T(step.WeightDecay)
	if mu == 0 {
		for i, w := range p {
			p[i] = w - rate*(g[i]+l2*w)
		}
		return
	}
	velocity = velocity[:len(p)]
	if hasAssembly[T]() {
		k := simd.SGDStep{Momentum: float32(mu), Rate: float32(rate), Carried: 1, L2: float32(l2)}
		if step.Nesterov {
			k.Fresh, k.Carried = 1, float32(mu)
		}
		_ = simd.SGD(as32(p), as32(velocity), as32(g), &k) // cannot fail: the lengths are equal
		return
	}
	for i, w := range p {
		d := g[i] + l2*w
		v := mu*velocity[i] + d
		velocity[i] = v
		if step.Nesterov {
			v = d + mu*v
		}
		p[i] = w - rate*v
	}
}
