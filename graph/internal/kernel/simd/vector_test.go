package simd

import (
	"math"
	"testing"
)

func TestElementwiseAgainstReference(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 8)
		for range 100 {
			n := s.size(300)
			x, z, y := s.normal(n), s.normal(n), s.poison(n)
			want := make([]float64, n)
			each := func(f func(i int) float64) []float64 {
				for i := range want {
					want[i] = f(i)
				}
				return want
			}
			must(t, ReLU(y, x))
			mustClose(t, "relu", y, each(func(i int) float64 { return max(float64(x[i]), 0) }), 0)
			must(t, ReLUGrad(y, z, x))
			mustClose(t, "relu gradient", y, each(func(i int) float64 {
				if x[i] > 0 {
					return float64(z[i])
				}
				return 0
			}), 0)
			must(t, Leaky(y, z, x, 0.1))
			mustClose(t, "leaky relu", y, each(func(i int) float64 {
				if x[i] <= 0 {
					return float64(0.1 * z[i])
				}
				return float64(z[i])
			}), 0)
			must(t, TanhGrad(y, z, x))
			mustClose(t, "tanh gradient", y, each(func(i int) float64 { return float64(z[i] * (1 - float32(x[i]*x[i]))) }), 0)
			must(t, SigmoidGrad(y, z, x))
			mustClose(t, "sigmoid gradient", y, each(func(i int) float64 { return float64(z[i] * x[i] * (1 - x[i])) }), 0)
			must(t, Add(y, x, z))
			mustClose(t, "add", y, each(func(i int) float64 { return float64(x[i] + z[i]) }), 0)
			must(t, Scale(y, x, 0.3))
			mustClose(t, "scale", y, each(func(i int) float64 { return float64(0.3 * x[i]) }), 0)
		}
	})
}

// NaN passes ReLU, and its gradient at 0 and at NaN is 0.
func TestReLUEdges(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		nan := float32(math.NaN())
		x := make([]float32, 37)
		for i := range x {
			x[i] = nan
		}
		y := make([]float32, len(x))
		must(t, ReLU(y, x))
		mustClose(t, "relu of NaN", y, float64s(x), 0)
		one := make([]float32, len(x))
		for i := range one {
			one[i] = 1
		}
		for _, at := range [][]float32{x, make([]float32, len(x))} {
			must(t, ReLUGrad(y, one, at))
			mustClose(t, "relu gradient", y, make([]float64, len(x)), 0)
		}
		mustFail(t, ReLU(y, x[:3]), "relu", "y has 37", "expected 3")
		mustFail(t, ReLUGrad(y, one, x[:3]), "y has 3", "expected 37")
		must(t, Leaky(y, one, x, 0.5))
		mustClose(t, "leaky relu at NaN", y, float64s(one), 0)
		must(t, Leaky(y, one, make([]float32, len(x)), 0.5))
		mustClose(t, "leaky relu at 0", y[:1], []float64{0.5}, 0)
		mustFail(t, Leaky(y, one, x[:3], 1), "leaky", "at has 3", "expected 37")
		mustFail(t, Leaky(y, one[:3], x, 1), "v has 3")
		mustFail(t, TanhGrad(y, one, x[:3]), "tanh gradient", "y has 3")
		mustFail(t, SigmoidGrad(y[:3], one, x), "sigmoid gradient", "dx has 3")
		mustFail(t, Add(y, one, x[:3]), "b has 3")
		mustFail(t, Scale(y, x[:3], 1), "x has 3")
	})
}

