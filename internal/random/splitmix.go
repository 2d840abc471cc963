package random

// Golden is 2^64 divided by the golden ratio, rounded to an odd number. It is the increment
// of SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
// OOPSLA 2014.
const Golden = 0x9e3779b97f4a7c15

// Mix returns the output of SplitMix64 for the state x. It is a bijection in which each bit
// of the input flips about half of the bits of the output, so that neighboring inputs give
// unrelated outputs.
func Mix(x uint64) uint64 { return Finalize(x + Golden) }

// Finalize returns [Mix] without the increment. The sequence Finalize(x), Finalize(x+Golden),
// Finalize(x+2*Golden) and so on is pseudorandom.
func Finalize(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
