//go:build exercise

// Package ch02 holds the exercises of chapter 2. Fill in the functions and run
//
//	go test -tags exercise ./docs/book/exercises/ch02
package ch02

// Neuron returns the output of a neuron with ReLU.
func Neuron(w, x []float64, b float64) float64 {
	return 0 // exercise 2.1
}

// XOR returns the weights and biases of two hidden neurons with ReLU and of an output neuron without an
// activation, such that the output is 1 if exactly one input is 1, and 0 if none or both are.
func XOR() (hidden [2][2]float64, bias [2]float64, output [2]float64, outputBias float64) {
	return // exercise 2.2
}

// ConvParameters returns the number of parameters of a convolution with kernels of size x size and a bias.
func ConvParameters(size, inputChannels, filters int) int {
	return 0 // exercise 2.3
}

// Window is the window of a convolution or a pooling.
type Window struct{ Size, Stride int }

// ReceptiveField returns how many pixels of a row a value depends on after these layers, in their order.
func ReceptiveField(layers []Window) int {
	return 0 // exercise 2.4
}
