package kernel

import (
	"fmt"
	"testing"
)

// InferenceConv computes what a convolution, a sum and the operations of its Fusion compute one
// after the other, again after its weights have changed.
func TestInferenceConvIsItsChain(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		for i, q := range fusedCases() {
			testInferenceConv[float32](t, uint64(i), q.conv, q.f, 2e-4)
			testInferenceConv[float64](t, uint64(i), q.conv, q.f, 1e-12)
		}
	})
}

func testInferenceConv[T Float](t *testing.T, seed uint64, s ConvShape, f Fusion, tol float64) {
	t.Helper()
	for _, sum := range []bool{false, true} {
		if sum && f.Pool != nil {
			continue
		}
		r := newRand(seed)
		name := fmt.Sprintf("%s %+v sum %v ", s.testName(), f, sum)
		k, err := NewInferenceConv[T](s, f, sum, NewWorkers(1+int(seed%3)))
		must(t, err)
		fused, err := NewConv[float64](s, f, nil)
		must(t, err)
		out := poison[T](fused.OutputLen())
		for range 2 {
			x, w, bias := normal[T](r, s.inputLen()), normal[T](r, s.weightLen()), normal[T](r, s.K)
			var add []T
			want := make([]float64, fused.OutputLen())
			if sum {
				add = normal[T](r, s.outputLen())
				plain, err := NewConv[float64](s, Fusion{}, nil)
				must(t, err)
				must(t, plain.Forward(want, to[float64](x), to[float64](w), to[float64](bias)))
				must(t, Add(nil, want, f.ReLU, want, to[float64](add)))
			} else {
				must(t, fused.Forward(want, to[float64](x), to[float64](w), to[float64](bias)))
			}
			must(t, k.SetWeights(w, bias))
			if k.Prepares() {
				clear(w) // the kernel has transformed them
			}
			must(t, k.Forward(out, x, add))
			mustClose(t, name+"out", out, want, tol)
		}
	}
}

func TestInferenceErrors(t *testing.T) {
	s := ConvShape{Window: Window{N: 2, H: 6, W: 5, C: 3, KH: 3, KW: 3, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}, K: 4, Groups: 1}
	k, err := NewInferenceConv[float32](s, Fusion{}, true, nil)
	must(t, err)
	f := func(n int) []float32 { return make([]float32, n) }
	out, x, w := f(s.outputLen()), f(s.inputLen()), f(s.weightLen())
	mustFail(t, k.Forward(out, x, out), "before SetWeights")
	mustFail(t, k.SetWeights(w[1:], f(4)), "weight has")
	mustFail(t, k.SetWeights(w, f(3)), "bias has")
	must(t, k.SetWeights(w, f(4)))
	mustFail(t, k.Forward(out[1:], x, out), "y has")
	mustFail(t, k.Forward(out, x[1:], out), "x has")
	mustFail(t, k.Forward(out, x, nil), "add has")
	k, err = NewInferenceConv[float32](s, Fusion{}, false, nil)
	must(t, err)
	must(t, k.SetWeights(w, f(4)))
	mustFail(t, k.Forward(out, x, out), "add given")
	pool := Window{N: 2, H: s.OutH(), W: s.OutW(), C: 4, KH: 2, KW: 2, StrideH: 2, StrideW: 2, DilationH: 1, DilationW: 1}
	_, err = NewInferenceConv[float32](s, Fusion{Pool: &pool}, true, nil)
	mustFail(t, err, "a sum before a pooling")

	d, err := NewInferenceDense[float32](2, 3, 4, true, nil)
	must(t, err)
	mustFail(t, d.Forward(f(8), f(6), nil), "before SetWeights")
	mustFail(t, d.SetWeights(f(11), f(4)), "weight has")
	must(t, d.SetWeights(f(12), f(4)))
	mustFail(t, d.Forward(f(8), f(6), f(8)), "add given")
	must(t, d.Forward(f(8), f(6), nil))
}
