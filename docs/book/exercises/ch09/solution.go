//go:build !exercise

// Package ch09 holds the exercises of chapter 9 with their solutions.
package ch09

import (
	"math"
	"slices"
)

// FirstBad returns the index of the first value that is NaN or infinite, or -1.
func FirstBad(values []float64) int {
	return slices.IndexFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}

// OneAnswer reports whether one class makes up more than a share of the predictions, and which.
func OneAnswer(predicted []int, classes int, share float64) (class int, yes bool) {
	counts := make([]int, classes)
	for _, p := range predicted {
		counts[p]++
	}
	for c, n := range counts {
		if float64(n) > share*float64(len(predicted)) {
			return c, true
		}
	}
	return 0, false
}

// Relabel returns labels, which are indices into from, as indices into to, by the names of the classes. A label
// whose class to does not have becomes -1.
func Relabel(labels []int, from, to []string) []int {
	out := make([]int, len(labels))
	for i, label := range labels {
		out[i] = slices.Index(to, from[label])
	}
	return out
}
