//go:build !exercise

// Package ch04 holds the exercises of chapter 4 with their solutions.
package ch04

import (
	"math"
	"slices"
)

// LogSoftmax returns the logarithm of the softmax of logits.
func LogSoftmax(z []float64) []float64 {
	largest, sum := slices.Max(z), 0.0
	for _, v := range z {
		sum += math.Exp(v - largest)
	}
	out := make([]float64, len(z))
	for k, v := range z {
		out[k] = v - largest - math.Log(sum)
	}
	return out
}

// Smoothed returns the cross-entropy of logits with label smoothing s.
func Smoothed(z []float64, label int, s float64) float64 {
	loss := 0.0
	for k, v := range LogSoftmax(z) {
		share := s / float64(len(z))
		if k == label {
			share += 1 - s
		}
		loss -= share * v
	}
	return loss
}

// PenalizedStep changes weights and biases by a step of gradient descent with an L2 penalty on the weights.
func PenalizedStep(w, b, dw, db []float64, rate, strength float64) {
	for i := range w {
		w[i] -= rate * (dw[i] + strength*w[i])
	}
	for i := range b {
		b[i] -= rate * db[i]
	}
}

// Momentum changes the weights w and the velocity v by a step of gradient descent with momentum.
func Momentum(w, v, gradient []float64, rate, momentum float64) {
	for i, g := range gradient {
		v[i] = momentum*v[i] + g
		w[i] -= rate * v[i]
	}
}
