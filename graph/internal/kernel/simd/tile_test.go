package simd

import (
	"fmt"
	"testing"
)

// rounding is the tolerance of sums of up to a few thousand products of order 1:
// 2^-24 of rounding, times the root of their number, times a margin.
const rounding = 2e-4

func naiveNN(p *NN, c, a, b []float32) []float64 {
	want := float64s(c)
	off := p.Off
	if off == nil {
		off = []int{0}
	}
	for r := range max(p.Rows, 1) {
		for m := range p.M {
			for n := range p.N {
				at := r*p.RowC + m*p.LDC + n
				sum := 0.0
				if p.Add {
					sum = want[at]
				} else if p.Bias != nil {
					sum = float64(p.Bias[n])
				}
				for s, o := range off {
					for k := range p.K {
						sum += float64(a[r*p.RowA+m*p.LDA+o+k]) * float64(b[r*p.RowB+(s*p.K+k)*p.LDB+n])
					}
				}
				if p.ReLU {
					sum = max(sum, 0)
				}
				want[at] = sum
			}
		}
	}
	return want
}

func TestNNAgainstReference(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 1)
		for range 200 {
			p := &NN{Rows: s.IntN(4), M: s.size(30), N: s.size(150), K: s.size(60), Add: s.IntN(3) == 0, ReLU: s.IntN(2) == 0}
			if s.IntN(2) == 0 {
				p.Next = [2][]float32{s.normal(s.size(300)), s.normal(s.size(9))}
			}
			if s.IntN(8) == 0 {
				p.K = 200 + s.IntN(400) // more than one block of depth
			}
			p.LDA, p.LDB, p.LDC = p.K+s.IntN(5), p.N+s.IntN(5), p.N+s.IntN(5)
			reach := 0
			if s.IntN(2) == 0 {
				p.Off = make([]int, 1+s.IntN(5))
				for i := range p.Off {
					p.Off[i] = s.IntN(50)
					reach = max(reach, p.Off[i])
				}
			}
			if !p.Add && s.IntN(2) == 0 {
				p.Bias = s.normal(p.N)
			}
			rows := max(p.Rows, 1)
			if s.IntN(3) == 0 {
				p.RowB = s.IntN(100)
			}
			p.RowA, p.RowC = s.IntN(70), p.M*p.LDC+s.IntN(3)
			a := s.normal(span(rows, p.RowA, span(p.M, p.LDA, reach+p.K)))
			b := s.normal(span(rows, p.RowB, span(max(len(p.Off), 1)*p.K, p.LDB, p.N)))
			c := s.poison(span(rows, p.RowC, span(p.M, p.LDC, p.N)))
			if p.Add {
				c = s.normal(len(c))
			}
			want := naiveNN(p, c, a, b)
			must(t, p.Run(c, a, b))
			mustClose(t, fmt.Sprintf("%+v: c", *p), c, want, rounding)
		}
	})
}

// naiveTN computes the elements of c as sums in float64.
func naiveTN(p *TN, c, a, b []float32) []float64 {
	want := float64s(c)
	for row := range max(p.Rows, 1) * p.M {
		for n := range p.N {
			sum := 0.0
			if p.Add {
				sum = want[row*p.LDC+n]
			}
			for g := range max(p.Segs, 1) {
				for k := range p.K {
					sum += float64(a[g*p.SegA+k*p.LDA+row/p.M*p.RowA+row%p.M]) * float64(b[g*p.SegB+k*p.LDB+n])
				}
			}
			want[row*p.LDC+n] = sum
		}
	}
	return want
}

func TestTNAgainstReference(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 2)
		windows := 0
		for range 250 {
			p := &TN{Segs: s.IntN(4), M: s.size(40), N: s.size(150), K: s.size(60), Add: s.IntN(2) == 0}
			if s.IntN(3) == 0 { // a window, of one channel or of any size
				p.Rows = []int{3, 5, 1 + s.IntN(4)}[s.IntN(3)]
				p.M, p.N, p.RowA = p.Rows, s.size(40), s.IntN(30)
			}
			p.LDA, p.LDB, p.LDC = p.M+s.IntN(5), p.N+s.IntN(5), p.N+s.IntN(5)
			if p.Rows > 1 && s.IntN(2) == 0 {
				p.LDA = 1 // the windows of neighboring pixels overlap
			}
			segs, rows := max(p.Segs, 1), max(p.Rows, 1)
			p.SegA, p.SegB = s.IntN(100), s.IntN(100)
			a := s.normal(span(segs, p.SegA, span(p.K, p.LDA, span(rows, p.RowA, p.M))))
			b := s.normal(span(segs, p.SegB, span(p.K, p.LDB, p.N)))
			c := s.poison(span(rows*p.M, p.LDC, p.N))
			if p.Add {
				c = s.normal(len(c))
			}
			if p.Rows > 1 && p.hasWindows() {
				windows++
			}
			want := naiveTN(p, c, a, b)
			must(t, p.Run(c, a, b))
			mustClose(t, fmt.Sprintf("%+v: c", *p), c, want, rounding)
		}
		if active.tnWindow != nil && windows < 10 {
			t.Errorf("%d products of windows, want at least 10", windows)
		}
	})
}

