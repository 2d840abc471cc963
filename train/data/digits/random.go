package digits

import "math/rand/v2"

// The streams keep the random numbers of different purposes apart.
const (
	streamLabels = iota
	streamImages
)

// random is the source of everything that varies between images.
type random struct{ src rand.PCG }

// newRandom returns the source number index of a stream of a seed.
func newRandom(seed, stream, index uint64) random {
	var r random
	r.src.Seed(mix(seed)+stream, mix(index))
	return r
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014): neighbouring
// numbers come out as unlike as any two.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unit returns a uniform number in [0, 1).
func (r *random) unit() float64 { return float64(r.src.Uint64()>>11) / (1 << 53) }

// between returns a uniform number in [lo, hi).
func (r *random) between(lo, hi float64) float64 { return lo + float64((hi-lo)*r.unit()) }

// below returns a uniform integer in [0, n). The bias of the multiplication, under 1e-8
// for the small n used here, is of no account.
func (r *random) below(n int) int { return int(r.src.Uint64() >> 32 * uint64(n) >> 32) }

// chance reports true with probability p.
func (r *random) chance(p float64) bool { return r.unit() < p }

// bell returns a number of mean 0 and variance 1, nearly normal but never beyond
// ±3.47: the sum of four uniform numbers, rescaled. Hands vary, but not without limit,
// and unlike a true normal it needs no logarithm, which is not the same on all machines.
func (r *random) bell() float64 {
	const sqrt3 = 1.7320508075688772
	return float64((r.unit() + r.unit() + r.unit() + r.unit() - 2) * sqrt3)
}
