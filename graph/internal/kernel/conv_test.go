package kernel

import (
	"fmt"
	"testing"
)

// naiveConv computes Conv and its gradients by the formula, one product at a time.
type naiveConv struct{ ConvShape }

// each calls f with the indices of every product of y, x and weight.
func (s naiveConv) each(f func(y, x, w, k int)) {
	cg, kg := s.C/s.Groups, s.K/s.Groups
	for n := range s.N {
		for oy := range s.OutH() {
			for ox := range s.OutW() {
				for k := range s.K {
					for ky := range s.KH {
						for kx := range s.KW {
							for c := range cg {
								iy := oy*s.StrideH + ky*s.DilationH - s.PadTop
								ix := ox*s.StrideW + kx*s.DilationW - s.PadLeft
								if iy < 0 || iy >= s.H || ix < 0 || ix >= s.W {
									continue
								}
								f(((n*s.OutH()+oy)*s.OutW()+ox)*s.K+k,
									((n*s.H+iy)*s.W+ix)*s.C+k/kg*cg+c,
									((ky*s.KW+kx)*cg+c)*s.K+k, k)
							}
						}
					}
				}
			}
		}
	}
}

func (s naiveConv) forward(x, weight, bias []float64) []float64 {
	y := make([]float64, s.outputLen())
	for i := range y {
		if bias != nil {
			y[i] = bias[i%s.K]
		}
	}
	s.each(func(yi, xi, wi, _ int) { y[yi] += x[xi] * weight[wi] })
	return y
}

func (s naiveConv) backward(dy, x, weight []float64) (dx, dweight, dbias []float64) {
	dx, dweight = make([]float64, s.inputLen()), make([]float64, s.weightLen())
	dbias = make([]float64, s.K)
	s.each(func(yi, xi, wi, _ int) {
		dx[xi] += dy[yi] * weight[wi]
		dweight[wi] += dy[yi] * x[xi]
	})
	for i, v := range dy {
		dbias[i%s.K] += v
	}
	return dx, dweight, dbias
}

// convShapes combines the test windows with output channels and groups.
func convShapes() []ConvShape {
	var shapes []ConvShape
	for _, w := range windows {
		for _, k := range []int{1, 5, 12} {
			for _, g := range []int{1, 2, 3, 6} {
				if s := (ConvShape{w, k, g}); s.Check() == nil {
					shapes = append(shapes, s)
				}
			}
		}
	}
	// Padding wider than the kernel is allowed, and depthwise convolution.
	wide := Window{N: 2, H: 3, W: 4, C: 9, KH: 2, KW: 2, StrideH: 2, StrideW: 3, PadTop: 3, PadLeft: 4, PadBottom: 2, PadRight: 5, DilationH: 1, DilationW: 1}
	return append(shapes, ConvShape{wide, 9, 1}, ConvShape{wide, 18, 9})
}

func testConv[T Float](t *testing.T, s ConvShape, zeros, tol float64) {
	r := newRand(2)
	x, weight, bias := sparse[T](r, s.inputLen(), zeros), normal[T](r, s.weightLen()), normal[T](r, s.K)
	dy := sparse[T](r, s.outputLen(), zeros)
	y, dx, dweight, dbias := poison[T](s.outputLen()), poison[T](len(x)), poison[T](len(weight)), poison[T](s.K)

	conv, err := NewConv[T](s, Fusion{}, NewWorkers(2))
	must(t, err)
	x64, weight64, dy64 := to[float64](x), to[float64](weight), to[float64](dy)
	must(t, conv.Forward(y, x, weight, nil))
	mustClose(t, "y without bias", y, naiveConv{s}.forward(x64, weight64, nil), tol)
	must(t, conv.Forward(y, x, weight, bias))
	mustClose(t, "y", y, naiveConv{s}.forward(x64, weight64, to[float64](bias)), tol)

	must(t, conv.Backward(dx, dweight, dbias, dy, nil, x, weight))
	wantX, wantWeight, wantBias := naiveConv{s}.backward(dy64, x64, weight64)
	mustClose(t, "dx", dx, wantX, tol)
	mustClose(t, "dweight", dweight, wantWeight, tol)
	mustClose(t, "dbias", dbias, wantBias, tol)

	// Computing one gradient at a time gives the same as all in one call.
	for _, p := range [][]T{dx, dweight, dbias} {
		copy(p, poison[T](len(p)))
	}
	must(t, conv.Backward(dx, nil, nil, dy, nil, nil, weight))
	must(t, conv.Backward(nil, dweight, nil, dy, nil, x, nil))
	must(t, conv.Backward(nil, nil, dbias, dy, nil, nil, nil))
	mustClose(t, "dx alone", dx, wantX, tol)
	mustClose(t, "dweight alone", dweight, wantWeight, tol)
	mustClose(t, "dbias alone", dbias, wantBias, tol)
}

func TestConvMatchesNaive(t *testing.T) {
	for _, s := range convShapes() {
		t.Run(fmt.Sprintf("%s_K%d_g%d", s.testName(), s.K, s.Groups), func(t *testing.T) {
			testConv[float64](t, s, 0, 1e-12)
			testConv[float64](t, s, 0.7, 1e-12)
			testConv[float32](t, s, 0.5, 1e-4) // up to a few hundred terms of size 1, 6e-8 each
		})
	}
}

