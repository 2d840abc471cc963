//go:build !exercise

// Package ch03 holds the exercises of chapter 3 with their solutions.
package ch03

import (
	"math"

	"inkstone/docs/book/code"
)

// OutputSize returns the number of rows of the output of a convolution.
func OutputSize(rows, kernel, stride, padding int) int {
	return (rows+2*padding-kernel)/stride + 1
}

// ConvPadded returns the convolution, with stride 1, of x with padding rows and columns of zeros around it.
func ConvPadded(x, w code.Matrix, padding int) code.Matrix {
	padded := code.NewMatrix(x.Rows()+2*padding, x.Columns()+2*padding)
	for i, row := range x {
		copy(padded[i+padding][padding:], row)
	}
	return code.Conv(padded, w, 1)
}

// WeightGradient returns the gradient of the loss with respect to the weights of a dense layer: a row for
// each output, a column for each input.
func WeightGradient(delta, input []float64) code.Matrix {
	dw := code.NewMatrix(len(delta), len(input))
	for i, d := range delta {
		for j, a := range input {
			dw[i][j] = d * a
		}
	}
	return dw
}

// GlobalAvgBackward returns the gradient with respect to a map of rows x columns, given dy, the gradient
// with respect to its mean.
func GlobalAvgBackward(rows, columns int, dy float64) code.Matrix {
	dx := code.NewMatrix(rows, columns)
	for i := range dx {
		for j := range dx[i] {
			dx[i][j] = dy / float64(rows*columns)
		}
	}
	return dx
}

// CheckGradient reports whether gradient is the gradient of f at x, to within 1e-4 for each element.
func CheckGradient(f func(x []float64) float64, x, gradient []float64) bool {
	const step = 1e-5
	if len(gradient) != len(x) {
		return false
	}
	for i, old := range x {
		x[i] = old + step
		above := f(x)
		x[i] = old - step
		below := f(x)
		x[i] = old
		if !(math.Abs((above-below)/(2*step)-gradient[i]) <= 1e-4) {
			return false
		}
	}
	return true
}
