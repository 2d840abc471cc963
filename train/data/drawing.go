package data

import (
	"fmt"
	"math"
	"runtime"
	"sync"
)

// drawing draws the images of a set when they are first used.
type drawing struct {
	draw func(i int, pixels []byte)
	done []sync.Once // one per image
}

// complete draws image i to pixels, unless it is drawn already.
func (d *drawing) complete(i int, pixels []byte) {
	d.done[i].Do(func() { d.draw(i, pixels) })
}

// NewDrawn returns a set of len(labels) images that are drawn when they are first used, so that
// a view of a few images costs little. draw sets the height x width bytes of image i (row,
// column), which are 0 before. It is called once for each image that is used, by several
// goroutines at a time, and must give the same bytes each time.
//
// NewDrawn returns the errors of [New], and an error if draw is nil.
func NewDrawn(name, source string, height, width int, classes []string, labels []byte, draw func(i int, pixels []byte)) (*Set, error) {
	if draw == nil {
		return failed(fmt.Errorf("data set %q: the function that draws its images is nil", name))
	}
	var pixels []byte
	if height > 0 && width > 0 && height <= math.MaxInt32/width && len(labels) <= math.MaxInt32/(height*width) {
		pixels = make([]byte, len(labels)*height*width)
	}
	s, err := New(name, source, height, width, classes, pixels, labels)
	if err != nil {
		return failed(err)
	}
	s.drawing = &drawing{draw: draw, done: make([]sync.Once, len(labels))}
	return s, nil
}

// drawAll draws the images of s on all processors.
func (s *Set) drawAll() {
	if s.drawing == nil {
		return
	}
	workers := min(runtime.GOMAXPROCS(0), s.Len())
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < s.Len(); i += workers {
				s.Pixels(i)
			}
		})
	}
	wg.Wait()
}
