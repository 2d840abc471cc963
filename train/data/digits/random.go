package digits

import (
	"math/rand/v2"

	"inkstone/internal/random"
)

// source is the source of everything that varies between images.
type source struct{ src rand.PCG }

// newSource returns source number index of a stream of a seed.
func newSource(seed uint64, stream random.Stream, index uint64) source {
	var r source
	r.src.Seed(random.Digit(seed, stream, index))
	return r
}

// unit returns a uniform number in [0, 1).
func (r *source) unit() float64 { return float64(r.src.Uint64()>>11) / (1 << 53) }

// between returns a uniform number in [lo, hi).
func (r *source) between(lo, hi float64) float64 { return lo + float64((hi-lo)*r.unit()) }

// below returns a uniform integer in [0, n). The bias of the multiplication, under 1e-8
// for the small n used here, is of no account.
func (r *source) below(n int) int { return int(r.src.Uint64() >> 32 * uint64(n) >> 32) }

// chance reports true with probability p.
func (r *source) chance(p float64) bool { return r.unit() < p }

// bell returns a number of mean 0 and variance 1, nearly normal but never beyond
// ±3.47: the sum of four uniform numbers, rescaled. Hands vary, but not without limit,
// and unlike a true normal it needs no logarithm, which is not the same on all machines.
func (r *source) bell() float64 {
	const sqrt3 = 1.7320508075688772
	return float64((r.unit() + r.unit() + r.unit() + r.unit() - 2) * sqrt3)
}
