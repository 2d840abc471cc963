package direct

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd"
)

// strips computes a product with few columns for several neighboring pixels at a time, so that more
// lanes of a vector are in use. The channels of the pixels of a strip are contiguous, so they are one
// row of the product. Its left side is the union of the windows of the pixels, and column q·N+n of its
// right side, the wide weights, has column n of the weights of pixel q and zeros outside its window.
//
// Each element is the sum of the same products in the same order, and of products with zero. So
// the result is the same if all operands are finite.
type strips struct {
	pixels int     // in a strip
	whole  simd.NN // the strips
	rest   simd.NN // the pixels that are left at the end of each row
}

// maxStrip is the maximum number of columns of the product of strips.
const maxStrip = 16

// newStrips returns the fastest strips for a product, or nil if pixel by pixel is about as fast.
func newStrips(nn simd.NN) *strips {
	if nn.LDC != nn.N || nn.RowB > 0 || nn.Bias != nil || nn.Add {
		return nil
	}
	best, pixels := 0.9*stripTime(&nn, 1), 1
	for n := 2; n <= nn.M && n*nn.N <= maxStrip; n++ {
		if t := stripTime(&nn, n); t < best {
			best, pixels = t, n
		}
	}
	if pixels == 1 {
		return nil
	}
	s := &strips{pixels: pixels, whole: nn, rest: nn}
	w, r := &s.whole, &s.rest
	w.M, w.N, w.K = nn.M/pixels, pixels*nn.N, nn.K+(pixels-1)*nn.LDA
	w.LDA, w.LDB, w.LDC = pixels*nn.LDA, w.N, w.N
	r.M = nn.M % pixels
	return s
}

// stripTime estimates the cycles of a row of a product in strips of n pixels, for each segment. A
// multiply-add of a tile waits for the one before it on the same accumulator.
func stripTime(nn *simd.NN, n int) float64 {
	const start, latency, store, narrow, wide = 20, 4, 1, 0.62, 1
	call := func(rows, k, columns int) float64 {
		cycles := narrow
		if columns > 8 {
			cycles = wide
		}
		return start + float64(rows)*store + float64(k)*max(float64(rows)*cycles, latency)
	}
	t := call(nn.M/n, nn.K+(n-1)*nn.LDA, n*nn.N)
	if left := nn.M % n; left > 0 {
		t += call(left, nn.K, nn.N)
	}
	return t
}

// wideLen returns the length of the wide weights for weights of the given length.
func (s *strips) wideLen(weights int) int {
	return weights / (s.rest.K * s.rest.N) * s.whole.K * s.whole.N
}

// widen writes the wide weights to wide, for weights of any number of segments.
func (s *strips) widen(wide, weight []float32) {
	clear(wide)
	n, row := s.rest.N, s.whole.N
	for len(weight) > 0 {
		for q := range s.pixels {
			for k := range s.rest.K {
				copy(wide[(q*s.rest.LDA+k)*row+q*n:][:n], weight[k*n:])
			}
		}
		weight, wide = weight[s.rest.K*n:], wide[s.whole.K*row:]
	}
}

// run computes the product c of a and the weights, which are also given wide.
func (s *strips) run(c, a, wide, weight []float32) error {
	if err := s.whole.Run(c, a, wide); err != nil || s.rest.M == 0 {
		return err
	}
	first := s.whole.M * s.pixels
	return s.rest.Run(c[first*s.rest.LDC:], a[first*s.rest.LDA:], weight)
}

// HasStrips reports whether [Conv.ForwardStrips] is faster than [Conv.Forward].
func (c *Conv) HasStrips() bool { return c.strips != nil }

// hasStrips returns an error unless [Conv.ForwardStrips] can compute the shape.
func (c *Conv) hasStrips() error {
	if c.strips != nil {
		return nil
	}
	return fmt.Errorf("direct: no strips of pixels for a convolution to %d channels", c.shape.K)
}

// PackStrips packs the weights for [Conv.ForwardStrips].
func (c *Conv) PackStrips(u *Packed, weight []float32) error {
	if err := firstError(c.hasStrips(), checkLen("weight", weight, c.shape.weightLen())); err != nil {
		return err
	}
	u.wide = grow(u.wide, c.strips.wideLen(len(weight)))
	c.strips.widen(u.wide, weight)
	return nil
}

// ForwardStrips is [Conv.Forward] for few output channels, with weights that [Conv.PackStrips] has packed too.
func (c *Conv) ForwardStrips(s *Scratch, y, x []float32, u *Packed, weight, bias []float32, relu bool, rows Rows) error {
	p := &c.shape
	rows, err := rows.of(p.outH())
	if err := firstError(err, c.hasStrips(), c.checkScratch(s), checkLen("y", y, p.outputLen()), checkLen("x", x, p.imageLen()),
		checkLen("weight", weight, p.weightLen()), checkLen("packed weights", u.wide, c.strips.wideLen(len(weight)))); err != nil {
		return err
	}
	if bias != nil && len(bias) != p.K {
		return checkLen("bias", bias, p.K)
	}
	t := &s.strips
	*t = *c.strips
	t.whole.ReLU, t.rest.ReLU = relu, relu
	if bias != nil {
		for q := range t.pixels {
			copy(s.stripBias[q*p.K:][:p.K], bias)
		}
		t.whole.Bias, t.rest.Bias = s.stripBias[:t.pixels*p.K], bias
	}
	if n := rows.To - rows.From; n < p.outH() {
		t.whole.Rows, t.rest.Rows = n, n
	}
	err = t.run(y[rows.From*p.outW()*p.K:], s.padFor(x, rows), u.wide, weight)
	t.whole.Bias, t.rest.Bias = nil, nil
	return err
}
