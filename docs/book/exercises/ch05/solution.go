//go:build !exercise

// Package ch05 holds the exercises of chapter 5 with their solutions.
package ch05

import (
	"math/rand/v2"
	"slices"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
)

// Small declares a network with two convolutions and fewer than 3,000 parameters.
func Small(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.ReLU(b.MaxPool(b.Conv("conv1", x, 8, 5), 2))
	x = b.ReLU(b.MaxPool(b.Conv("conv2", x, 16, 3), 2))
	return b.Dense("fc1", b.GlobalAvgPool(x), b.Classes())
}

// Patterns returns the patterns for Freeze that freeze all parameters but those of conv3, the last
// convolution, and of fc1, the head. The network has conv1, bn1, conv2, bn2, conv3, bn3 and fc1.
func Patterns() []string { return []string{"conv*", "bn*", "!conv3*", "!bn3*"} }

// Batches returns the indices 0 to n-1 in random order, in batches of a size. The last batch may be smaller.
func Batches(n, size int, r *rand.Rand) [][]int {
	var batches [][]int
	for batch := range slices.Chunk(r.Perm(n), size) {
		batches = append(batches, batch)
	}
	return batches
}

// Split returns the indices of the images for training and of those for validation, each images of each class.
func Split(labels []int, classes, each int) (training, validation []int) {
	held := make([]int, classes)
	for i, label := range labels {
		if held[label] < each {
			held[label]++
			validation = append(validation, i)
		} else {
			training = append(training, i)
		}
	}
	return training, validation
}
