package kernel

import (
	"fmt"
	"math"

	"inkstone/graph/internal/kernel/simd"
)

// AdamStep holds the settings of one step of Adam.
type AdamStep struct {
	LearningRate float64
	Beta1, Beta2 float64 // β₁ and β₂: decay of the first and the second moment, in [0, 1)
	Epsilon      float64 // ε: added to the root of the second moment
	WeightDecay  float64 // λ
	Decoupled    bool    // AdamW: decay the parameter itself instead of adding λ·p to the gradient
	Step         int     // t, counted from 1
}

func (s AdamStep) check() error {
	switch {
	case s.Step < 1:
		return fmt.Errorf("adam: step is %d, expected at least 1", s.Step)
	case !(s.Beta1 >= 0 && s.Beta1 < 1):
		return fmt.Errorf("adam: beta1 is %v, expected at least 0 and less than 1", s.Beta1)
	case !(s.Beta2 >= 0 && s.Beta2 < 1):
		return fmt.Errorf("adam: beta2 is %v, expected at least 0 and less than 1", s.Beta2)
	case !(s.Epsilon >= 0):
		return fmt.Errorf("adam: epsilon is %v, expected at least 0", s.Epsilon)
	}
	return nil
}

// Adam updates the parameters p and the moments m and v in place from the
// gradient g, in one pass over memory:
//
//	g' = g + λ·p                                (λ·p only if not decoupled)
//	m ← β₁·m + (1-β₁)·g'    v ← β₂·v + (1-β₂)·g'²
//	p ← p - η·λ·p                               (only if decoupled)
//	p ← p - η · m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + ε)
//
// as PyTorch's Adam and AdamW do. Kingma and Ba, https://arxiv.org/abs/1412.6980;
// Loshchilov and Hutter, https://arxiv.org/abs/1711.05101.
func Adam[T Float](ws *Workers, p, m, v, g []T, step AdamStep) error {
	if err := firstError(
		step.check(),
		checkLen("adam", "m", m, len(p)),
		checkLen("adam", "v", v, len(p)),
		checkLen("adam", "g", g, len(p)),
	); err != nil {
		return err
	}
	if ws.N() == 1 {
		adam(p, m, v, g, step)
		return nil
	}
	shards := elementShards(len(p))
	ws.Run(shards, func(s int) {
		lo, hi := shardRange(len(p), shards, s)
		adam(p[lo:hi], m[lo:hi], v[lo:hi], g[lo:hi], step)
	})
	return nil
}

func adam[T Float](p, m, v, g []T, step AdamStep) {
	m, v, g = m[:len(p)], v[:len(p)], g[:len(p)]
	correction1 := 1 - math.Pow(step.Beta1, float64(step.Step))
	correction2 := 1 - math.Pow(step.Beta2, float64(step.Step))
	var (
		beta1, rest1 = T(step.Beta1), T(1 - step.Beta1)
		beta2, rest2 = T(step.Beta2), T(1 - step.Beta2)
		rate         = T(step.LearningRate / correction1)
		root         = T(1 / math.Sqrt(correction2))
		eps          = T(step.Epsilon)
		l2, keep     = T(step.WeightDecay), T(1)
	)
	if step.Decoupled {
		l2, keep = 0, T(1-step.LearningRate*step.WeightDecay)
	}
	if hasAssembly[T]() {
		k := simd.AdamStep{Keep1: float32(rest1), Keep2: float32(rest2), Rate: float32(rate), Root: float32(root),
			Epsilon: float32(eps), L2: float32(l2), Shrink: float32(keep)}
		_ = simd.Adam(as32(p), as32(m), as32(v), as32(g), &k) // cannot fail: the lengths are equal
		return
	}
	for i, w := range p {
		d := g[i] + l2*w
		mi := beta1*m[i] + rest1*d
		vi := beta2*v[i] + rest2*d*d
		m[i], v[i] = mi, vi
		p[i] = keep*w - rate*mi/(T(math.Sqrt(float64(vi)))*root+eps)
	}
}
