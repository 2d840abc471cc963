package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// randomDepthwise returns a valid depthwise shape: odd sizes, any stride, dilation and
// padding, one to four outputs a channel.
func randomDepthwise(r *rand.Rand) ConvShape {
	for {
		c := 1 + r.IntN(40)
		s := ConvShape{Window{
			N: 1 + r.IntN(3), H: 1 + r.IntN(12), W: 1 + r.IntN(12), C: c,
			KH: 1 + r.IntN(5), KW: 1 + r.IntN(5), StrideH: 1, StrideW: 1,
			DilationH: 1 + r.IntN(3), DilationW: 1 + r.IntN(3),
		}, c * (1 + r.IntN(maxMultiplier)), c}
		if r.IntN(2) == 0 {
			s.StrideH, s.StrideW = 1+r.IntN(4), 1+r.IntN(4)
		}
		if r.IntN(3) > 0 {
			s.PadTop, s.PadBottom, s.PadLeft, s.PadRight = r.IntN(4), r.IntN(4), r.IntN(4), r.IntN(4)
		}
		if s.Check() == nil && s.depthwise() {
			return s
		}
	}
}

func TestDepthwiseMatchesNaive(t *testing.T) {
	r := newRand(5)
	shapes := make([]ConvShape, 80)
	for i := range shapes {
		shapes[i] = randomDepthwise(r)
	}
	onEachPath(t, func(t *testing.T) {
		for _, s := range shapes {
			t.Run(fmt.Sprintf("%s_K%d", s.testName(), s.K), func(t *testing.T) {
				testConv[float64](t, s, 0.3, 1e-12)
				testConv[float32](t, s, 0.3, 1e-4) // up to a few hundred terms of size 1, 6e-8 each
			})
		}
	})
}

func TestDepthwiseByHand(t *testing.T) {
	// Two channels of a row of three pixels, a window of two with stride 2 and a padding of one before the row:
	//	x = 1 2 3   w = 2 3     y₀ = 0·2+1·3, 2·2+3·3
	//	    4 5 6       10 -1   y₁ = 0·10-4, 5·10-6
	s := ConvShape{Window{N: 1, H: 1, W: 3, C: 2, KH: 1, KW: 2, StrideH: 1, StrideW: 2, PadLeft: 1, DilationH: 1, DilationW: 1}, 2, 2}
	conv, err := NewConv[float64](s, Fusion{}, nil)
	must(t, err)
	x, weight := []float64{1, 4, 2, 5, 3, 6}, []float64{2, 10, 3, -1}
	y := poison[float64](4)
	must(t, conv.Forward(y, x, weight, []float64{100, 0}))
	mustClose(t, "y", y, []float64{103, -4, 113, 44}, 0)

	dx, dweight, dbias := poison[float64](6), poison[float64](4), poison[float64](2)
	must(t, conv.Backward(dx, dweight, dbias, []float64{1, 0, 2, -1}, nil, x, weight))
	mustClose(t, "dx", dx, []float64{3, 0, 4, -10, 6, 1}, 0)
	mustClose(t, "dweight", dweight, []float64{4, -5, 7, -6}, 0)
	mustClose(t, "dbias", dbias, []float64{3, -1}, 0)
}

func TestDepthwiseGradient(t *testing.T) {
	for _, s := range []ConvShape{
		{Window{N: 2, H: 5, W: 4, C: 3, KH: 3, KW: 2, StrideH: 2, StrideW: 1, PadTop: 1, PadRight: 1, DilationH: 1, DilationW: 2}, 3, 3},
		{Window{N: 1, H: 4, W: 7, C: 2, KH: 2, KW: 3, StrideH: 3, StrideW: 2, PadBottom: 1, PadLeft: 2, DilationH: 2, DilationW: 3}, 4, 2},
	} {
		r := newRand(6)
		x, weight, bias := normal[float64](r, s.inputLen()), normal[float64](r, s.weightLen()), normal[float64](r, s.K)
		dy := normal[float64](r, s.outputLen())
		y, dx, dweight, dbias := poison[float64](len(dy)), poison[float64](len(x)), poison[float64](len(weight)), poison[float64](s.K)
		conv, err := NewConv[float64](s, Fusion{}, nil)
		must(t, err)
		must(t, conv.Backward(dx, dweight, dbias, dy, nil, x, weight))
		loss := func() float64 {
			must(t, conv.Forward(y, x, weight, bias))
			return dot(y, dy)
		}
		mustMatchGradient(t, "dx", dx, x, loss)
		mustMatchGradient(t, "dweight", dweight, weight, loss)
		mustMatchGradient(t, "dbias", dbias, bias, loss)
	}
}

