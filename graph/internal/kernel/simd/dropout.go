package simd

// Golden and [Mix] are the increment and the output function of SplitMix64: Mix of
// an arithmetic sequence with step Golden passes for random. Steele, Lea and
// Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
const Golden = 0x9e3779b97f4a7c15

// Mix returns the number of SplitMix64 for the state z.
func Mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Dropout computes y[i] = scale·x[i] where Mix(start + i·Golden)>>11 is at least threshold, else 0,
// whatever x[i] is. The bits are the same on all paths. y may be x.
func Dropout(y, x []float32, scale float32, start, threshold uint64) error {
	if err := checkLen("dropout", "y", len(y), len(x)); err != nil || len(x) == 0 {
		return err
	}
	threshold = min(threshold, 1<<53) // the number of different values of Mix>>11
	if active.dropout == nil {
		for i, v := range x {
			v *= scale
			if Mix(start+uint64(i)*Golden)>>11 < threshold {
				v = 0
			}
			y[i] = v
		}
		return nil
	}
	active.dropout(len(x), &y[0], &x[0], start, int64(threshold)-1, scale)
	return nil
}
