// Package reading puts the probabilities of the characters in a picture together: the label, and
// why it may be wrong.
package reading

import (
	"fmt"
	"image"
	"slices"

	"inkstone/train/data/picture"
)

// sure is the probability below which the class of a character is doubtful.
const sure = 0.7

// Character is one of the characters of a picture.
type Character struct {
	Label         string    // the most probable class
	Probabilities []float64 // in the order of the classes
}

// Reading is what a model reads in a picture.
type Reading struct {
	Label      string      // of several characters: one after the other
	Characters []Character // from left to right, at least one
	Doubts     []string    // why the label may be wrong; usually none
}

// Images returns the images of a picture to evaluate, from left to right. A row of characters
// has one image for each character if each class is a digit, otherwise one for all. The parts of
// another symbol, such as 八, belong together.
func Images(p *picture.Picture, classes []string) []*image.Gray {
	if slices.ContainsFunc(classes, func(c string) bool { return len(c) != 1 || c[0] < '0' || c[0] > '9' }) {
		return []*image.Gray{p.Image}
	}
	return p.Row
}

// New returns the reading for the probabilities of each class for each of the images. doubts are
// those of the picture.
func New(classes []string, probabilities [][]float64, doubts []string) *Reading {
	r := &Reading{Doubts: slices.Clone(doubts)}
	for _, p := range probabilities {
		highest := slices.Max(p)
		label := classes[slices.Index(p, highest)]
		r.Label += label
		r.Characters = append(r.Characters, Character{label, p})
		if highest < sure {
			r.Doubts = append(r.Doubts, fmt.Sprintf("%s has a probability of only %.0f %%", label, 100*highest))
		}
	}
	return r
}
