package train

import (
	"inkstone/internal/random"
	"inkstone/train/data"
)

// batches divides the images of a set into batches. Each epoch has its own order.
type batches struct {
	set   *data.Set
	size  int
	seed  uint64
	order []int
}

// shuffle sets the order of an epoch. The order depends on the seed and the epoch only.
func (b *batches) shuffle(epoch int) {
	b.order = random.New(b.seed, random.EpochOrder+random.Stream(epoch)).Perm(b.set.Len())
}

// count returns the number of batches in an epoch. The last batch may be smaller.
func (b *batches) count() int { return (b.set.Len() + b.size - 1) / b.size }

// batch returns the indices of the images in batch i of the epoch.
func (b *batches) batch(i int) []int {
	return b.order[i*b.size : min((i+1)*b.size, len(b.order))]
}
