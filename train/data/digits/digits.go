// Package digits draws a data set of handwriting-like digits from a seed.
//
// It is a program that writes digits: for each it has a table of skeletons, the
// ways in which people are seen to write that digit, and from a seed it mixes,
// bends, slants and inks them, and brings the picture to the form of MNIST: 28x28
// grey pixels, the digit in a box of 20x20, its centre of mass in the middle. A
// network trained on these digits reads real handwriting, so a training run has
// something sensible to do on a machine that has neither data nor network.
//
// It is not MNIST, and no picture of MNIST is in it. Accuracies measured on these
// digits and on MNIST are not comparable, and a report should say which it is.
//
// The way of one digit through the files, all of it drawn from one random source
// (random.go):
//
//	skeletons*.go  the styles of the ten digits, as tables of pen paths
//	style.go       choose a style, mix its poses, shake its points
//	curve.go       points to a smooth polyline
//	distort.go     slant, rotation, proportions, elastic warp
//	pen.go         width along the stroke, and the ink on the paper
//	normalize.go   the 20x20 box, and the centre of mass
//
// Only operations that IEEE 754 rounds the same way everywhere (+ - * / and the square
// root) touch a picture, and products that are summed are rounded explicitly, so
// that no compiler may fuse them: the same seed gives the same bytes on every machine.
package digits

import (
	"runtime"
	"sync"

	"inkstone/internal/random"
)

const (
	// Size is the height and the width of an image in pixels.
	Size = 28
	// Classes is the number of labels, 0 to 9.
	Classes = 10
)

// Generate draws n images. Pixels holds them one after the other, each Size*Size
// bytes in row-major order, 0 for background and 255 for full ink; labels holds
// the digit, 0 to 9, of each. For n <= 0 both are empty.
//
// Image i and its label depend on seed and i only, so Generate(seed, n) is a prefix of
// Generate(seed, m) for every m > n. Each run of ten labels that starts at a multiple
// of ten holds every digit once, in an order drawn from the seed.
//
// The work is spread over runtime.GOMAXPROCS(0) goroutines; the result does not
// depend on how many there are.
func Generate(seed uint64, n int) (pixels, labels []byte) {
	if n <= 0 {
		return nil, nil
	}
	pixels = make([]byte, n*Size*Size)
	labels = make([]byte, n)

	workers := min(runtime.GOMAXPROCS(0), (n+Classes-1)/Classes)
	var wg sync.WaitGroup
	for w := range workers {
		from, to := n*w/workers, n*(w+1)/workers
		wg.Go(func() {
			var a artist
			for i := from; i < to; i++ {
				labels[i] = label(seed, i)
				a.draw(pixels[i*Size*Size:][:Size*Size], seed, i, int(labels[i]))
			}
		})
	}
	wg.Wait()
	return pixels, labels
}

// label returns the digit that image i shows: entry i%10 of the permutation of the
// digits that belongs to its run of ten.
func label(seed uint64, i int) byte {
	rng := newSource(seed, random.DigitLabels, uint64(i/Classes))
	order := [Classes]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	for k := Classes - 1; k > 0; k-- {
		j := rng.below(k + 1)
		order[k], order[j] = order[j], order[k]
	}
	return order[i%Classes]
}

// An artist draws one digit after the other. It holds nothing but buffers that are
// used again, so what it drew before leaves no trace.
type artist struct {
	points []point  // control points of the stroke at hand
	corner []bool   // and which of them are corners
	path   []sample // the polyline of all strokes
	paper  paper
}

// draw writes image i of the seed, a picture of digit, into pix.
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
