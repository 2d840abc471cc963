package code

import "math"

// SGD changes the weights by a step of gradient descent.
func SGD(w, gradient []float64, rate float64) {
	for i := range w {
		w[i] -= rate * gradient[i]
	}
}

// Adam is the optimizer Adam: Kingma and Ba, arXiv:1412.6980.
type Adam struct {
	Rate    float64
	m, v    []float64 // moving averages of the gradient and of its square
	beta1t  float64   // the powers of the decays that correct the averages for their start at 0
	beta2t  float64
	started bool
}

// Step changes the weights by a step.
func (a *Adam) Step(w, gradient []float64) {
	const beta1, beta2, epsilon = 0.9, 0.999, 1e-8
	if !a.started {
		a.m, a.v = make([]float64, len(w)), make([]float64, len(w))
		a.beta1t, a.beta2t, a.started = 1, 1, true
	}
	a.beta1t *= beta1
	a.beta2t *= beta2
	for i, g := range gradient {
		a.m[i] = beta1*a.m[i] + (1-beta1)*g
		a.v[i] = beta2*a.v[i] + (1-beta2)*g*g
		w[i] -= a.Rate * (a.m[i] / (1 - a.beta1t)) / (math.Sqrt(a.v[i]/(1-a.beta2t)) + epsilon)
	}
}

// Decay multiplies the weights by 1 - rate*strength, as decoupled weight decay does.
func Decay(w []float64, rate, strength float64) {
	for i := range w {
		w[i] *= 1 - rate*strength
	}
}