func TestColumnsAgainstReference(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 9)
		for trial := range 100 {
			rows, n := s.size(40), s.size(200)
			if trial%10 == 0 {
				n = 4 * maxLanes // the length of most rows that package kernel joins
			}
			x, dy := s.normal(rows*n), s.normal(rows*n)
			mean, a, b, d := s.normal(n), s.normal(n), s.normal(n), s.normal(n)
			sums := func(f func(i, c int) float64) []float64 {
				want := make([]float64, n)
				for i := range rows * n {
					want[i%n] += f(i, i%n)
				}
				return want
			}
			zero := func() []float32 { return s.copied(make([]float32, n)) }
			sum, dot := zero(), zero()
			must(t, ColumnSums(sum, x))
			mustClose(t, "sums", sum, sums(func(i, _ int) float64 { return float64(x[i]) }), rounding)
			clear(sum)
			must(t, ColumnSquares(sum, x, mean))
			mustClose(t, "squares", sum, sums(func(i, c int) float64 { v := float64(x[i] - mean[c]); return v * v }), rounding)
			clear(sum)
			must(t, ColumnProducts(sum, dot, dy, x, mean, nil, nil))
			mustClose(t, "sums", sum, sums(func(i, _ int) float64 { return float64(dy[i]) }), rounding)
			mustClose(t, "products", dot, sums(func(i, c int) float64 { return float64(dy[i]) * float64(x[i]-mean[c]) }), rounding)
			clear(sum)
			dx := s.poison(rows * n)
			must(t, ReLUGradSums(dx, sum, dy, x))
			alive := func(i, _ int) float64 {
				if x[i] > 0 {
					return float64(dy[i])
				}
				return 0
			}
			mustClose(t, "relu sums", sum, sums(alive), rounding)
			want := make([]float64, rows*n)
			for i := range want {
				want[i] = alive(i, 0)
			}
			mustClose(t, "relu gradient", dx, want, 0)
			relu := s.poison(rows * n)
			must(t, Normalize(dx, x, mean, a, b, false))
			for i := range want {
				want[i] = float64(x[i]-mean[i%n])*float64(a[i%n]) + float64(b[i%n])
			}
			mustClose(t, "normalize", dx, want, 1e-6)
			// With ReLU in the same pass, the bits are those of two passes.
			must(t, Normalize(relu, x, mean, a, b, true))
			must(t, ReLU(dx, dx))
			mustClose(t, "normalize and relu", relu, float64s(dx), 0)
			step := n + s.size(20) - 1
			apart := s.poison(span(rows, step, n))
			for _, factors := range [][2][]float32{{a, b}, {nil, nil}} {
				must(t, NormalizeGrad(dx, n, dy, a, x, mean, b, d, factors[0], factors[1]))
				must(t, NormalizeGrad(apart, step, dy, a, x, mean, b, d, factors[0], factors[1]))
				for r := range rows {
					mustClose(t, "rows of normalize gradient that lie apart", apart[r*step:][:n], float64s(dx[r*n:][:n]), 0)
					for _, v := range apart[r*step+n : min((r+1)*step, len(apart))] {
						if !math.IsNaN(float64(v)) {
							t.Fatalf("normalize gradient wrote %v between the rows, expected nothing", v)
						}
					}
				}
			}
			for i := range want {
				want[i] = float64(dy[i])*float64(a[i%n]) + float64(x[i]-mean[i%n])*float64(b[i%n]) + float64(d[i%n])
			}
			mustClose(t, "normalize gradient", dx, want, 2e-6)
		}
		f := func(n int) []float32 { return make([]float32, n) }
		mustFail(t, ColumnSums(f(3), f(7)), "x has 7", "expected 6")
		mustFail(t, Normalize(f(6), f(6), f(3), f(3), f(2), true), "shift has 2")
		mustFail(t, NormalizeGrad(f(6), 3, f(6), f(3), f(6), f(3), f(3), f(2), nil, nil), "d has 2")
		mustFail(t, NormalizeGrad(f(6), 3, f(6), f(3), f(6), f(3), f(3), f(3), f(3), nil), "shift has 0", "expected 3")
		mustFail(t, NormalizeGrad(f(6), 4, f(6), f(3), f(6), f(3), f(3), f(3), nil, nil), "dx has 6", "expected at least 7")
		mustFail(t, NormalizeGrad(f(6), 2, f(6), f(3), f(6), f(3), f(3), f(3), nil, nil), "step of dx has 2")
		mustFail(t, ReLUGradSums(f(6), f(3), f(6), f(5)), "y has 5")
		mustFail(t, ColumnProducts(f(3), f(2), f(6), f(6), f(3), nil, nil), "dot has 2")
		mustFail(t, ColumnProducts(f(3), f(3), f(6), f(6), f(3), f(2), f(3)), "scale has 2", "expected 3")
		mustFail(t, ColumnSquares(f(3), f(6), f(2)), "mean has 2")
	})
}

