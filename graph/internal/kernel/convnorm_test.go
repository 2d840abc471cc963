package kernel

import (
	"fmt"
	"slices"
	"testing"
)

// convNormResult holds what a convolution with a batch normalization computes.
type convNormResult struct {
	raw, out, mean, variance          []float64
	dx, dweight, dbias, dgamma, dbeta []float64
}

// convNormTrial is a convolution with a batch normalization, and its operands.
type convNormTrial struct {
	s                            ConvShape
	f                            Fusion // ReLU comes after the normalization
	images                       int
	x, weight, bias, gamma, beta []float32
	dout                         []float32
}

const convNormEpsilon = 1e-3

func newConvNormTrial(seed uint64, s ConvShape, f Fusion) *convNormTrial {
	r := newRand(seed)
	n := s.outputLen()
	if f.Pool != nil {
		n = f.Pool.outputLen()
	}
	return &convNormTrial{s: s, f: f, images: s.N - int(seed)%2*(s.N/3),
		x: sparse[float32](r, s.inputLen(), 0.3), weight: normal[float32](r, s.weightLen()), bias: normal[float32](r, s.K),
		gamma: normal[float32](r, s.K), beta: normal[float32](r, s.K), dout: normal[float32](r, n)}
}

// run computes the trial with a ConvNorm, or returns nil if there is none.
func (c *convNormTrial) run(t *testing.T, workers int) *convNormResult {
	t.Helper()
	k, err := NewConvNorm[float32](c.s, c.f, convNormEpsilon, NewWorkers(workers))
	must(t, err)
	if k == nil {
		return nil
	}
	raw, out := poison[float32](len(c.dout)), poison[float32](len(c.dout))
	g := ConvNormGrads[float32]{X: poison[float32](len(c.x)), Weight: poison[float32](len(c.weight)), Bias: poison[float32](c.s.K),
		Gamma: poison[float32](c.s.K), Beta: poison[float32](c.s.K)}
	must(t, k.Forward(out, raw, c.x, c.weight, c.bias, c.gamma, c.beta, c.images))
	must(t, k.Backward(g, c.dout, raw, c.x, c.weight, c.gamma, c.images))
	return &convNormResult{to[float64](raw), to[float64](out), to[float64](k.Mean()), to[float64](k.Var()),
		to[float64](g.X), to[float64](g.Weight), to[float64](g.Bias), to[float64](g.Gamma), to[float64](g.Beta)}
}

// reference computes the trial with one kernel after the other in float64. The ReLU lets the values
// through that are positive in out, because near 0 the signs of float32 and float64 differ.
func (c *convNormTrial) reference(t *testing.T, out []float64) *convNormResult {
	t.Helper()
	s := c.s
	conv, err := NewConv[float64](s, Fusion{}, nil)
	must(t, err)
	r := &convNormResult{dx: make([]float64, len(c.x)), dweight: make([]float64, len(c.weight)), dbias: make([]float64, s.K),
		dgamma: make([]float64, s.K), dbeta: make([]float64, s.K)}
	y := make([]float64, s.outputLen())
	must(t, conv.Forward(y, to[float64](c.x), to[float64](c.weight), to[float64](c.bias)))
	r.raw = y
	var pool *MaxPool[float64]
	if c.f.Pool != nil {
		pool, err = NewMaxPool[float64](*c.f.Pool, nil)
		must(t, err)
		r.raw = make([]float64, len(c.dout))
		must(t, pool.Forward(r.raw, y))
	}
	rows := len(c.dout) / s.K
	norm, err := NewBatchNorm[float64](rows, s.K, convNormEpsilon, nil)
	must(t, err)
	active := rows / s.N * c.images
	r.out = make([]float64, len(c.dout))
	must(t, norm.Forward(r.out, r.raw, to[float64](c.gamma), to[float64](c.beta), active, false))
	r.mean, r.variance = norm.Mean(), norm.Var()
	draw, dout := make([]float64, len(c.dout)), to[float64](c.dout)
	if c.f.ReLU {
		must(t, Activate(nil, ReLU, 0, r.out, r.out))
		must(t, ActivateGrad(nil, ReLU, 0, dout, dout, nil, out))
	}
	must(t, norm.Backward(draw, r.dgamma, r.dbeta, dout, r.raw, to[float64](c.gamma), active))
	if pool != nil {
		dy := make([]float64, s.outputLen())
		must(t, pool.Backward(dy, draw))
		draw = dy
	}
	must(t, conv.Backward(r.dx, r.dweight, r.dbias, draw, nil, to[float64](c.x), to[float64](c.weight)))
	return r
}

