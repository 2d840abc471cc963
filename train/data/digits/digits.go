// Package digits generates a data set of digits that look like handwriting.
//
// For each digit it has a table of skeletons, the usual ways of writing that digit. It mixes
// and distorts a skeleton at random, draws it with a pen, and converts the picture to the
// form of MNIST: 28x28 gray pixels, with the digit in a box of 20x20 pixels and its center
// of mass in the middle. A network that is trained on these digits reads real handwriting,
// so training works on a machine without MNIST and without a network connection.
//
// The digits contain no image of MNIST. Accuracies on these digits and on MNIST are not
// comparable, so a report must name the data set.
//
// A digit goes through these files. All randomness comes from one source (random.go).
//
//	skeletons*.go  the styles of the ten digits, as tables of pen paths
//	style.go       choose a style, mix two of its poses, move its points
//	curve.go       connect the points by a smooth polyline
//	distort.go     slant, rotation, proportions, elastic warp
//	pen.go         width of the stroke, ink on the paper
//	normalize.go   fit into the 20x20 box, center the mass
//
// The same seed gives the same bytes on every processor. The package uses only operations
// that IEEE 754 defines exactly (+ - * / and the square root), and it converts products
// that are added to float64, so that the compiler cannot fuse them.
package digits

import (
	"fmt"
	"runtime"
	"sync"

	"inkstone/internal/random"
)

// Size is the height and the width of an image in pixels.
const Size = 28

// classes is the number of labels, 0 to 9.
const classes = 10

// Generate returns n images and their labels. pixels holds n x Size x Size bytes (image,
// row, column), 0 for background and 255 for full ink. labels holds a digit from 0 to 9 for
// each image. Both are empty for n <= 0.
//
// Image i and its label depend on seed and i only, so Generate(seed, n) is a prefix of
// Generate(seed, m) for every m > n. Each block of ten labels that starts at a multiple of
// ten has every digit once, in a random order.
//
// Generate uses [runtime.GOMAXPROCS](0) goroutines. Their number does not change the result.
func Generate(seed uint64, n int) (pixels, labels []byte) {
	if n <= 0 {
		return nil, nil
	}
	pixels, labels = make([]byte, n*Size*Size), Labels(seed, n)
	workers := min(runtime.GOMAXPROCS(0), (n+classes-1)/classes)
	var wg sync.WaitGroup
	for w := range workers {
		from, to := n*w/workers, n*(w+1)/workers
		wg.Go(func() {
			var a artist
			for i := from; i < to; i++ {
				a.draw(pixels[i*Size*Size:][:Size*Size], seed, i, int(labels[i]))
			}
		})
	}
	wg.Wait()
	return pixels, labels
}

// Labels returns the labels of [Generate] without the images. It is empty for n <= 0.
func Labels(seed uint64, n int) []byte {
	if n <= 0 {
		return nil
	}
	labels := make([]byte, n)
	for i := range labels {
		labels[i] = label(seed, i)
	}
	return labels
}

// Draw sets pixels, Size x Size bytes (row, column), to image i of [Generate]. It panics if
// pixels is shorter or i is below 0.
func Draw(seed uint64, i int, pixels []byte) {
	if i < 0 {
		panic(fmt.Sprintf("digits: image %d, want at least 0", i))
	}
	var a artist
	a.draw(pixels[:Size*Size], seed, i, int(label(seed, i)))
}

// label returns the digit of image i, which is element i%10 of the random permutation of the
// digits for its block of ten.
func label(seed uint64, i int) byte {
	rng := newSource(seed, random.DigitLabels, uint64(i/classes))
	order := [classes]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	for k := classes - 1; k > 0; k-- {
		j := rng.intN(k + 1)
		order[k], order[j] = order[j], order[k]
	}
	return order[i%classes]
}

// artist draws digits. It only holds buffers, so a digit does not depend on earlier ones.
type artist struct {
	points []point  // control points of the current stroke
	corner []bool   // which of them are corners
	path   []sample // polyline of all strokes
	paper  paper
}

// draw draws digit as image i of the seed and writes it to pix.
func (a *artist) draw(pix []byte, seed uint64, i, digit int) {
	rng := newSource(seed, random.DigitImages, uint64(i))
	st := chooseStyle(&rng, digit)
	a.trace(&rng, st)
	distort(&rng, a.path)
	p := newPen(&rng)
	p.press(&rng, a.path)
	fitBox(a.path)
	a.paper.ink(&rng, a.path, p)
	center(pix, &a.paper)
}
