package digits

import (
	"math/rand/v2"

	"inkstone/internal/random"
)

// source is the source of random numbers of an image or of a block of labels.
type source struct{ src rand.PCG }

// newSource returns source number index of a stream for a seed.
func newSource(seed uint64, stream random.Stream, index uint64) source {
	var r source
	r.src.Seed(random.Digit(seed, stream, index))
	return r
}

// unit returns a uniform number in [0, 1).
func (r *source) unit() float64 { return float64(r.src.Uint64()>>11) / (1 << 53) }

// between returns a uniform number in [lo, hi).
func (r *source) between(lo, hi float64) float64 { return lo + float64((hi-lo)*r.unit()) }

// intN returns a uniform integer in [0, n). The bias of the multiplication is below 1e-8 for
// the small n used here.
func (r *source) intN(n int) int { return int(r.src.Uint64() >> 32 * uint64(n) >> 32) }

// chance returns true with probability p.
func (r *source) chance(p float64) bool { return r.unit() < p }

// bell returns a number from a nearly normal distribution with mean 0 and variance 1: the
// scaled sum of four uniform numbers. Its absolute value is at most 3.47. It needs no
// logarithm, which has different bits on different processors.
func (r *source) bell() float64 {
	const sqrt3 = 1.7320508075688772
	return float64((r.unit() + r.unit() + r.unit() + r.unit() - 2) * sqrt3)
}
