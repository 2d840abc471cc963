package simd

import "testing"

// The three transforms with products between them are a convolution.
func TestWinogradIsConvolution(t *testing.T) {
	for _, size := range []int{4, 2} {
		onEachPath(t, func(t *testing.T) { testWinograd(t, size, 7-size) })
	}
}

func testWinograd(t *testing.T, size, taps int) {
	s := newSource(t, 14)
	l := Lanes()
	for range 20 {
		tiles, c, k := 1+s.IntN(4), l*(1+s.IntN(2)), l*(1+s.IntN(2))
		cols := size*(tiles-1) + 6
		x, w, bias := s.normal(6*cols*c), s.normal(taps*taps*c*k), s.normal(k)
		u, v, m := s.poison(36*c*k), s.poison(36*tiles*c), s.poison(36*tiles*k)
		y, tmp := s.poison(size*size*tiles*k), s.poison(WinogradScratch)
		relu := s.IntN(2) == 0
		must(t, WinogradWeights(taps, u, c*k, w, c*k, c*k, tmp))
		in := &WinogradInput{Tiles: tiles, Channels: c, StepX: size * c, RowX: cols * c, ColX: c, StepV: c, FreqV: tiles * c}
		must(t, in.Run(v, x, tmp))
		for f := range 36 {
			nn := &NN{M: tiles, N: k, K: c, LDA: c, LDB: k, LDC: k}
			must(t, nn.Run(m[f*tiles*k:], v[f*tiles*c:], u[f*c*k:]))
		}
		out := &WinogradOutput{Size: size, Tiles: tiles, Channels: k, StepM: k, FreqM: tiles * k, StepY: size * k, RowY: size * tiles * k, ColY: k, ReLU: relu}
		must(t, out.Run(y, m, bias, tmp))

		want := &NN{Rows: size, M: size * tiles, N: k, K: taps * c, RowA: cols * c, RowC: size * tiles * k, LDA: c, LDB: k, LDC: k, Bias: bias, ReLU: relu}
		for i := range taps {
			want.Off = append(want.Off, i*cols*c)
		}
		mustClose(t, "y", y, naiveNN(want, make([]float32, len(y)), x, w), 4*rounding)

		mustFail(t, WinogradWeights(taps, u, c*k, w, c*k, c*k-1, tmp), "winograd weights", "a row of channels")
		mustFail(t, WinogradWeights(taps, u[1:], c*k, w, c*k, c*k, tmp), "u has")
		mustFail(t, WinogradWeights(4, u, c*k, w, c*k, c*k, tmp), "expected 3 or 5")
		mustFail(t, in.Run(v, x[1:], tmp), "winograd input", "x has")
		mustFail(t, in.Run(v[1:], x, tmp), "v has")
		mustFail(t, out.Run(y[1:], m, bias, tmp), "winograd output", "y has")
		mustFail(t, out.Run(y, m[1:], bias, tmp), "m has")
		mustFail(t, out.Run(y, m, bias[1:], tmp), "bias has")
		mustFail(t, out.Run(y, m, bias, tmp[1:]), "scratch has")
		out.Size = 3
		mustFail(t, out.Run(y, m, bias, tmp), "expected 4 or 2")
	}
}

// The transforms of the weight gradient with products between them give the weight gradient of
// a 3x3 convolution.
func TestWinogradIsWeightGradient(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 15)
		l := Lanes()
		for range 20 {
			tiles, c, k := 1+s.IntN(4), l*(1+s.IntN(2)), l*(1+s.IntN(2))
			cols := 4*tiles + 2
			x, dy := s.normal(6*cols*c), s.normal(4*4*tiles*k)
			u, v, m := s.poison(36*c*k), s.poison(36*tiles*c), s.poison(36*tiles*k)
			dw, tmp := s.poison(9*c*k), s.poison(WinogradScratch)
			in := &WinogradInput{Tiles: tiles, Channels: c, StepX: 4 * c, RowX: cols * c, ColX: c, StepV: c, FreqV: tiles * c}
			must(t, in.Run(v, x, tmp))
			grad := &WinogradGrad{Tiles: tiles, Channels: k, StepY: 4 * k, RowY: 4 * tiles * k, ColY: k, StepM: k, FreqM: tiles * k}
			must(t, grad.Run(m, dy, tmp))
			for f := range 36 {
				tn := &TN{M: c, N: k, K: tiles, LDA: c, LDB: k, LDC: k}
				must(t, tn.Run(u[f*c*k:], v[f*tiles*c:], m[f*tiles*k:]))
			}
			must(t, WinogradWeightGrad(dw, c*k, u, c*k, c*k, tmp))

			want := make([]float64, 9*c*k)
			for row := range 3 {
				tn := &TN{Segs: 4, SegA: cols * c, SegB: 4 * tiles * k, M: 3 * c, N: k, K: 4 * tiles, LDA: c, LDB: k, LDC: k}
				copy(want[row*3*c*k:], naiveTN(tn, make([]float32, 3*c*k), x[row*cols*c:], dy))
			}
			mustClose(t, "dw", dw, want, rounding)

			mustFail(t, WinogradWeightGrad(dw, c*k, u, c*k, c*k-1, tmp), "winograd weight gradient", "a row of channels")
			mustFail(t, WinogradWeightGrad(dw[1:], c*k, u, c*k, c*k, tmp), "w has")
			mustFail(t, WinogradWeightGrad(dw, c*k, u[1:], c*k, c*k, tmp), "u has")
			mustFail(t, grad.Run(m[1:], dy, tmp), "m has")
			mustFail(t, grad.Run(m, dy[1:], tmp), "winograd gradient", "y has")
			mustFail(t, grad.Run(m, dy, tmp[1:]), "scratch has")
		}
	})
}
