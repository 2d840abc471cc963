// Package data holds labeled sets of small gray images. All packages of Inkstone use them for
// training and test images.
//
// A [Set] keeps one byte per pixel: 47 MB for the 60,000 training images of MNIST. Subsets,
// limits and splits are views that share these bytes.
package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"

	"inkstone/internal/oneline"
)

// Set is a labeled set of gray images of one size, or a view of some images of another set. It
// is immutable, so any number of goroutines may use it.
//
// A pixel is one byte, 0 for background and 255 for full ink. A label is an index into the
// classes.
type Set struct {
	name, source  string
	height, width int
	classes       []string
	pixels        []byte   // image, row, column
	labels        []byte   // one per image
	drawing       *drawing // draws pixels when they are first used; nil if they are there

	// order holds the indices of the images of this view in pixels and labels. nil means all
	// images in order.
	order []int

	// renumbered holds the class in this view by stored label. nil means that the class is
	// the label.
	renumbered []byte

	err error // of the call that should have made the set, see Failed
}

// Failed returns an empty set that stands for one that could not be made. Its methods return
// err, or panic with err if they have no error to return; String and Check show err. Functions
// that return a set and an error return such a set with the error, so that a notebook that
// uses the set without a look at the error shows the reason.
func Failed(err error) *Set { return &Set{err: err} }

// failed returns the results of a function that could not make a set.
func failed(err error) (*Set, error) { return Failed(err), err }

// failedTwo returns the results of a function that could not make two sets.
func failedTwo(err error) (*Set, *Set, error) { return Failed(err), Failed(err), err }

// Err returns the error of a set that could not be made, see [Failed], and nil for other sets.
func (s *Set) Err() error { return s.err }

// mustExist panics with the error of a set that could not be made.
func (s *Set) mustExist() {
	if s.err != nil {
		panic(s.err)
	}
}

// New returns a set of len(labels) images.
//
// name is a short name, such as "mnist". source describes where the images came from, such as a
// folder or a generator. pixels holds len(labels) x height x width bytes (image, row, column).
// The set uses the memory of pixels and labels, so the caller must not change them afterwards.
//
// New returns an error if name is empty, if there are no images, if height or width is below
// 1, if there are not 1 to 256 classes, if the length of pixels is wrong, or if a label is not
// an index into classes. The names of the set and of the classes must be valid UTF-8 without
// control characters. In the source, control characters become escapes, such as \n.
func New(name, source string, height, width int, classes []string, pixels, labels []byte) (*Set, error) {
	switch {
	case name == "":
		return failed(errors.New("data set: the name is empty"))
	case height < 1 || width < 1:
		return failed(fmt.Errorf("data set %q: images of %d x %d pixels, want at least 1 x 1", name, height, width))
	case len(classes) < 1 || len(classes) > 256:
		return failed(fmt.Errorf("data set %q: %d classes, want 1 to 256", name, len(classes)))
	case len(labels) == 0:
		return failed(fmt.Errorf("data set %q: no images", name))
	case height > math.MaxInt/width || len(labels) > math.MaxInt/(height*width) ||
		len(pixels) != len(labels)*height*width:
		return failed(fmt.Errorf("data set %q: %d bytes of pixels, want %d images x %d x %d",
			name, len(pixels), len(labels), height, width))
	}
	if err := oneline.Check(name); err != nil {
		return failed(fmt.Errorf("data set: the name %w", err))
	}
	for k, class := range classes {
		if err := oneline.Check(class); err != nil {
			return failed(fmt.Errorf("data set %q: the name of class %d, %w", name, k, err))
		}
	}
	for i, label := range labels {
		if int(label) >= len(classes) {
			return failed(fmt.Errorf("data set %q: label %d of image %d, want 0 to %d", name, label, i, len(classes)-1))
		}
	}
	return &Set{
		name: name, source: oneline.Escape(source),
		height: height, width: width,
		classes: slices.Clone(classes),
		pixels:  pixels, labels: labels,
	}, nil
}

// Name returns the short name of the set.
func (s *Set) Name() string { return s.name }

// Source returns a description of where the images came from.
func (s *Set) Source() string { return s.source }

// Height returns the number of rows of an image.
func (s *Set) Height() int { return s.height }

// Width returns the number of columns of an image.
func (s *Set) Width() int { return s.width }

// Classes returns the names of the classes. A label is an index into them.
func (s *Set) Classes() []string { return slices.Clone(s.classes) }

// Len returns the number of images.
func (s *Set) Len() int {
	if s.order != nil {
		return len(s.order)
	}
	return len(s.labels)
}

// index returns the index of image i of the view in pixels and labels. It panics unless
// 0 <= i < Len.
func (s *Set) index(i int) int {
	if uint(i) >= uint(s.Len()) {
		panic(fmt.Sprintf("data set %q has no image %d, want 0 to %d", s.name, i, s.Len()-1))
	}
	if s.order != nil {
		return s.order[i]
	}
	return i
}

// Pixels returns the Height x Width bytes of image i (row, column). The slice is the memory of
// the set and must not be changed. Pixels panics unless 0 <= i < Len.
func (s *Set) Pixels(i int) []byte {
	s.mustExist()
	size := s.height * s.width
	stored := s.index(i)
	start := stored * size
	pixels := s.pixels[start : start+size : start+size]
	if s.drawing != nil {
		s.drawing.complete(stored, pixels)
	}
	return pixels
}

// Label returns the class of image i. It panics unless 0 <= i < Len.
func (s *Set) Label(i int) int {
	s.mustExist()
	return s.label(s.labels[s.index(i)])
}

// label returns the class of a stored label.
func (s *Set) label(stored byte) int {
	if s.renumbered != nil {
		return int(s.renumbered[stored])
	}
	return int(stored)
}

// Image returns a copy of image i as a picture with white ink on black. It panics unless
// 0 <= i < Len.
func (s *Set) Image(i int) *image.Gray {
	s.mustExist()
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

// MeanStd returns the mean and the population standard deviation of all pixels on a scale of 0
// to 1, for the normalization of a network's input. They are 0.1307 and 0.3081 for MNIST's
// training images, and 0 for an empty view.
func (s *Set) MeanStd() (mean, std float64) {
	// A histogram of the 256 values makes the result independent of the order of the images.
	var histogram [256]int
	for i := range s.Len() {
		count(&histogram, s.Pixels(i))
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

// count adds the values of pixels to a histogram. Most images are mostly background, so it
// counts eight zeros at a time.
func count(histogram *[256]int, pixels []byte) {
	for ; len(pixels) >= 8; pixels = pixels[8:] {
		if binary.LittleEndian.Uint64(pixels) == 0 {
			histogram[0] += 8
			continue
		}
		for _, p := range pixels[:8] {
			histogram[p]++
		}
	}
	for _, p := range pixels {
		histogram[p]++
	}
}

// String returns a description of the set in one line.
func (s *Set) String() string {
	if s.err != nil {
		return fmt.Sprintf("no data set: %v", s.err)
	}
	text := fmt.Sprintf("%s: %d images of %d x %d, %d classes", s.name, s.Len(), s.height, s.width, len(s.classes))
	if s.source != "" {
		text += ", from " + s.source
	}
	return text
}
