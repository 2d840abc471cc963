//go:build exercise

// Package ch10 holds the exercises of chapter 10. Fill in the functions and run
//
//	go test -tags exercise ./docs/book/exercises/ch10
package ch10

// Wilson returns the 95 % interval of Wilson for an accuracy, as fractions: with p = right/total, n = total
// and z = 1.96 it is (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).
func Wilson(right, total int) (low, high float64) {
	return 0, 0 // exercise 10.1
}

// BestOf returns the mean of the best of k results, over all choices of k of the results.
func BestOf(results []float64, k int) float64 {
	return 0 // exercise 10.2
}

// McNemar returns the p-value of two models for the numbers of images that only the first and only the second
// gets right: twice the probability that a fair coin, tossed first+second times, shows heads at most as often
// as the smaller of the two, and at most 1.
func McNemar(first, second int) float64 {
	return 0 // exercise 10.3
}

// ECE returns the expected calibration error of answers with these confidences, over bins of equal width: the
// mean over all answers of the distance between the mean confidence and the accuracy of their bin.
func ECE(confidences []float64, right []bool, bins int) float64 {
	return 0 // exercise 10.4
}
