//go:build exercise

// Package ch07 holds the exercises of chapter 7. Fill in the functions and run
//
//	go test -tags exercise ./docs/book/exercises/ch07
package ch07

// ToChannelsFirst returns the values of an image of height x width pixels, which are in the order height, width,
// channels, in the order channels, height, width.
func ToChannelsFirst(values []float64, height, width, channels int) []float64 {
	return nil // exercise 7.1
}

// KernelToTorch returns the values of a kernel, which are in the order height, width, input, output, in the order
// output, input, height, width.
func KernelToTorch(values []float64, height, width, inputs, outputs int) []float64 {
	return nil // exercise 7.2
}

// Bounds returns the bounds of the uniform distributions from which Inkstone, PyTorch and Keras draw the weights
// of a dense layer.
func Bounds(inputs, outputs int) (inkstone, pytorch, keras float64) {
	return 0, 0, 0 // exercise 7.3
}
