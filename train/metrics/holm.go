package metrics

import (
	"cmp"
	"slices"
)

// Holm adjusts p-values for the number of tests: Holm, "A simple sequentially rejective multiple
// test procedure", Scandinavian Journal of Statistics 6, 1979. Rejecting where an adjusted value
// is below 0.05 rejects a true hypothesis in any of the tests with a probability of at most 0.05.
// With the values in ascending order, the adjusted value of the i-th of n, from 0, is
//
//	max over j from 0 to i of min(1, (n-j) p[j])
//
// The result has the order of p, which does not change.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted, largest := make([]float64, len(p)), 0.0
	for rank, i := range order {
		largest = max(largest, min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = largest
	}
	return adjusted
}
