package code

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > within {
		t.Errorf("%s: %.10g, want %.10g", what, got, want)
	}
}

func random(r *rand.Rand, rows, columns int) Matrix {
	m := NewMatrix(rows, columns)
	for i := range m {
		for j := range m[i] {
			m[i][j] = r.NormFloat64()
		}
	}
	return m
}

// pointers returns the addresses of the elements.
func pointers(m Matrix) []*float64 {
	var all []*float64
	for i := range m {
		for j := range m[i] {
			all = append(all, &m[i][j])
		}
	}
	return all
}

// weighted returns the sum of m times weights, element by element, a loss whose gradient is weights.
func weighted(m, weights Matrix) float64 {
	var sum float64
	for i := range m {
		for j := range m[i] {
			sum += m[i][j] * weights[i][j]
		}
	}
	return sum
}

// The backward passes agree with central differences, over odd shapes and strides.
func TestBackward(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	compare := func(what string, analytic Matrix, numeric []float64) {
		t.Helper()
		for i, v := range analytic.Flatten() {
			near(t, what, v, numeric[i], 1e-7)
		}
	}
	for _, size := range []struct{ rows, columns, kernel, stride int }{{5, 6, 3, 1}, {7, 5, 2, 2}, {8, 9, 3, 2}, {3, 3, 3, 1}} {
		x, w := random(r, size.rows, size.columns), random(r, size.kernel, size.kernel)
		dy := random(r, (size.rows-size.kernel)/size.stride+1, (size.columns-size.kernel)/size.stride+1)
		dx, dw := ConvBackward(x, w, dy, size.stride)
		loss := func() float64 { return weighted(Conv(x, w, size.stride), dy) }
		compare("convolution, image", dx, ByDifferences(loss, pointers(x), 1e-5))
		compare("convolution, kernel", dw, ByDifferences(loss, pointers(w), 1e-5))
		loss = func() float64 { return weighted(MaxPool(x, size.kernel, size.stride), dy) }
		compare("max-pooling", MaxPoolBackward(x, dy, size.kernel, size.stride), ByDifferences(loss, pointers(x), 1e-5))
		loss = func() float64 { return weighted(AvgPool(x, size.kernel, size.stride), dy) }
		compare("average pooling", AvgPoolBackward(x, dy, size.kernel, size.stride), ByDifferences(loss, pointers(x), 1e-5))
	}
}

// A dense layer and the cross-entropy agree with central differences, for each activation.
func TestDense(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 0))
	for _, f := range []Activation{Identity, ReLU, Tanh} {
		l := Layer{W: random(r, 3, 5), B: random(r, 1, 3)[0], F: f}
		x := random(r, 1, 5)
		loss := func() float64 { return CrossEntropy(Softmax(l.Forward(x[0])), 1) }
		dw, db, dx := l.Backward(CrossEntropyGradient(l.Forward(x[0]), 1))
		for i, v := range ByDifferences(loss, pointers(l.W), 1e-5) {
			near(t, "weight", dw.Flatten()[i], v, 1e-7)
		}
		for i, v := range ByDifferences(loss, pointers(Matrix{l.B}), 1e-5) {
			near(t, "bias", db[i], v, 1e-7)
		}
		for i, v := range ByDifferences(loss, pointers(x), 1e-5) {
			near(t, "input", dx[i], v, 1e-7)
		}
	}
}

// The gradient of the small network is the same in three ways.
func TestThreeWays(t *testing.T) {
	s, x := NewSmall(), SmallImage()
	byGraph, err := s.ByGraph(x, 2)
	if err != nil {
		t.Fatal(err)
	}
	byHand := s.ByHand(x, 2).Parameters()
	differences := ByDifferences(func() float64 { return s.Loss(x, 2) }, s.Parameters(), 1e-5)
	if len(byGraph) != 25 || len(byHand) != 25 {
		t.Fatalf("%d and %d gradients, want 25", len(byGraph), len(byHand))
	}
	for i := range byGraph {
		near(t, "graph", byGraph[i], *byHand[i], 1e-12)
		near(t, "differences", differences[i], *byHand[i], 1e-8)
	}
}

// The numbers of the loss that the tutorial states.
func TestLoss(t *testing.T) {
	y := Softmax([]float64{1, 2, 3})
	for i, want := range []float64{0.09003057, 0.24472847, 0.66524096} {
		near(t, "softmax", y[i], want, 1e-8)
	}
	near(t, "cross-entropy", CrossEntropy([]float64{0.2, 0.3, 0.5}, 2), math.Ln2, 1e-12)
	near(t, "large logits", Softmax([]float64{1000, 1000})[0], 0.5, 0)
	w := []float64{3, -4}
	near(t, "L2", L2(w, 0.1), 1.25, 1e-12)
	near(t, "L2 gradient", L2Gradient(w, 0.1)[1], -0.4, 1e-12)
}

// Without momentum, a step with an L2 penalty is a step with weight decay; for Adam it is not.
func TestDecayOfSGD(t *testing.T) {
	const rate, strength = 0.1, 0.3
	gradient := []float64{0.5, -2}
	penalized, decayed := []float64{1, -3}, []float64{1, -3}
	for range 3 {
		d := L2Gradient(penalized, strength)
		SGD(penalized, []float64{gradient[0] + d[0], gradient[1] + d[1]}, rate)
		Decay(decayed, rate, strength)
		SGD(decayed, gradient, rate)
	}
	for i := range penalized {
		near(t, "weight", penalized[i], decayed[i], 1e-12)
	}
	w := []float64{1}
	a := Adam{Rate: 0.01}
	a.Step(w, []float64{1000})
	near(t, "first step of Adam", w[0], 0.99, 1e-8)
}
