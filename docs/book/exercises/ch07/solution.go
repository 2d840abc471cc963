//go:build !exercise

// Package ch07 holds the exercises of chapter 7 with their solutions.
package ch07

import "math"

// ToChannelsFirst returns the values of an image of height x width pixels, which are in the order height, width,
// channels, in the order channels, height, width.
func ToChannelsFirst(values []float64, height, width, channels int) []float64 {
	out := make([]float64, 0, len(values))
	for c := range channels {
		for i := range height * width {
			out = append(out, values[i*channels+c])
		}
	}
	return out
}

// KernelToTorch returns the values of a kernel, which are in the order height, width, input, output, in the order
// output, input, height, width.
func KernelToTorch(values []float64, height, width, inputs, outputs int) []float64 {
	out := make([]float64, 0, len(values))
	for o := range outputs {
		for c := range inputs {
			for i := range height * width {
				out = append(out, values[(i*inputs+c)*outputs+o])
			}
		}
	}
	return out
}

// Bounds returns the bounds of the uniform distributions from which Inkstone, PyTorch and Keras draw the weights
// of a dense layer.
func Bounds(inputs, outputs int) (inkstone, pytorch, keras float64) {
	in, out := float64(inputs), float64(outputs)
	return math.Sqrt(6 / in), math.Sqrt(1 / in), math.Sqrt(6 / (in + out))
}
