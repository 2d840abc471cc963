package code

import (
	"math"
	"slices"
)

// Softmax turns logits into probabilities. It subtracts the largest logit first, which changes
// nothing in exact arithmetic and keeps the exponentials from overflowing.
func Softmax(z []float64) []float64 {
	largest, sum := slices.Max(z), 0.0
	y := make([]float64, len(z))
	for k := range z {
		y[k] = math.Exp(z[k] - largest)
		sum += y[k]
	}
	for k := range y {
		y[k] /= sum
	}
	return y
}

// CrossEntropy returns -log of the probability of the label, in nats.
func CrossEntropy(y []float64, label int) float64 { return -math.Log(y[label]) }

// CrossEntropyGradient returns the gradient of CrossEntropy(Softmax(z), label) with respect to the logits:
// the probabilities, less 1 at the label.
func CrossEntropyGradient(z []float64, label int) []float64 {
	d := Softmax(z)
	d[label]--
	return d
}

// L2 returns the penalty strength/2 times the sum of the squared weights.
func L2(w []float64, strength float64) float64 {
	var sum float64
	for _, v := range w {
		sum += v * v
	}
	return strength / 2 * sum
}

// L2Gradient returns the gradient of L2 with respect to the weights.
func L2Gradient(w []float64, strength float64) []float64 {
	d := make([]float64, len(w))
	for i, v := range w {
		d[i] = strength * v
	}
	return d
}
