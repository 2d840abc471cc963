package main

import (
	"math/rand/v2"

	"inkstone/train/data"
)

// feed supplies batches of the images of a set, in an order that it shuffles for each pass
// over the set. The images have one channel, so the layouts with channels first and
// channels last are the same.
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

// fill writes the next images to dst, whose length must be a multiple of an image's, and
// calls label with the class of each.
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