func TestConvByHand(t *testing.T) {
	// A 2x3 image of one channel, a 2x2 kernel with two output channels:
	//	x = 1 2 3   w₀ = 1 2   w₁ = 0 1
	//	    4 5 6        3 4        1 0
	s := ConvShape{Window{N: 1, H: 2, W: 3, C: 1, KH: 2, KW: 2, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}, 2, 1}
	x := []float64{1, 2, 3, 4, 5, 6}
	weight := []float64{1, 0, 2, 1, 3, 1, 4, 0}
	conv, err := NewConv[float64](s, Fusion{}, nil)
	must(t, err)
	y := make([]float64, 4)
	must(t, conv.Forward(y, x, weight, []float64{10, -1}))
	// 1+4+12+20 = 37, 2+6+15+24 = 47; 2+4 = 6, 3+5 = 8; then the biases.
	mustClose(t, "y", y, []float64{47, 5, 57, 7}, 0)

	dx, dweight, dbias := make([]float64, 6), make([]float64, 8), make([]float64, 2)
	must(t, conv.Backward(dx, dweight, dbias, []float64{1, 0, 0, 2}, nil, x, weight))
	// Output (0,0) sends w₀ to the left square, output (0,1) sends 2·w₁ to the right one.
	mustClose(t, "dx", dx, []float64{1, 2 + 0, 2, 3, 4 + 2, 0}, 0)
	mustClose(t, "dweight", dweight, []float64{1, 4, 2, 6, 4, 10, 5, 12}, 0)
	mustClose(t, "dbias", dbias, []float64{1, 2}, 0)
}

func TestConvGradient(t *testing.T) {
	for _, s := range []ConvShape{
		{Window{N: 2, H: 5, W: 4, C: 2, KH: 3, KW: 2, StrideH: 2, StrideW: 1, PadTop: 1, PadRight: 1, DilationH: 1, DilationW: 2}, 4, 2},
		{Window{N: 1, H: 4, W: 5, C: 3, KH: 2, KW: 3, StrideH: 1, StrideW: 2, PadBottom: 1, PadLeft: 2, DilationH: 1, DilationW: 1}, 2, 1},
	} {
		r := newRand(3)
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

func TestConvSameBitsForAnyWorkers(t *testing.T) {
	s := ConvShape{Window{N: 19, H: 9, W: 7, C: 6, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadTop: 1, PadLeft: 1, DilationH: 1, DilationW: 1}, 10, 2}
	r := newRand(4)
	x, weight, bias := normal[float32](r, s.inputLen()), normal[float32](r, s.weightLen()), normal[float32](r, s.K)
	dy := sparse[float32](r, s.outputLen(), 0.5)
	var want [4][]float32
	for _, n := range workerCounts {
		conv, err := NewConv[float32](s, Fusion{}, NewWorkers(n))
		must(t, err)
		got := [4][]float32{poison[float32](len(dy)), poison[float32](len(x)), poison[float32](len(weight)), poison[float32](s.K)}
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

func TestConvLengthErrors(t *testing.T) {
	s := ConvShape{plain, 4, 1}
	conv, err := NewConv[float32](s, Fusion{}, nil)
	must(t, err)
	if conv.OutputLen() != s.outputLen() {
		t.Errorf("OutputLen() = %d, want %d", conv.OutputLen(), s.outputLen())
	}
	make32 := func(n int) []float32 { return make([]float32, n) }
	y, x, weight, bias := make32(s.outputLen()), make32(s.inputLen()), make32(s.weightLen()), make32(s.K)
	mustFail(t, conv.Forward(y[1:], x, weight, bias), "conv: y has 191 elements, expected 192")
	mustFail(t, conv.Forward(y, x[1:], weight, bias), "x has 287", "288")
	mustFail(t, conv.Forward(y, x, weight[1:], bias), "weight has 107", "108")
	mustFail(t, conv.Forward(y, x, weight, bias[1:]), "bias has 3", "4")
	mustFail(t, conv.Forward(y, nil, weight, bias), "x has 0")
	mustFail(t, conv.Backward(x, weight, bias, y[1:], nil, x, weight), "dy has 191")
	mustFail(t, conv.Backward(x[1:], weight, bias, y, nil, x, weight), "dx has 287")
	mustFail(t, conv.Backward(x, weight[1:], bias, y, nil, x, weight), "dweight has 107")
	mustFail(t, conv.Backward(x, weight, bias[1:], y, nil, x, weight), "dbias has 3")
	mustFail(t, conv.Backward(nil, weight, nil, y, nil, nil, weight), "x has 0")
	mustFail(t, conv.Backward(x, nil, nil, y, nil, x, nil), "weight has 0")
}

func TestConvDoesNotAllocate(t *testing.T) {
	s := ConvShape{plain, 4, 1}
	conv, err := NewConv[float32](s, Fusion{}, NewWorkers(1))
	must(t, err)
	make32 := func(n int) []float32 { return make([]float32, n) }
	y, x, weight, bias := make32(s.outputLen()), make32(s.inputLen()), make32(s.weightLen()), make32(s.K)
	dx, dweight := make32(len(x)), make32(len(weight))
	mustNotAllocate(t, "Forward", func() error { return conv.Forward(y, x, weight, bias) })
	mustNotAllocate(t, "Backward", func() error { return conv.Backward(dx, dweight, bias, y, nil, x, weight) })
}
