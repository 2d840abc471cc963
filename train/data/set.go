// Package data holds labelled sets of small grey images, the form in which
// training and test sets travel through Inkstone.
//
// A Set keeps its pixels as the bytes they were decoded to: 47 MB for the 60,000
// images of MNIST. Subsets, limits and splits are views that share these bytes.
package data

import (
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
)

// Set is a labelled set of grey images of one size, or a view of a part of such a
// set. It never changes once made, so any number of goroutines may read it.
//
// A pixel is one byte: 0 is background, 255 is full ink. A label is an index into
// Classes.
type Set struct {
	name, source  string
	height, width int
	classes       []string
	pixels        []byte // count x height x width, row-major
	labels        []byte // count

	// order holds the places of this view's images in pixels and labels; nil
	// stands for all of them in order.
	order []int

	// renumbered gives the class of this view for each label; nil stands for the label
	// itself.
	renumbered []byte
}

// New makes a set of len(labels) images.
//
// The name is short ("mnist"); source tells a reader where the images came from (a
// folder, a mirror, a generator); pixels holds the images one after another, each
// row-major with height x width bytes. The set keeps pixels and labels without a
// copy: the caller must not change them afterwards.
//
// New refuses a set without images, a height or width below one, no classes or
// more than 256 (a label is one byte), a number of pixels other than
// len(labels) x height x width, and a label that has no class.
func New(name, source string, height, width int, classes []string, pixels, labels []byte) (*Set, error) {
	switch {
	case name == "":
		return nil, errors.New("data set: the name is empty")
	case height < 1 || width < 1:
		return nil, fmt.Errorf("data set %q: images of %d x %d pixels, want at least 1 x 1", name, height, width)
	case len(classes) < 1 || len(classes) > 256:
		return nil, fmt.Errorf("data set %q: %d classes, want 1 to 256", name, len(classes))
	case len(labels) == 0:
		return nil, fmt.Errorf("data set %q: no images", name)
	case height > math.MaxInt/width || len(labels) > math.MaxInt/(height*width) ||
		len(pixels) != len(labels)*height*width:
		return nil, fmt.Errorf("data set %q: %d bytes of pixels, want %d images x %d x %d",
			name, len(pixels), len(labels), height, width)
	}
	for i, label := range labels {
		if int(label) >= len(classes) {
			return nil, fmt.Errorf("data set %q: label %d of image %d, want 0 to %d", name, label, i, len(classes)-1)
		}
	}
	return &Set{
		name: name, source: source,
		height: height, width: width,
		classes: slices.Clone(classes),
		pixels:  pixels, labels: labels,
	}, nil
}

// Name returns the short name of the set.
func (s *Set) Name() string { return s.name }

// Source tells where the images came from.
func (s *Set) Source() string { return s.source }

// Height returns the number of rows of an image.
func (s *Set) Height() int { return s.height }

// Width returns the number of columns of an image.
func (s *Set) Width() int { return s.width }

// Classes returns the class names; a label is an index into them.
func (s *Set) Classes() []string { return slices.Clone(s.classes) }

// Len returns the number of images.
func (s *Set) Len() int {
	if s.order != nil {
		return len(s.order)
	}
	return len(s.labels)
}

// place returns where image i of the view lies in pixels and labels.
func (s *Set) place(i int) int {
	if s.order != nil {
		return s.order[i]
	}
	return i
}

// Pixels returns the Height x Width bytes of image i, row-major. They are the
// set's own memory and must not be changed. Like a slice, it panics unless
// 0 <= i < Len.
func (s *Set) Pixels(i int) []byte {
	size := s.height * s.width
	start := s.place(i) * size
	return s.pixels[start : start+size : start+size]
}

// Label returns the class of image i. Like a slice, it panics unless 0 <= i < Len.
func (s *Set) Label(i int) int { return s.label(s.labels[s.place(i)]) }

// label returns the class of a label as it is stored.
func (s *Set) label(stored byte) int {
	if s.renumbered != nil {
		return int(s.renumbered[stored])
	}
	return int(stored)
}

// Image returns a copy of image i as a picture: white ink on black, as MNIST has
// it. Like a slice, it panics unless 0 <= i < Len.
func (s *Set) Image(i int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, s.width, s.height))
	copy(img.Pix, s.Pixels(i))
	return img
}

// Counts returns the number of images of each class.
func (s *Set) Counts() []int {
	counts := make([]int, len(s.classes))
	for i := range s.Len() {
		counts[s.Label(i)]++
	}
	return counts
}

// MeanStd returns the mean and the standard deviation (of the population, not of
// a sample) of all pixels on the scale of 0 to 1, which is what normalising the
// input of a network asks for: 0.1307 and 0.3081 for MNIST's training images. Both
// are zero for an empty view.
func (s *Set) MeanStd() (mean, std float64) {
	// Counting the 256 values first keeps the sums exact, whatever the order.
	var histogram [256]int
	for i := range s.Len() {
		for _, p := range s.Pixels(i) {
			histogram[p]++
		}
	}
	n := float64(s.Len() * s.height * s.width)
	if n == 0 {
		return 0, 0
	}
	for value, count := range histogram {
		mean += float64(value) / 255 * float64(count)
	}
	mean /= n
	for value, count := range histogram {
		d := float64(value)/255 - mean
		std += d * d * float64(count)
	}
	return mean, math.Sqrt(std / n)
}

// String describes the set in one line.
func (s *Set) String() string {
	text := fmt.Sprintf("%s: %d images of %d x %d, %d classes", s.name, s.Len(), s.height, s.width, len(s.classes))
	if s.source != "" {
		text += ", from " + s.source
	}
	return text
}