// A ConvNorm agrees with its kernels one after the other in float64, and gives the same bits for any
// number of workers.
func TestConvNormIsItsChain(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		ran := 0
		for i, q := range fusedCases() {
			c := newConvNormTrial(uint64(i), q.conv, q.f)
			got := c.run(t, 1)
			if got == nil {
				continue
			}
			ran++
			want := c.reference(t, got.out)
			name := fmt.Sprintf("%s %+v, %d active images: ", c.s.testName(), c.f, c.images)
			mustClose(t, name+"raw", got.raw, want.raw, 5e-4)
			mustClose(t, name+"out", got.out, want.out, 5e-4)
			mustClose(t, name+"mean", got.mean, want.mean, 1e-4)
			mustClose(t, name+"variance", got.variance, want.variance, 1e-4)
			mustClose(t, name+"dx", got.dx, want.dx, 1e-3)
			mustClose(t, name+"dweight", got.dweight, want.dweight, 1e-3)
			mustClose(t, name+"dbias", got.dbias, want.dbias, 1e-3)
			mustClose(t, name+"dgamma", got.dgamma, want.dgamma, 1e-3)
			mustClose(t, name+"dbeta", got.dbeta, want.dbeta, 1e-3)
			inactive := got.dx[c.images*len(got.dx)/c.s.N:]
			mustClose(t, name+"dx of inactive images", inactive, make([]float64, len(inactive)), 0)
			if ran%3 > 0 {
				continue // enough are compared
			}
			for _, n := range workerCounts[1:] {
				other := c.run(t, n)
				mustSameBits(t, name+"out", other.out, got.out)
				mustSameBits(t, name+"dx", other.dx, got.dx)
				mustSameBits(t, name+"dweight", other.dweight, got.dweight)
				mustSameBits(t, name+"dgamma", other.dgamma, got.dgamma)
			}
		}
		t.Logf("%d cases", ran)
	})
}

// The gradients of a ConvNorm with ReLU are bit-identical to those of one without, given the
// gradient with respect to its output where the output is positive, and 0 elsewhere.
func TestConvNormMask(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		for i, q := range fusedCases() {
			c := newConvNormTrial(uint64(i), q.conv, q.f)
			if !c.f.ReLU {
				continue
			}
			for j := 0; j < c.s.K; j += 5 { // outputs of 0
				c.gamma[j], c.beta[j] = 0, 0
			}
			got := c.run(t, 1)
			if got == nil {
				continue
			}
			plain := *c
			plain.f.ReLU = false
			plain.dout = make([]float32, len(c.dout))
			for i, v := range got.out {
				if v > 0 {
					plain.dout[i] = c.dout[i]
				}
			}
			want := plain.run(t, 1)
			name := fmt.Sprintf("%s %+v, %d active images: ", c.s.testName(), c.f, c.images)
			mustClose(t, name+"dx", got.dx, want.dx, 0)
			mustClose(t, name+"dweight", got.dweight, want.dweight, 0)
			mustClose(t, name+"dbias", got.dbias, want.dbias, 0)
			mustClose(t, name+"dgamma", got.dgamma, want.dgamma, 0)
			mustClose(t, name+"dbeta", got.dbeta, want.dbeta, 0)
		}
	})
}

