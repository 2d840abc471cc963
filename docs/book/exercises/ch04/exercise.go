//go:build exercise

// Package ch04 holds the exercises of chapter 4. Fill in the functions and run
//
//	go test -tags exercise ./docs/book/exercises/ch04
package ch04

// LogSoftmax returns the logarithm of the softmax of logits.
func LogSoftmax(z []float64) []float64 {
	return nil // exercise 4.1
}

// Smoothed returns the cross-entropy of logits with label smoothing s.
func Smoothed(z []float64, label int, s float64) float64 {
	return 0 // exercise 4.2; LogSoftmax helps
}

// PenalizedStep changes weights and biases by a step of gradient descent with an L2 penalty on the weights.
func PenalizedStep(w, b, dw, db []float64, rate, strength float64) {
	// exercise 4.3; dw and db are the gradients of the loss without the penalty
}

// Momentum changes the weights w and the velocity v by a step of gradient descent with momentum.
func Momentum(w, v, gradient []float64, rate, momentum float64) {
	// exercise 4.4
}
