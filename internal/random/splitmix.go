package random

// Golden is 2^64 over the golden ratio, an odd number whose multiples are well spread:
// the increment of SplitMix64. Steele, Lea and Flood, "Fast splittable pseudorandom number
// generators", OOPSLA 2014.
const Golden = 0x9e3779b97f4a7c15

// Mix returns the number that SplitMix64 makes from the state x. It is a one-to-one map
// in which each bit of the input flips about half of those of the output, so that
// neighboring numbers come out as unlike as any two.
func Mix(x uint64) uint64 { return Finalize(x + Golden) }

// Finalize is [Mix] without the increment. Finalize(x), Finalize(x+Golden),
// Finalize(x+2*Golden) and so on pass for random.
func Finalize(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
