package train

import (
	"inkstone/internal/random"
	"inkstone/train/data"
)

// batches cuts the images of a set into batches. Each epoch has its own order.
type batches struct {
	set   *data.Set
	size  int
	seed  uint64
	order []int
}

// shuffle sets the order of an epoch, a function of the seed and the epoch alone.
func (b *batches) shuffle(epoch int) {
	b.order = random.New(b.seed, random.EpochOrder+random.Stream(epoch)).Perm(b.set.Len())
}

// count is the number of batches in an epoch; the last may be smaller.
func (b *batches) count() int { return (b.set.Len() + b.size - 1) / b.size }

// batch lists the images of a batch of the epoch.
func (b *batches) batch(i int) []int {
	return b.order[i*b.size : min((i+1)*b.size, len(b.order))]
}
