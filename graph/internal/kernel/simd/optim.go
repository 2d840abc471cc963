package simd

import "math"

// AdamStep holds the factors of one step of Adam or AdamW.
type AdamStep struct {
	Keep1, Keep2 float32 // share of the new value in a moment: 1-β₁ and 1-β₂
	Rate         float32 // η/(1-β₁ᵗ)
	Root         float32 // 1/√(1-β₂ᵗ)
	Epsilon      float32
	L2           float32 // weight decay added to the gradient
	Shrink       float32 // factor on the parameter itself: 1, or 1-ηλ for AdamW
}

// Adam updates the parameters p and the moments m and v from the gradient g:
//
//	d = g + L2·p    m += Keep1·(d-m)    v += Keep2·(d²-v)
//	p = Shrink·p - Rate·m/(Root·√v + Epsilon)
func Adam(p, m, v, g []float32, s *AdamStep) error {
	n := len(p)
	if err := firstError(checkLen("adam", "m", len(m), n), checkLen("adam", "v", len(v), n), checkLen("adam", "g", len(g), n)); err != nil || n == 0 {
		return err
	}
	if active.adam == nil {
		for i, w := range p {
			d := g[i] + s.L2*w
			m[i] += s.Keep1 * (d - m[i])
			v[i] += s.Keep2 * (d*d - v[i])
			p[i] = s.Shrink*w - s.Rate*m[i]/(s.Root*float32(math.Sqrt(float64(v[i])))+s.Epsilon)
		}
		return nil
	}
	active.adam(n, &p[0], &m[0], &v[0], &g[0], s.Keep1, s.Keep2, s.Rate, s.Root, s.Epsilon, s.L2, s.Shrink)
	return nil
}

// SGDStep holds the factors of one step of gradient descent with momentum.
type SGDStep struct {
	Momentum float32
	Rate     float32
	Fresh    float32 // weight of the gradient in the step: 1 for Nesterov's, else 0
	Carried  float32 // weight of the velocity in the step: the momentum for Nesterov's, else 1
	L2       float32
}

// SGD updates the parameters p and the velocity v from the gradient g:
//
//	d = g + L2·p    v = Momentum·v + d    p -= Rate·(Fresh·d + Carried·v)
func SGD(p, v, g []float32, s *SGDStep) error {
	n := len(p)
	if err := firstError(checkLen("sgd", "v", len(v), n), checkLen("sgd", "g", len(g), n)); err != nil || n == 0 {
		return err
	}
	if active.sgd == nil {
		for i, w := range p {
			d := g[i] + s.L2*w
			v[i] = s.Momentum*v[i] + d
			p[i] = w - s.Rate*(s.Fresh*d+s.Carried*v[i])
		}
		return nil
	}
	active.sgd(n, &p[0], &v[0], &g[0], s.Momentum, s.Rate, s.Fresh, s.Carried, s.L2)
	return nil
}
