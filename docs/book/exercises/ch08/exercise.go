//go:build exercise

// Package ch08 holds the exercises of chapter 8. Fill in the functions and run
//
//	go test -tags exercise ./docs/book/exercises/ch08
package ch08

// PowerLaw returns a and b of the curve y = a x^-b whose logarithm has the least squared distance to the
// logarithms of the points.
func PowerLaw(x, y []float64) (a, b float64) {
	return 0, 0 // exercise 8.1
}

// Soften returns the softmax of the logits divided by a temperature.
func Soften(logits []float64, temperature float64) []float64 {
	return nil // exercise 8.2
}

// Quantize returns integers from -(2^(bits-1)-1) to 2^(bits-1)-1 and a scale, such that integer times scale is
// close to each value and the largest value is exact.
func Quantize(values []float64, bits int) (integers []int, scale float64) {
	return nil, 0 // exercise 8.3
}

// SignAttack changes each element of x by epsilon, in the direction that raises the cross-entropy of the linear
// classifier with the logits W x. W has a row for each class.
func SignAttack(w [][]float64, x []float64, label int, epsilon float64) []float64 {
	return nil // exercise 8.4; the gradient with respect to the logits is softmax minus one-hot
}