func TestOptimizersAgainstReference(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 10)
		for range 50 {
			n := s.size(200)
			p, m, v, g := s.normal(n), s.normal(n), s.normal(n), s.normal(n)
			for i := range v {
				v[i] *= v[i]
			}
			k := &AdamStep{Keep1: 0.1, Keep2: 0.001, Rate: 0.02, Root: 1.3, Epsilon: 1e-3, L2: 0.01, Shrink: 0.999}
			wp, wm, wv := float64s(p), float64s(m), float64s(v)
			for i := range wp {
				d := float64(g[i]) + 0.01*wp[i]
				wm[i] += 0.1 * (d - wm[i])
				wv[i] += 0.001 * (d*d - wv[i])
				wp[i] = 0.999*wp[i] - 0.02*wm[i]/(1.3*math.Sqrt(wv[i])+1e-3)
			}
			must(t, Adam(p, m, v, g, k))
			mustClose(t, "m", m, wm, 1e-5)
			mustClose(t, "v", v, wv, 1e-5)
			mustClose(t, "p", p, wp, 1e-4)

			q := &SGDStep{Momentum: 0.9, Rate: 0.1, Fresh: 1, Carried: 0.9, L2: 0.01}
			p, v = s.normal(n), s.normal(n)
			wp, wv = float64s(p), float64s(v)
			for i := range wp {
				d := float64(g[i]) + 0.01*wp[i]
				wv[i] = 0.9*wv[i] + d
				wp[i] -= 0.1 * (d + 0.9*wv[i])
			}
			must(t, SGD(p, v, g, q))
			mustClose(t, "velocity", v, wv, 1e-5)
			mustClose(t, "p", p, wp, 1e-5)
			mustFail(t, Adam(p, v, g, p[:n-1], k), "adam", "g has")
			mustFail(t, SGD(p, v[:n-1], g, q), "sgd", "v has")
		}
	})
}

func TestMaxPoolAgainstReference(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 11)
		for range 200 {
			p := &MaxPool{Pixels: s.size(12), Channels: s.size(70), PH: 1 + s.IntN(4), PW: 1 + s.IntN(4)}
			p.Step, p.RowX, p.ColX = s.IntN(200), s.IntN(200), s.IntN(200)
			x := s.normal(span(p.Pixels, p.Step, span(p.PH, p.RowX, span(p.PW, p.ColX, p.Channels))))
			for i := range x {
				switch s.IntN(10) {
				case 0:
					x[i] = float32(math.NaN())
				case 1, 2, 3:
					x[i] = float32(s.IntN(3)) // ties
				}
			}
			n := p.Pixels * p.Channels
			y, arg := s.poison(n), fenced[uint8](t, n, s.IntN(2) == 0)
			must(t, p.Run(y, arg, x))
			for i := range n {
				at := i/p.Channels*p.Step + i%p.Channels
				best, where := x[at], 0
				for pos := range p.PH * p.PW {
					v := x[at+pos/p.PW*p.RowX+pos%p.PW*p.ColX]
					if v > best || v != v {
						best, where = v, pos
					}
				}
				if math.Float32bits(y[i]) != math.Float32bits(best) && best == best || int(arg[i]) != where {
					t.Fatalf("%+v: output %d is %v at %d, want %v at %d", *p, i, y[i], arg[i], best, where)
				}
			}
			mustFail(t, p.Run(y, arg, x[:len(x)-1]), "max-pool", "x has")
			mustFail(t, p.Run(y[:n-1], arg, x), "y has")
			mustFail(t, p.Run(y, arg[:n-1], x), "arg has")
		}
		mustFail(t, (&MaxPool{Pixels: 1, Channels: 1, PH: 17, PW: 16}).Run(nil, nil, nil), "max-pool")
	})
}

