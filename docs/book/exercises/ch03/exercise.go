//go:build exercise

// Package ch03 holds the exercises of chapter 3. Fill in the functions and run
//
//	go test -tags exercise ./docs/book/exercises/ch03
package ch03

import "inkstone/docs/book/code"

// OutputSize returns the number of rows of the output of a convolution.
func OutputSize(rows, kernel, stride, padding int) int {
	return 0 // exercise 3.1
}

// ConvPadded returns the convolution, with stride 1, of x with padding rows and columns of zeros around it.
func ConvPadded(x, w code.Matrix, padding int) code.Matrix {
	return nil // exercise 3.2; code.NewMatrix makes a matrix of zeros, code.Conv convolves
}

// WeightGradient returns the gradient of the loss with respect to the weights of a dense layer: a row for
// each output, a column for each input.
func WeightGradient(delta, input []float64) code.Matrix {
	return nil // exercise 3.3
}

// GlobalAvgBackward returns the gradient with respect to a map of rows x columns, given dy, the gradient
// with respect to its mean.
func GlobalAvgBackward(rows, columns int, dy float64) code.Matrix {
	return nil // exercise 3.4
}

// CheckGradient reports whether gradient is the gradient of f at x, to within 1e-4 for each element.
func CheckGradient(f func(x []float64) float64, x, gradient []float64) bool {
	return false // exercise 3.5
}
