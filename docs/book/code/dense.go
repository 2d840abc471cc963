package code

import "math"

// Layer is a fully connected layer: a = f(z) with z = W a' + b, where a' is the input. W has a row for
// each output.
type Layer struct {
	W Matrix
	B []float64
	F Activation

	input, z []float64 // of the last call of Forward
}

// Activation is a function of one number, and its derivative.
type Activation struct{ Value, Slope func(z float64) float64 }

// The activations of the book.
var (
	Identity = Activation{func(z float64) float64 { return z }, func(float64) float64 { return 1 }}
	ReLU     = Activation{func(z float64) float64 { return max(z, 0) }, func(z float64) float64 {
		if z > 0 {
			return 1
		}
		return 0
	}}
	Tanh = Activation{math.Tanh, func(z float64) float64 { return 1 - math.Tanh(z)*math.Tanh(z) }}
)

// Forward returns the output for an input and keeps what Backward needs.
func (l *Layer) Forward(input []float64) []float64 {
	l.input, l.z = input, make([]float64, len(l.W))
	output := make([]float64, len(l.W))
	for i, row := range l.W {
		l.z[i] = l.B[i]
		for j, w := range row {
			l.z[i] += w * input[j]
		}
		output[i] = l.F.Value(l.z[i])
	}
	return output
}

// Backward returns the gradients of the loss with respect to the weights, the biases and the input, given
// the gradient with respect to the output.
func (l *Layer) Backward(output []float64) (dw Matrix, db, input []float64) {
	dw, db, input = NewMatrix(len(l.W), len(l.input)), make([]float64, len(l.W)), make([]float64, len(l.input))
	for i, row := range l.W {
		delta := output[i] * l.F.Slope(l.z[i]) // δ of this output
		db[i] = delta
		for j, w := range row {
			dw[i][j] = delta * l.input[j]
			input[j] += w * delta
		}
	}
	return dw, db, input
}
