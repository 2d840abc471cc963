package augment

// golden is 2^64 over the golden ratio, an odd number whose multiples are well spread.
const golden = 0x9e3779b97f4a7c15

// Seed is the seed for an image in an epoch of a run: a hash of the three, so that
// neighbours have nothing in common. image is the index in the whole training set,
// not the place in a batch.
func Seed(run uint64, image, epoch int) uint64 {
	return mix(mix(mix(run)+uint64(image)) + uint64(epoch))
}

// mix is the step and the output function of SplitMix64, a one-to-one map in which
// each bit of the input flips about half of those of the output: Steele, Lea and
// Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
func mix(x uint64) uint64 {
	x += golden
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// The streams of random numbers of an image: apart, so that how many numbers one
// takes does not move the others.
const (
	streamAmounts = iota + 1
	streamElastic
	streamNoise
)

// seed puts the source at the start of a stream of the seed.
func (a *Augmenter) seed(seed uint64, stream uint64) {
	a.pcg.Seed(mix(seed), mix(seed^stream*golden))
}
