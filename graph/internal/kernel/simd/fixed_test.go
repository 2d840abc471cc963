package simd

import (
	"math"
	"testing"
)

// Every path gives the same bits and writes nothing between the rows.
func TestNormalizeFixedGradAgainstReference(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 34)
		for range 200 {
			rows, n := s.size(70), 1+s.IntN(FixedColumns)
			stride := n + s.IntN(2)*s.IntN(40)
			size := span(rows, stride, n)
			dy, x := s.normal(size), s.normal(size)
			gamma, mean, inverse := s.normal(n), s.normal(n), s.normal(n)
			want, wantSums := s.poison(size), FixedSums{}
			for r := range rows {
				for c := range n {
					at := r*stride + c
					want[at] = dy[at] * gamma[c]
					want[at] *= inverse[c]
					d := x[at] - mean[c]
					d *= inverse[c]
					wantSums.Sum[c] += float64(dy[at])
					wantSums.Dot[c] += float64(dy[at]) * float64(d)
				}
			}
			run := func(dx []float32, sums *FixedSums) {
				t.Helper()
				must(t, NormalizeFixedGrad(rows, stride, dx, sums, dy, x, gamma, mean, inverse))
				for i, v := range dx {
					if math.Float32bits(v) != math.Float32bits(want[i]) {
						t.Fatalf("%d rows of %d in %d: dx[%d] = %v, want %v", rows, n, stride, i, v, want[i])
					}
				}
				if sums == nil {
					return
				}
				for c := range n {
					if sums.Sum[c] != wantSums.Sum[c] || sums.Dot[c] != wantSums.Dot[c] {
						t.Fatalf("%d rows of %d in %d: sums of column %d are %v and %v, want %v and %v",
							rows, n, stride, c, sums.Sum[c], sums.Dot[c], wantSums.Sum[c], wantSums.Dot[c])
					}
				}
			}
			old := FixedSums{}
			old.Sum[0], old.Dot[n-1] = 7, 7 // is overwritten
			run(s.poison(size), &old)
			run(s.poison(size), nil)
			run(nil, &FixedSums{})
			run(nil, nil)
			must(t, NormalizeFixedGrad(rows, stride, dy, &old, dy, x, gamma, mean, inverse))
			for r := range rows {
				mustClose(t, "dx in place", dy[r*stride:][:n], float64s(want[r*stride:][:n]), 0)
			}
		}
		f := func(n int) []float32 { return make([]float32, n) }
		mustFail(t, NormalizeFixedGrad(2, 3, f(5), nil, f(6), f(6), f(3), f(3), f(3)), "dx has 5 elements, expected at least 6")
		mustFail(t, NormalizeFixedGrad(2, 3, f(6), nil, f(5), f(6), f(3), f(3), f(3)), "dy has 5")
		mustFail(t, NormalizeFixedGrad(2, 3, f(6), nil, f(6), f(5), f(3), f(3), f(3)), "x has 5")
		mustFail(t, NormalizeFixedGrad(2, 3, f(6), nil, f(6), f(6), f(3), f(2), f(3)), "mean has 2")
		mustFail(t, NormalizeFixedGrad(2, 3, f(6), nil, f(6), f(6), f(3), f(3), f(2)), "inverse has 2")
		mustFail(t, NormalizeFixedGrad(2, 17, f(34), nil, f(34), f(34), f(17), f(17), f(17)), "gamma has 17 elements, expected 16")
		mustFail(t, NormalizeFixedGrad(0, 3, f(6), nil, f(6), f(6), f(3), f(3), f(3)), "sizes [0 3]")
		mustFail(t, NormalizeFixedGrad(2, -3, f(6), nil, f(6), f(6), f(3), f(3), f(3)), "strides [-3]")
	})
}
