//go:build !exercise

// Package ch02 holds the exercises of chapter 2 with their solutions.
package ch02

// Neuron returns the output of a neuron with ReLU.
func Neuron(w, x []float64, b float64) float64 {
	sum := b
	for i := range w {
		sum += w[i] * x[i]
	}
	return max(sum, 0)
}

// XOR returns the weights and biases of two hidden neurons with ReLU and of an output neuron without an
// activation, such that the output is 1 if exactly one input is 1, and 0 if none or both are.
func XOR() (hidden [2][2]float64, bias [2]float64, output [2]float64, outputBias float64) {
	hidden = [2][2]float64{{1, 1}, {1, 1}}
	bias = [2]float64{0, -1} // the sum of the inputs, and by how much it exceeds 1
	return hidden, bias, [2]float64{1, -2}, 0
}

// ConvParameters returns the number of parameters of a convolution with kernels of size x size and a bias.
func ConvParameters(size, inputChannels, filters int) int {
	return (size*size*inputChannels + 1) * filters
}

// Window is the window of a convolution or a pooling.
type Window struct{ Size, Stride int }

// ReceptiveField returns how many pixels of a row a value depends on after these layers, in their order.
func ReceptiveField(layers []Window) int {
	field, step := 1, 1 // pixels seen, pixels between neighboring values
	for _, l := range layers {
		field += (l.Size - 1) * step
		step *= l.Stride
	}
	return field
}
