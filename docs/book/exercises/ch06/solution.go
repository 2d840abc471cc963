//go:build !exercise

// Package ch06 holds the exercises of chapter 6 with their solutions.
package ch06

// Invert makes a picture light on dark: if most of its border is light, it replaces each value v by 255-v.
func Invert(pixels [][]byte) {
	light, border := 0, 0
	for y, row := range pixels {
		for x, v := range row {
			if y == 0 || x == 0 || y == len(pixels)-1 || x == len(row)-1 {
				border++
				if v > 127 {
					light++
				}
			}
		}
	}
	if 2*light <= border {
		return
	}
	for _, row := range pixels {
		for x := range row {
			row[x] = 255 - row[x]
		}
	}
}

// Box returns the smallest rectangle that holds all pixels above a threshold: the first row and column, and
// those after the last. All are 0 if there is none.
func Box(pixels [][]byte, threshold byte) (top, left, bottom, right int) {
	for y, row := range pixels {
		for x, v := range row {
			if v <= threshold {
				continue
			}
			if bottom == 0 {
				top, left = y, x
			}
			left, bottom, right = min(left, x), y+1, max(right, x+1)
		}
	}
	return top, left, bottom, right
}

// Columns returns the ranges of columns that hold ink above a threshold, from left to right: the first column
// of each and the one after its last.
func Columns(pixels [][]byte, threshold byte) [][2]int {
	var ranges [][2]int
	inside := false
	for x := range pixels[0] {
		ink := false
		for _, row := range pixels {
			ink = ink || row[x] > threshold
		}
		if ink && !inside {
			ranges = append(ranges, [2]int{x, x})
		}
		if ink {
			ranges[len(ranges)-1][1] = x + 1
		}
		inside = ink
	}
	return ranges
}

// Reject reports whether an answer should go to a person: the largest probability is below least, or the second
// largest is at least half of it.
func Reject(probabilities []float64, least float64) bool {
	first, second := 0.0, 0.0
	for _, p := range probabilities {
		if p > first {
			first, second = p, first
		} else {
			second = max(second, p)
		}
	}
	return first < least || second >= first/2
}
