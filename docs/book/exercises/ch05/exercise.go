//go:build exercise

// Package ch05 holds the exercises of chapter 5. Fill in the functions and run
//
//	go test -tags exercise ./docs/book/exercises/ch05
package ch05

import (
	"math/rand/v2"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
)

// Small declares a network with two convolutions and fewer than 3,000 parameters.
func Small(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return nil // exercise 5.1; b.Conv, b.ReLU, b.MaxPool, b.Flatten, b.GlobalAvgPool, b.Dense
}

// Patterns returns the patterns for Freeze that freeze all parameters but those of conv3, the last
// convolution, and of fc1, the head. The network has conv1, bn1, conv2, bn2, conv3, bn3 and fc1.
func Patterns() []string {
	return nil // exercise 5.2; bn3 belongs to conv3 and trains too
}

// Batches returns the indices 0 to n-1 in random order, in batches of a size. The last batch may be smaller.
func Batches(n, size int, r *rand.Rand) [][]int {
	return nil // exercise 5.3
}

// Split returns the indices of the images for training and of those for validation, each images of each class.
func Split(labels []int, classes, each int) (training, validation []int) {
	return nil, nil // exercise 5.4
}
