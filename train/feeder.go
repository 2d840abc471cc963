package train

import (
	"fmt"
	"math/rand/v2"

	"inkstone/train/augment"
)

// feeder prepares the batches of an epoch on a goroutine of its own, ahead of the one
// that computes. What it prepares is a function of the seed and the epoch alone.
type feeder struct {
	batches   batches
	epoch     int
	normalize func(dst []float32, pixels []byte)
	augmenter *augment.Augmenter                // nil for none
	distort   func(pixels []byte, r *rand.Rand) // nil for none
	pcg       rand.PCG                          // of distort
	image     []byte                            // augmented and distorted
	mixer     *mixer                            // nil for none

	free  chan *fed
	ready chan *fed
	quit  chan struct{}
	err   error // of a batch, to be read after ready is closed
}

// fed is a prepared batch.
type fed struct {
	input  []float32 // rows x pixels
	labels []int32
	rows   int

	others []int32 // what the labels are mixed with, and the shares of these
	shares []float32
}

// ahead is how many batches may be ready before they are needed.
const ahead = 2

func newFeeder(b batches, normalize func([]float32, []byte), augmenter *augment.Augmenter, distort func([]byte, *rand.Rand), mixer *mixer) *feeder {
	f := &feeder{batches: b, normalize: normalize, augmenter: augmenter, distort: distort, mixer: mixer, free: make(chan *fed, ahead+1)}
	size := b.set.Height() * b.set.Width()
	if augmenter != nil || distort != nil {
		f.image = make([]byte, size)
	}
	for range ahead + 1 {
		next := &fed{input: make([]float32, b.size*size), labels: make([]int32, b.size)}
		if mixer != nil {
			next.others, next.shares = make([]int32, b.size), make([]float32, b.size)
		}
		f.free <- next
	}
	return f
}

// start begins to prepare the batches of an epoch, from the one with that number on.
func (f *feeder) start(epoch, from int) {
	f.epoch = epoch
	f.batches.shuffle(epoch)
	f.ready, f.quit = make(chan *fed, ahead), make(chan struct{})
	go func(ready chan<- *fed, quit <-chan struct{}) {
		defer close(ready)
		for i := from; i < f.batches.count(); i++ {
			var b *fed
			select {
			case b = <-f.free:
			case <-quit:
				return
			}
			if f.err = f.prepare(b, f.batches.batch(i)); f.err != nil {
				return
			}
			select {
			case ready <- b:
			case <-quit:
				f.free <- b
				return
			}
		}
	}(f.ready, f.quit)
}

// next waits for the next batch. It must be given back with done.
func (f *feeder) next() (*fed, error) {
	b, ok := <-f.ready
	if !ok {
		if f.err == nil {
			f.err = fmt.Errorf("no batch is left in epoch %d", f.epoch)
		}
		return nil, f.err
	}
	return b, nil
}

func (f *feeder) done(b *fed) { f.free <- b }

// stop ends the preparation and waits for it to end.
func (f *feeder) stop() {
	if f.quit == nil {
		return
	}
	close(f.quit)
	for b := range f.ready {
		f.free <- b
	}
	f.quit = nil
}

// distorted lets the user's function distort the image. A panic there would end the
// process, because it is on a goroutine of its own, so it becomes an error.
func (f *feeder) distorted(seed uint64) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the function Distort panicked: %v", r)
		}
	}()
	f.pcg.Seed(seed, 0x6469_7374_6f72_7400)
	f.distort(f.image, rand.New(&f.pcg))
	return nil
}

// prepare writes the images of a batch into b.
func (f *feeder) prepare(b *fed, batch []int) error {
	set := f.batches.set
	size := set.Height() * set.Width()
	b.rows = len(batch)
	for row, i := range batch {
		pixels := set.Pixels(i)
		if f.augmenter != nil {
			if err := f.augmenter.Apply(f.image, pixels, augment.Seed(f.batches.seed, i, f.epoch)); err != nil {
				return fmt.Errorf("image %d: %w", i, err)
			}
			pixels = f.image
		}
		if f.distort != nil {
			copy(f.image, pixels)
			if err := f.distorted(augment.Seed(f.batches.seed, i, f.epoch)); err != nil {
				return fmt.Errorf("image %d: %w", i, err)
			}
			pixels = f.image
		}
		f.normalize(b.input[row*size:(row+1)*size], pixels)
		b.labels[row] = int32(set.Label(i))
	}
	if f.mixer != nil {
		f.mixer.mix(b, batch, f.epoch)
	}
	return nil
}
