//go:build !exercise

// Package ch08 holds the exercises of chapter 8 with their solutions.
package ch08

import (
	"math"

	"inkstone/docs/book/code"
)

// PowerLaw returns a and b of the curve y = a x^-b whose logarithm has the least squared distance to the
// logarithms of the points.
func PowerLaw(x, y []float64) (a, b float64) {
	var sx, sy, sxx, sxy float64
	n := float64(len(x))
	for i := range x {
		u, v := math.Log(x[i]), math.Log(y[i])
		sx, sy, sxx, sxy = sx+u, sy+v, sxx+u*u, sxy+u*v
	}
	slope := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	return math.Exp((sy - slope*sx) / n), -slope
}

// Soften returns the softmax of the logits divided by a temperature.
func Soften(logits []float64, temperature float64) []float64 {
	z := make([]float64, len(logits))
	for k, v := range logits {
		z[k] = v / temperature
	}
	return code.Softmax(z)
}

// Quantize returns integers from -(2^(bits-1)-1) to 2^(bits-1)-1 and a scale, such that integer times scale is
// close to each value and the largest value is exact.
func Quantize(values []float64, bits int) (integers []int, scale float64) {
	largest := 0.0
	for _, v := range values {
		largest = max(largest, math.Abs(v))
	}
	scale = largest / float64(int(1)<<(bits-1)-1)
	for _, v := range values {
		integers = append(integers, int(math.Round(v/scale)))
	}
	return integers, scale
}

// SignAttack changes each element of x by epsilon, in the direction that raises the cross-entropy of the linear
// classifier with the logits W x. W has a row for each class.
func SignAttack(w [][]float64, x []float64, label int, epsilon float64) []float64 {
	logits := make([]float64, len(w))
	for k, row := range w {
		for i, v := range row {
			logits[k] += v * x[i]
		}
	}
	delta := code.CrossEntropyGradient(logits, label)
	out := make([]float64, len(x))
	for i := range x {
		var gradient float64
		for k, row := range w {
			gradient += row[i] * delta[k]
		}
		out[i] = x[i] + math.Copysign(epsilon, gradient)
	}
	return out
}
