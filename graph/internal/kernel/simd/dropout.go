package simd

import "inkstone/internal/random"

// Dropout computes y[i] = scale·x[i] where the number Finalize(start + i·Golden)>>11 of
// package random is at least threshold, else 0, whatever x[i] is. The bits are the same on all paths. y may be x.
func Dropout(y, x []float32, scale float32, start, threshold uint64) error {
	if err := checkLen("dropout", "y", len(y), len(x)); err != nil || len(x) == 0 {
		return err
	}
	threshold = min(threshold, 1<<53) // the number of different values of Mix>>11
	if active.dropout == nil {
		for i, v := range x {
			v *= scale
			if random.Finalize(start+uint64(i)*random.Golden)>>11 < threshold {
				v = 0
			}
			y[i] = v
		}
		return nil
	}
	active.dropout(len(x), &y[0], &x[0], start, int64(threshold)-1, scale)
	return nil
}
