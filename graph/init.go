package graph

import (
	"math"
	"math/rand/v2"
)

// Fan is the number of inputs and outputs of one unit of a layer. The fan-in of a convolution
// is kernel height x kernel width x input channels per group; that of a dense layer is the
// number of its inputs.
type Fan struct {
	In, Out int
}

// Initializer writes the initial values of a parameter. Its only source of randomness is r.
type Initializer func(values []float64, fan Fan, r *rand.Rand)

// GlorotUniform draws from the uniform distribution on [-a, a] with
// a = sqrt(6/(in+out)): Glorot and Bengio, "Understanding the difficulty of
// training deep feedforward neural networks", AISTATS 2010.
func GlorotUniform(values []float64, fan Fan, r *rand.Rand) {
	uniform(values, math.Sqrt(6/float64(fan.In+fan.Out)), r)
}

// GlorotNormal draws from the normal distribution with mean 0 and standard
// deviation sqrt(2/(in+out)): Glorot and Bengio, AISTATS 2010.
func GlorotNormal(values []float64, fan Fan, r *rand.Rand) {
	normal(values, math.Sqrt(2/float64(fan.In+fan.Out)), r)
}

// HeUniform draws from the uniform distribution on [-a, a] with a = sqrt(6/in):
// He et al., "Delving deep into rectifiers", ICCV 2015. It is the default of
// the weights of convolutions and dense layers.
func HeUniform(values []float64, fan Fan, r *rand.Rand) {
	uniform(values, math.Sqrt(6/float64(fan.In)), r)
}

// HeNormal draws from the normal distribution with mean 0 and standard deviation
// sqrt(2/in): He et al., ICCV 2015.
func HeNormal(values []float64, fan Fan, r *rand.Rand) {
	normal(values, math.Sqrt(2/float64(fan.In)), r)
}

// Zeros sets every value to 0, the default of biases.
func Zeros(values []float64, _ Fan, _ *rand.Rand) { clear(values) }

// Ones sets every value to 1.
func Ones(values []float64, _ Fan, _ *rand.Rand) {
	for i := range values {
		values[i] = 1
	}
}

func uniform(values []float64, bound float64, r *rand.Rand) {
	for i := range values {
		values[i] = (2*r.Float64() - 1) * bound
	}
}

func normal(values []float64, deviation float64, r *rand.Rand) {
	for i := range values {
		values[i] = r.NormFloat64() * deviation
	}
}
