package kernel

import (
	"fmt"
	"math"
	"math/bits"

	"inkstone/graph/internal/kernel/simd"
)

// Activation is an element-wise nonlinearity.
type Activation int

// The activations, where Φ is the normal distribution function and σ the
// logistic function.
const (
	ReLU      Activation = iota // max(x, 0)
	LeakyReLU                   // x if x > 0, else α·x
	GELU                        // x·Φ(x), exact: Hendrycks and Gimpel, https://arxiv.org/abs/1606.08415
	SiLU                        // x·σ(x)
	Tanh                        // tanh x
	Sigmoid                     // σ(x) = 1/(1+e⁻ˣ)
)

var activationNames = [...]string{"relu", "leaky-relu", "gelu", "silu", "tanh", "sigmoid"}

// String returns the activation's name in lower case.
func (a Activation) String() string {
	if a < 0 || int(a) >= len(activationNames) {
		return fmt.Sprintf("activation(%d)", int(a))
	}
	return activationNames[a]
}

func (a Activation) check() error {
	if a < ReLU || a > Sigmoid {
		return fmt.Errorf("activation: %d is unknown, expected %d to %d", int(a), int(ReLU), int(Sigmoid))
	}
	return nil
}

// Activate computes y[i] = a(x[i]); y may be x. Only LeakyReLU reads alpha, its
// slope for negative x.
func Activate[T Float](ws *Workers, a Activation, alpha T, y, x []T) error {
	if err := a.check(); err != nil {
		return err
	}
	if err := checkLen(a.String(), "y", y, len(x)); err != nil {
		return err
	}
	if ws.N() == 1 {
		activate(a, alpha, y, x)
		return nil
	}
	shards := elementShards(len(x))
	ws.Run(shards, func(s int) {
		lo, hi := shardRange(len(x), shards, s)
		activate(a, alpha, y[lo:hi], x[lo:hi])
	})
	return nil
}

func activate[T Float](a Activation, alpha T, y, x []T) {
	y = y[:len(x)]
	if hasAssembly[T]() && activate32(a, float32(alpha), as32(y), as32(x)) {
		return
	}
	switch a {
	case ReLU:
		for i, v := range x {
			y[i] = max(v, 0)
		}
	case LeakyReLU:
		for i, v := range x {
			if v <= 0 {
				v *= alpha
			}
			y[i] = v
		}
	case GELU:
		for i, v := range x {
			y[i] = T(float64(v) * normalCDF(float64(v)))
		}
	case SiLU:
		for i, v := range x {
			y[i] = T(float64(v) * logistic(float64(v)))
		}
	case Tanh:
		for i, v := range x {
			y[i] = T(math.Tanh(float64(v)))
		}
	case Sigmoid:
		for i, v := range x {
			y[i] = T(logistic(float64(v)))
		}
	}
}

// activate32 computes the activation on package simd and reports whether that has it.
func activate32(a Activation, alpha float32, y, x []float32) bool {
	var err error
	switch a {
	case ReLU:
		err = simd.ReLU(y, x)
	case LeakyReLU:
		err = simd.Leaky(y, x, x, alpha)
	case GELU:
		err = simd.GELU(y, x)
	case SiLU:
		err = simd.SiLU(y, x)
	case Tanh:
		err = simd.Tanh(y, x)
	case Sigmoid:
		err = simd.Sigmoid(y, x)
	default:
		return false
	}
	return err == nil
}

