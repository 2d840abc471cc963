//go:build exercise

// Package ch01 holds the exercises of chapter 1. Fill in the functions and run
//
//	go test -tags exercise ./docs/book/exercises/ch01
package ch01

// Accuracy returns the fraction of the predictions that equal the labels.
func Accuracy(predicted, labels []int) float64 {
	return 0 // exercise 1.1
}

// Normalize returns pixels, scaled to 0 to 1, less the mean, divided by the standard deviation.
func Normalize(pixels []byte, mean, deviation float64) []float64 {
	return nil // exercise 1.2
}

// MeanImage returns the mean of the images with a label, pixel by pixel.
func MeanImage(images [][]byte, labels []int, label int) []float64 {
	return nil // exercise 1.3
}

// Nearest returns the index of the mean with the smallest squared distance to an image.
func Nearest(means [][]float64, image []byte) int {
	return -1 // exercise 1.4
}
