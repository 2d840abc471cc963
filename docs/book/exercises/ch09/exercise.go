//go:build exercise

// Package ch09 holds the exercises of chapter 9. Fill in the functions and run
//
//	go test -tags exercise ./docs/book/exercises/ch09
package ch09

// FirstBad returns the index of the first value that is NaN or infinite, or -1.
func FirstBad(values []float64) int {
	return -1 // exercise 9.1
}

// OneAnswer reports whether one class makes up more than a share of the predictions, and which.
func OneAnswer(predicted []int, classes int, share float64) (class int, yes bool) {
	return 0, false // exercise 9.2
}

// Relabel returns labels, which are indices into from, as indices into to, by the names of the classes. A label
// whose class to does not have becomes -1.
func Relabel(labels []int, from, to []string) []int {
	return nil // exercise 9.3
}