func TestLayoutAgainstReference(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 12)
		for range 100 {
			p := &VectorCopy{}
			l := Lanes()
			if s.IntN(2) == 0 {
				l = HalfLanes()
				p.Lanes = l
			}
			*p = VectorCopy{Lanes: p.Lanes, Rows: 1 + s.IntN(4), N: s.size(40), Count: 1 + s.IntN(l)}
			p.StepRun, p.StepVector = p.Count+s.IntN(9), l+s.IntN(9)
			p.RowRun, p.RowVector = p.N*p.StepRun+s.IntN(9), p.N*p.StepVector+s.IntN(9)
			src := s.normal(span(p.Rows, p.RowRun, span(p.N, p.StepRun, p.Count)))
			dst := s.poison(span(p.Rows, p.RowVector, span(p.N, p.StepVector, l)))
			back := s.poison(len(src))
			want, wantBack := float64s(dst), float64s(back)
			for i := range p.Rows * p.N {
				from, to := i/p.N*p.RowRun+i%p.N*p.StepRun, i/p.N*p.RowVector+i%p.N*p.StepVector
				clear(want[to:][:l])
				for j := range p.Count {
					want[to+j] = float64(src[from+j])
					wantBack[from+j] = float64(src[from+j])
				}
			}
			must(t, p.Pack(dst, src))
			mustClose(t, "pack", dst, want, 0)
			must(t, p.Unpack(back, dst))
			mustClose(t, "unpack", back, wantBack, 0)
			mustFail(t, p.Pack(dst[1:], src), "pack", "vectors has")
			mustFail(t, p.Pack(dst, src[1:]), "pack", "runs has")
			mustFail(t, p.Unpack(back[1:], dst), "unpack", "runs has")
			p.Count = l + 1
			mustFail(t, p.Pack(dst, src), "pack")

			rows, cols := s.size(50), s.size(50)
			srcRow, dstRow := cols+s.IntN(5), rows+s.IntN(5)
			src, dst = s.normal(span(rows, srcRow, cols)), s.poison(span(cols, dstRow, rows))
			want = float64s(dst)
			for r := range rows {
				for c := range cols {
					want[c*dstRow+r] = float64(src[r*srcRow+c])
				}
			}
			must(t, Transpose(dst, dstRow, src, srcRow, rows, cols))
			mustClose(t, "transpose", dst, want, 0)
			mustFail(t, Transpose(dst[:len(dst)-1], dstRow, src, srcRow, rows, cols), "dst has")
			mustFail(t, Transpose(dst, dstRow, src[:len(src)-1], srcRow, rows, cols), "src has")
		}
	})
}

func BenchmarkAdam(b *testing.B) {
	const n = 1_199_882 // parameters of the preset cnn
	benchEachPath(b, func(b *testing.B) {
		s := newSource(b, 13)
		p, m, v, g := s.normal(n), s.normal(n), s.normal(n), s.normal(n)
		for i := range v {
			v[i] *= v[i]
		}
		k := &AdamStep{Keep1: 0.1, Keep2: 0.001, Rate: 1e-3, Root: 1, Epsilon: 1e-8, Shrink: 1}
		b.SetBytes(7 * 4 * n)
		for b.Loop() {
			must(b, Adam(p, m, v, g, k))
		}
	})
}