// depthwiseShape has more images than shards, and two outputs a channel.
var depthwiseShape = ConvShape{Window{N: 19, H: 9, W: 7, C: 18, KH: 3, KW: 3, StrideH: 2, StrideW: 1,
	PadTop: 1, PadLeft: 1, DilationH: 1, DilationW: 1}, 36, 18}

func testDepthwiseWorkers[T Float](t *testing.T) {
	s, r := depthwiseShape, newRand(7)
	x, weight, bias := normal[T](r, s.inputLen()), normal[T](r, s.weightLen()), normal[T](r, s.K)
	dy := normal[T](r, s.outputLen())
	var want [4][]T
	for _, n := range workerCounts {
		conv, err := NewConv[T](s, Fusion{}, NewWorkers(n))
		must(t, err)
		got := [4][]T{poison[T](len(dy)), poison[T](len(x)), poison[T](len(weight)), poison[T](s.K)}
		must(t, conv.Forward(got[0], x, weight, bias))
		must(t, conv.Backward(got[1], got[2], got[3], dy, nil, x, weight))
		if n == 1 {
			want = got
		}
		for i, name := range []string{"y", "dx", "dweight", "dbias"} {
			mustSameBits(t, name, got[i], want[i])
		}
	}
}

func TestDepthwiseSameBitsForAnyWorkers(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		testDepthwiseWorkers[float32](t)
		testDepthwiseWorkers[float64](t)
	})
}

func testDepthwiseAllocations[T Float](t *testing.T) {
	s := depthwiseShape
	conv, err := NewConv[T](s, Fusion{}, nil)
	must(t, err)
	y, x, weight, bias := make([]T, s.outputLen()), make([]T, s.inputLen()), make([]T, s.weightLen()), make([]T, s.K)
	dx, dweight := make([]T, len(x)), make([]T, len(weight))
	mustNotAllocate(t, "Forward", func() error { return conv.Forward(y, x, weight, bias) })
	mustNotAllocate(t, "Backward", func() error { return conv.Backward(dx, dweight, bias, y, nil, x, weight) })
}

func TestDepthwiseDoesNotAllocate(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		testDepthwiseAllocations[float32](t)
		testDepthwiseAllocations[float64](t)
	})
}

func BenchmarkDepthwise(b *testing.B) {
	s := ConvShape{square(14, 64, 3, 1), 64, 64}
	s.N, s.PadTop, s.PadBottom, s.PadLeft, s.PadRight = 64, 1, 1, 1, 1
	b.Run("float32", func(b *testing.B) { benchDepthwise[float32](b, s) })
	b.Run("float64", func(b *testing.B) { benchDepthwise[float64](b, s) })
}

func benchDepthwise[T Float](b *testing.B, s ConvShape) {
	conv, err := NewConv[T](s, Fusion{}, nil)
	must(b, err)
	r := newRand(8)
	x, weight, dy := normal[T](r, s.inputLen()), normal[T](r, s.weightLen()), normal[T](r, s.outputLen())
	y, dx, dweight := make([]T, len(dy)), make([]T, len(x)), make([]T, len(weight))
	for _, p := range []struct {
		name string
		run  func() error
	}{
		{"forward", func() error { return conv.Forward(y, x, weight, nil) }},
		{"dx", func() error { return conv.Backward(dx, nil, nil, dy, nil, nil, weight) }},
		{"dweight", func() error { return conv.Backward(nil, dweight, nil, dy, nil, x, nil) }},
	} {
		b.Run(p.name, func(b *testing.B) {
			for b.Loop() {
				must(b, p.run())
			}
			b.ReportMetric(float64(s.FLOPs())*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
