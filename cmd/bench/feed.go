package main

import (
	"math/rand/v2"

	"inkstone/train/data"
)

// feed hands out the images of a set in a shuffled order, over and over, and
// writes them as a network reads them. The images are grey, so rows of pixels are
// the same whether channels come first or last.
type feed struct {
	set       *data.Set
	normalize func(dst []float32, pixels []byte)
	random    *rand.Rand
	order     []int
	next      int
}

func newFeed(set *data.Set, normalize func(dst []float32, pixels []byte)) *feed {
	order := make([]int, set.Len())
	for i := range order {
		order[i] = i
	}
	return &feed{set: set, normalize: normalize, random: rand.New(rand.NewPCG(1, 2)), order: order, next: len(order)}
}

// fill writes the next images to dst, whose length is a multiple of an image's, and
// tells the label of each.
func (f *feed) fill(dst []float32, label func(row, class int)) {
	size := f.set.Height() * f.set.Width()
	for row := range len(dst) / size {
		if f.next == len(f.order) {
			f.random.Shuffle(len(f.order), func(i, j int) { f.order[i], f.order[j] = f.order[j], f.order[i] })
			f.next = 0
		}
		i := f.order[f.next]
		f.next++
		f.normalize(dst[row*size:(row+1)*size], f.set.Pixels(i))
		label(row, f.set.Label(i))
	}
}