// ActivateGrad computes dx[i] = dy[i]·a'(x[i]) after y = a(x); dx may be dy.
// ReLU, Tanh and Sigmoid read y; LeakyReLU, GELU and SiLU read x; the operand
// that is not read may be nil. The derivative of ReLU at 0 is 0, that of
// LeakyReLU is alpha.
func ActivateGrad[T Float](ws *Workers, a Activation, alpha T, dx, dy, x, y []T) error {
	if err := a.check(); err != nil {
		return err
	}
	operand, name := x, "x"
	if a == ReLU || a == Tanh || a == Sigmoid {
		operand, name = y, "y"
	}
	if err := firstError(
		checkLen(a.String(), "dx", dx, len(dy)),
		checkLen(a.String(), name, operand, len(dy)),
	); err != nil {
		return err
	}
	if ws.N() == 1 {
		activateGrad(a, alpha, dx, dy, operand)
		return nil
	}
	shards := elementShards(len(dy))
	op := operand // captured by value, so that the serial path allocates nothing
	ws.Run(shards, func(s int) {
		lo, hi := shardRange(len(dy), shards, s)
		activateGrad(a, alpha, dx[lo:hi], dy[lo:hi], op[lo:hi])
	})
	return nil
}

// activateGrad reads the output for ReLU, Tanh and Sigmoid, else the input.
func activateGrad[T Float](a Activation, alpha T, dx, dy, at []T) {
	dx, at = dx[:len(dy)], at[:len(dy)]
	if hasAssembly[T]() && activateGrad32(a, float32(alpha), as32(dx), as32(dy), as32(at)) {
		return
	}
	switch a {
	case ReLU:
		reluGrad(dx, dy, at)
	case LeakyReLU:
		for i, g := range dy {
			if at[i] <= 0 {
				g *= alpha
			}
			dx[i] = g
		}
	case GELU:
		for i, g := range dy {
			v := float64(at[i])
			dx[i] = T(float64(g) * (normalCDF(v) + v*normalPDF(v)))
		}
	case SiLU:
		for i, g := range dy {
			v := float64(at[i])
			s := logistic(v)
			dx[i] = T(float64(g) * s * (1 + v*(1-s)))
		}
	case Tanh:
		for i, g := range dy {
			dx[i] = g * (1 - T(at[i]*at[i])) // the conversion keeps the compiler from fusing product and difference
		}
	case Sigmoid:
		for i, g := range dy {
			dx[i] = g * at[i] * (1 - at[i])
		}
	}
}

// activateGrad32 computes the gradient on package simd and reports whether that has it.
func activateGrad32(a Activation, alpha float32, dx, dy, at []float32) bool {
	var err error
	switch a {
	case LeakyReLU:
		err = simd.Leaky(dx, dy, at, alpha)
	case GELU:
		err = simd.GELUGrad(dx, dy, at)
	case SiLU:
		err = simd.SiLUGrad(dx, dy, at)
	case Tanh:
		err = simd.TanhGrad(dx, dy, at)
	case Sigmoid:
		err = simd.SigmoidGrad(dx, dy, at)
	default:
		return false
	}
	return err == nil
}

// The bits of +Inf. The bits of y, less 1, are below them only if y > 0: not if y is 0, negative or NaN.
const (
	infinity32 = 0xff << 23
	infinity64 = 0x7ff << 52
)

// reluGrad computes dx = dy where y > 0, else 0. It masks the bits of the gradient, because a
// processor cannot predict a branch on the sign of the output.
func reluGrad[T Float](dx, dy, y []T) {
	switch dx := any(dx).(type) {
	case []float32:
		dy, y := any(dy).([]float32), any(y).([]float32)
		dx, y = dx[:len(dy)], y[:len(dy)]
		if hasAssembly[T]() {
			_ = simd.ReLUGrad(dx, dy, y) // cannot fail: the lengths are equal
			return
		}
		for i, g := range dy {
			positive := uint32((int64(math.Float32bits(y[i])-1) - infinity32) >> 32)
			dx[i] = math.Float32frombits(math.Float32bits(g) & positive)
		}
	case []float64:
		dy, y := any(dy).([]float64), any(y).([]float64)
		dx, y = dx[:len(dy)], y[:len(dy)]
		for i, g := range dy {
			_, positive := bits.Sub64(math.Float64bits(y[i])-1, infinity64, 0)
			dx[i] = math.Float64frombits(math.Float64bits(g) & -positive)
		}
	}
}

func normalCDF(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

func normalPDF(x float64) float64 { return math.Exp(-0.5*x*x) / math.Sqrt(2*math.Pi) }

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
