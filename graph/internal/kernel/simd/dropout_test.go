package simd

import (
	"math"
	"testing"

	"inkstone/internal/random"
)

// Every path drops the same elements and gives the other elements the same bits.
func TestDropoutAgainstReference(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 33)
		for range 200 {
			n := s.size(300)
			x := s.normal(n)
			x[s.IntN(n)], x[s.IntN(n)] = inf, nan
			start, scale := s.Uint64(), s.Float32()
			threshold := []uint64{0, 1, 1 << 52, s.Uint64() >> 11, 1<<53 - 1, 1 << 53, math.MaxUint64}[s.IntN(7)]
			y := s.poison(n)
			must(t, Dropout(y, x, scale, start, threshold))
			for i, v := range x {
				want := float32(0)
				if random.Finalize(start+uint64(i)*random.Golden)>>11 >= threshold {
					want = v * scale
				}
				if math.Float32bits(y[i]) != math.Float32bits(want) && want == want {
					t.Fatalf("element %d of %d, threshold %d: %v, want %v", i, n, threshold, y[i], want)
				}
				if want != want && y[i] == y[i] {
					t.Fatalf("element %d of %d: %v, want NaN", i, n, y[i])
				}
			}
			must(t, Dropout(x, x, scale, start, threshold))
			for i, v := range y {
				if x[i] != v && v == v {
					t.Fatalf("in place element %d is %v, want %v", i, x[i], v)
				}
			}
			mustFail(t, Dropout(y[1:], x, 1, 0, 0), "dropout: y has")
		}
	})
}