// The gradients have the same bits whether that of the bias is wanted, which needs the gradient
// with respect to the convolution's output in one piece, or is not, when Winograd's algorithm reads it from padded images.
func TestConvNormWithoutBiasGradient(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		for i, size := range []int{5, 7, 10, 13, 14, 15, 28} {
			for relu := range 2 {
				s := ConvShape{Window: square(size, 16, 3, 1), K: 16 * (1 + i%2), Groups: 1}
				s.N = 40
				s.W += i % 3
				s.PadTop, s.PadRight = i%3, (i+relu)%3
				c := newConvNormTrial(uint64(2*i+relu), s, Fusion{ReLU: relu == 1, Winograd: true})
				k, err := NewConvNorm[float32](s, c.f, convNormEpsilon, nil)
				must(t, err)
				if k == nil {
					t.Skip("no kernel without assembly")
				}
				raw, out := poison[float32](len(c.dout)), poison[float32](len(c.dout))
				must(t, k.Forward(out, raw, c.x, c.weight, nil, c.gamma, c.beta, c.images))
				run := func(bias []float32) (dx, dweight []float32) {
					g := ConvNormGrads[float32]{X: poison[float32](len(c.x)), Weight: poison[float32](len(c.weight)), Bias: bias}
					must(t, k.Backward(g, c.dout, raw, c.x, c.weight, c.gamma, c.images))
					return g.X, g.Weight
				}
				dx, dweight := run(nil)
				wantX, wantWeight := run(make([]float32, s.K))
				name := fmt.Sprintf("%s %+v, %d active images: ", s.testName(), c.f, c.images)
				if !slices.Equal(dx, wantX) || !slices.Equal(dweight, wantWeight) {
					t.Errorf("%sdx or dweight differ without the gradient of the bias", name)
				}
			}
		}
	})
}

func TestConvNormRefuses(t *testing.T) {
	s := ConvShape{Window: square(8, 16, 3, 1), K: 16, Groups: 1}
	s.N = 2
	none, err := NewConvNorm[float64](s, Fusion{}, 1e-3, nil)
	must(t, err)
	if none != nil {
		t.Error("there is a kernel for float64")
	}
	onEachPath(t, func(t *testing.T) {
		k, err := NewConvNorm[float32](s, Fusion{}, 1e-3, nil)
		must(t, err)
		if k == nil {
			t.Skip("no kernel without assembly")
		}
		_, err = NewConvNorm[float32](s, Fusion{}, 0, nil)
		mustFail(t, err, "epsilon 0")
		f := func(n int) []float32 { return make([]float32, n) }
		y, x, w, c := f(2*36*16), f(2*64*16), f(9*256), f(16)
		mustFail(t, k.Backward(ConvNormGrads[float32]{}, y, y, x, w, c, 2), "before Forward")
		mustFail(t, k.Forward(y, y[1:], x, w, nil, c, c, 2), "raw has 1151", "expected 1152")
		mustFail(t, k.Forward(y, f(len(y)), x, w, nil, c[1:], c, 2), "gamma has 15", "expected 16")
		mustFail(t, k.Forward(y, f(len(y)), x, w, nil, c, c, 3), "3 active images", "1 to 2")
		must(t, k.Forward(y, f(len(y)), x, w, nil, c, c, 2))
		mustFail(t, k.Backward(ConvNormGrads[float32]{X: c}, y, y, x, w, c, 2), "dx has 16")
	})
}

func TestConvNormDoesNotAllocate(t *testing.T) {
	s := ConvShape{Window: square(12, 16, 3, 1), K: 16, Groups: 1}
	c := newConvNormTrial(1, s, Fusion{ReLU: true, Winograd: true})
	k, err := NewConvNorm[float32](s, c.f, convNormEpsilon, nil)
	must(t, err)
	if k == nil {
		t.Skip("no kernel without assembly")
	}
	out, raw := make([]float32, len(c.dout)), make([]float32, len(c.dout))
	g := ConvNormGrads[float32]{X: make([]float32, len(c.x)), Weight: make([]float32, len(c.weight)), Gamma: make([]float32, s.K), Beta: make([]float32, s.K)}
	mustNotAllocate(t, "Forward", func() error { return k.Forward(out, raw, c.x, c.weight, nil, c.gamma, c.beta, 1) })
	mustNotAllocate(t, "Backward", func() error { return k.Backward(g, c.dout, raw, c.x, c.weight, c.gamma, 1) })
}
