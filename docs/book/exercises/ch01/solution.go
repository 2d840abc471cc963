//go:build !exercise

// Package ch01 holds the exercises of chapter 1 with their solutions.
package ch01

import "math"

// Accuracy returns the fraction of the predictions that equal the labels.
func Accuracy(predicted, labels []int) float64 {
	right := 0
	for i := range labels {
		if predicted[i] == labels[i] {
			right++
		}
	}
	return float64(right) / float64(len(labels))
}

// Normalize returns pixels, scaled to 0 to 1, less the mean, divided by the standard deviation.
func Normalize(pixels []byte, mean, deviation float64) []float64 {
	out := make([]float64, len(pixels))
	for i, p := range pixels {
		out[i] = (float64(p)/255 - mean) / deviation
	}
	return out
}

// MeanImage returns the mean of the images with a label, pixel by pixel.
func MeanImage(images [][]byte, labels []int, label int) []float64 {
	mean := make([]float64, len(images[0]))
	count := 0.0
	for i, image := range images {
		if labels[i] != label {
			continue
		}
		count++
		for j, p := range image {
			mean[j] += float64(p)
		}
	}
	for j := range mean {
		mean[j] /= count
	}
	return mean
}

// Nearest returns the index of the mean with the smallest squared distance to an image.
func Nearest(means [][]float64, image []byte) int {
	best, least := -1, math.Inf(1)
	for c, mean := range means {
		distance := 0.0
		for j, p := range image {
			distance += (float64(p) - mean[j]) * (float64(p) - mean[j])
		}
		if distance < least {
			best, least = c, distance
		}
	}
	return best
}
