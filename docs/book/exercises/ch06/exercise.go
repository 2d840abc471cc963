//go:build exercise

// Package ch06 holds the exercises of chapter 6. Fill in the functions and run
//
//	go test -tags exercise ./docs/book/exercises/ch06
package ch06

// Invert makes a picture light on dark: if most of its border is light, it replaces each value v by 255-v.
func Invert(pixels [][]byte) {
	// exercise 6.1; the border is the first and the last row and column
}

// Box returns the smallest rectangle that holds all pixels above a threshold: the first row and column, and
// those after the last. All are 0 if there is none.
func Box(pixels [][]byte, threshold byte) (top, left, bottom, right int) {
	return 0, 0, 0, 0 // exercise 6.2
}

// Columns returns the ranges of columns that hold ink above a threshold, from left to right: the first column
// of each and the one after its last.
func Columns(pixels [][]byte, threshold byte) [][2]int {
	return nil // exercise 6.3
}

// Reject reports whether an answer should go to a person: the largest probability is below least, or the second
// largest is at least half of it.
func Reject(probabilities []float64, least float64) bool {
	return false // exercise 6.4
}