// A short operand is an error on every path, and nothing is written.
func TestTileBounds(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		f := func(n int) []float32 { return make([]float32, n) }
		nn := &NN{M: 3, N: 5, K: 4, LDA: 4, LDB: 5, LDC: 5, Bias: f(5)}
		must(t, nn.Run(f(15), f(12), f(20)))
		mustFail(t, nn.Run(f(14), f(12), f(20)), "nn", "c has 14", "at least 15")
		mustFail(t, nn.Run(f(15), f(11), f(20)), "a has 11", "at least 12")
		mustFail(t, nn.Run(f(15), f(12), f(19)), "b has 19", "at least 20")
		nn.Bias = f(4)
		mustFail(t, nn.Run(f(15), f(12), f(20)), "bias has 4", "at least 5")
		nn.Bias, nn.Off = nil, []int{-1}
		mustFail(t, nn.Run(f(15), f(12), f(20)), "strides [-1]")
		nn.Off, nn.K = nil, 0
		mustFail(t, nn.Run(f(15), f(12), f(20)), "sizes [1 3 5 0 1]")
		tn := &TN{M: 3, N: 5, K: 4, LDA: 3, LDB: 5, LDC: 5}
		must(t, tn.Run(f(15), f(12), f(20)))
		mustFail(t, tn.Run(f(14), f(12), f(20)), "tn", "c has 14")
		mustFail(t, tn.Run(f(15), f(11), f(20)), "a has 11")
		mustFail(t, tn.Run(f(15), f(12), f(19)), "b has 19")
	})
}

// Direct convolutions with bias and ReLU, named height x width x channels, kernel, output channels.
func BenchmarkConvForward(b *testing.B) {
	cases := []struct{ size, c, k, channels int }{{28, 1, 3, 32}, {26, 32, 3, 64}, {28, 1, 5, 16}, {14, 16, 5, 32}, {14, 64, 3, 128}, {7, 128, 3, 128}}
	for _, q := range cases {
		out := q.size - q.k + 1
		b.Run(fmt.Sprintf("%dx%dx%d_k%d_%d", q.size, q.size, q.c, q.k, q.channels), func(b *testing.B) {
			benchEachPath(b, func(b *testing.B) {
				s := newSource(b, 3)
				x, w, bias := s.normal(q.size*q.size*q.c), s.normal(q.k*q.k*q.c*q.channels), s.normal(q.channels)
				y := s.normal(out * out * q.channels)
				p := &NN{Rows: out, M: out, N: q.channels, K: q.k * q.c, RowA: q.size * q.c, RowC: out * q.channels,
					LDA: q.c, LDB: q.channels, LDC: q.channels, Bias: bias, ReLU: true}
				for i := range q.k {
					p.Off = append(p.Off, i*q.size*q.c)
				}
				for b.Loop() {
					must(b, p.Run(y, x, w))
				}
				gflops(b, 2*float64(out*out*q.channels*q.k*q.k*q.c))
			})
		})
	}
}

// The dense layer of the preset cnn over a batch of 64: forward, and the gradient of its weights.
func BenchmarkDense(b *testing.B) {
	const n, in, out = 64, 9216, 128
	benchEachPath(b, func(b *testing.B) {
		s := newSource(b, 4)
		x, w, y := s.normal(n*in), s.normal(in*out), s.normal(n*out)
		b.Run("nn", func(b *testing.B) {
			p := &NN{M: n, N: out, K: in, LDA: in, LDB: out, LDC: out}
			for b.Loop() {
				must(b, p.Run(y, x, w))
			}
			gflops(b, 2*n*in*out)
		})
		b.Run("tn", func(b *testing.B) {
			p := &TN{M: in, N: out, K: n, LDA: in, LDB: out, LDC: out}
			for b.Loop() {
				must(b, p.Run(w, x, y))
			}
			gflops(b, 2*n*in*out)
		})
	})
}
