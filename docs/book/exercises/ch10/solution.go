//go:build !exercise

// Package ch10 holds the exercises of chapter 10 with their solutions.
package ch10

import (
	"math"
	"slices"
)

// Wilson returns the 95 % interval of Wilson for an accuracy, as fractions.
func Wilson(right, total int) (low, high float64) {
	const z = 1.96
	n := float64(total)
	p := float64(right) / n
	center, width := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return (center - width) / (1 + z*z/n), (center + width) / (1 + z*z/n)
}

// BestOf returns the mean of the best of k results, over all choices of k of the results.
func BestOf(results []float64, k int) float64 {
	sorted := slices.Sorted(slices.Values(results))
	var total float64
	for i, v := range sorted { // v is the best in the choices of the other k-1 from the i smaller ones
		total += v * choose(i, k-1)
	}
	return total / choose(len(sorted), k)
}

// choose returns the number of choices of k of n.
func choose(n, k int) float64 {
	if k > n {
		return 0
	}
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1)
	}
	return c
}

// McNemar returns the p-value of two models for the numbers of images that only the first and only the second
// gets right.
func McNemar(first, second int) float64 {
	n := first + second
	var p float64
	for i := range min(first, second) + 1 {
		p += choose(n, i) / math.Pow(2, float64(n))
	}
	return min(1, 2*p)
}

// ECE returns the expected calibration error of answers with these confidences, over bins of equal width.
func ECE(confidences []float64, right []bool, bins int) float64 {
	sums := make([]float64, bins) // of confidence less accuracy
	for i, c := range confidences {
		bin := min(int(c*float64(bins)), bins-1)
		sums[bin] += c
		if right[i] {
			sums[bin]--
		}
	}
	var total float64
	for _, s := range sums {
		total += math.Abs(s)
	}
	return total / float64(len(confidences))
}
