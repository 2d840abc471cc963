package kernel

import (
	"math"
	"slices"
	"testing"
)

var activations = []Activation{ReLU, LeakyReLU, GELU, SiLU, Tanh, Sigmoid}

// naiveActivation is the textbook formula of each activation.
func naiveActivation(a Activation, alpha, x float64) float64 {
	switch a {
	case ReLU:
		if x > 0 {
			return x
		}
		return 0
	case LeakyReLU:
		if x > 0 {
			return x
		}
		return alpha * x
	case GELU:
		return x / 2 * (1 + math.Erf(x/math.Sqrt2))
	case SiLU:
		return x / (1 + math.Exp(-x))
	case Tanh:
		return (math.Exp(x) - math.Exp(-x)) / (math.Exp(x) + math.Exp(-x))
	case Sigmoid:
		return 1 / (1 + math.Exp(-x))
	}
	panic("unknown activation")
}

// workersSize is large enough for several shards of an element-wise kernel.
const workersSize = 2*elementShard + 37

func testActivation[T Float](t *testing.T, a Activation, tol float64) {
	r := newRand(13)
	x, dy := normal[T](r, workersSize), normal[T](r, workersSize)
	want := make([]float64, len(x))
	for i, v := range x {
		want[i] = naiveActivation(a, 0.1, float64(v))
	}
	var first, firstGrad []T
	for _, n := range workerCounts {
		ws := NewWorkers(n)
		y, dx := poison[T](len(x)), poison[T](len(x))
		must(t, Activate(ws, a, 0.1, y, x))
		must(t, ActivateGrad(ws, a, 0.1, dx, dy, x, y))
		mustClose(t, a.String(), y, want, tol)
		if n == 1 {
			first, firstGrad = y, dx
		}
		mustSameBits(t, "y", y, first)
		mustSameBits(t, "dx", dx, firstGrad)
		must(t, Activate(ws, a, 0.1, y, y[:copy(y, x)]))
		mustSameBits(t, "y in place", y, first)
		must(t, ActivateGrad(ws, a, 0.1, dx, dx[:copy(dx, dy)], x, y))
		mustSameBits(t, "dx in place", dx, firstGrad)
	}
}

func TestActivateMatchesNaive(t *testing.T) {
	for _, a := range activations {
		testActivation[float64](t, a, 1e-12)
		testActivation[float32](t, a, 1e-6)
	}
}

func TestActivateGradient(t *testing.T) {
	r := newRand(14)
	x, dy := normal[float64](r, 101), normal[float64](r, 101)
	for _, a := range activations {
		y, dx := poison[float64](len(x)), poison[float64](len(x))
		loss := func() float64 {
			must(t, Activate(nil, a, 0.2, y, x))
			return dot(y, dy)
		}
		loss()
		must(t, ActivateGrad(nil, a, 0.2, dx, dy, x, y))
		mustMatchGradient(t, a.String(), dx, x, loss)
		// ReLU of float32 has its own code.
		dx32 := poison[float32](len(x))
		must(t, ActivateGrad(nil, a, 0.2, dx32, to[float32](dy), to[float32](x), to[float32](y)))
		mustClose(t, a.String()+" float32", dx32, dx, 1e-5)
	}
}

func TestActivateByHand(t *testing.T) {
	// GELU(1) and SiLU(1) as PyTorch 2 prints them in float64.
	for _, c := range []struct {
		a                 Activation
		x, y, slope, atol float64
	}{
		{ReLU, -2, 0, 0, 0}, {ReLU, 0, 0, 0, 0}, {ReLU, 3, 3, 1, 0}, {ReLU, math.Copysign(0, -1), 0, 0, 0},
		{LeakyReLU, -2, -0.5, 0.25, 0}, {LeakyReLU, 0, 0, 0.25, 0}, {LeakyReLU, 3, 3, 1, 0},
		{GELU, 0, 0, 0.5, 0}, {GELU, 1, 0.8413447460685429, 1.0833154705876864, 1e-15},
		{SiLU, 0, 0, 0.5, 0}, {SiLU, 1, 0.7310585786300049, 0.9276705118714869, 1e-15},
		{Tanh, 0, 0, 1, 0}, {Sigmoid, 0, 0.5, 0.25, 0},
		{Sigmoid, -1000, 0, 0, 0}, {Sigmoid, 1000, 1, 0, 0}, {SiLU, -1000, 0, 0, 0}, {GELU, -1000, 0, 0, 0},
	} {
		y, dx := make([]float64, 1), make([]float64, 1)
		must(t, Activate(nil, c.a, 0.25, y, []float64{c.x}))
		must(t, ActivateGrad(nil, c.a, 0.25, dx, []float64{1}, []float64{c.x}, y))
		mustClose(t, c.a.String(), y, []float64{c.y}, c.atol)
		mustClose(t, c.a.String()+" slope", dx, []float64{c.slope}, c.atol)
	}
}

func TestReLUShowsNaN(t *testing.T) {
	y := make([]float32, 1)
	must(t, Activate(nil, ReLU, 0, y, []float32{float32(math.NaN())}))
	if y[0] == y[0] {
		t.Errorf("ReLU(NaN) = %v, want NaN", y[0])
	}
}

// The gradient of ReLU passes where the output is positive, and not at NaN of either sign.
func TestReLUGradEdges(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		testReLUGradEdges[float32](t, math.SmallestNonzeroFloat32, math.MaxFloat32)
		testReLUGradEdges[float64](t, math.SmallestNonzeroFloat64, math.MaxFloat64)
	})
}

func testReLUGradEdges[T Float](t *testing.T, least, most T) {
	t.Helper()
	nan, inf := T(math.NaN()), T(math.Inf(1))
	y := []T{nan, -nan, inf, -inf, 0, T(math.Copysign(0, -1)), least, -least, most, -most, 1, -1}
	want := []T{0, 0, 5, 0, 0, 0, 5, 0, 5, 0, 5, 0}
	dx := poison[T](len(y))
	must(t, ActivateGrad(nil, ReLU, 0, dx, slices.Repeat([]T{5}, len(y)), nil, y))
	mustClose(t, "ReLU gradient", dx, want, 0)
}

func TestActivationErrors(t *testing.T) {
	one, two := make([]float32, 1), make([]float32, 2)
	for _, a := range []Activation{-1, Sigmoid + 1} {
		mustFail(t, Activate(nil, a, 0, one, one), "activation", "unknown")
		mustFail(t, ActivateGrad(nil, a, 0, one, one, one, one), "activation", "unknown")
	}
	mustFail(t, Activate(nil, GELU, 0, one, two), "gelu: y has 1 elements, expected 2")
	mustFail(t, ActivateGrad(nil, GELU, 0, one, two, two, two), "gelu: dx has 1")
	mustFail(t, ActivateGrad(nil, GELU, 0, two, two, nil, two), "gelu: x has 0")
	mustFail(t, ActivateGrad(nil, Tanh, 0, two, two, two, nil), "tanh: y has 0")
	must(t, ActivateGrad(nil, Tanh, 0, two, two, nil, two))
	if s := Activation(9).String(); s != "activation(9)" {
		t.Errorf("String() = %q", s)
	}
}

func TestActivateDoesNotAllocate(t *testing.T) {
	x, y := make([]float32, 100), make([]float32, 100)
	for _, a := range activations {
		mustNotAllocate(t, a.String(), func() error { return Activate(nil, a, 0.1, y, x) })
		mustNotAllocate(t, a.String()+" gradient", func() error { return ActivateGrad(nil, a, 0.1, x, x, x, y) })
	}
}
