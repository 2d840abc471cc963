package train

import (
	"fmt"
	"math/rand/v2"

	"inkstone/internal/random"
	"inkstone/train/data"
)

// feeder prepares the batches of an epoch on a goroutine of its own, while the trainer
// computes on those before. The batches depend on the seed and the epoch alone.
type feeder struct {
	batches batches
	epoch   int
	source  source
	mixer   *mixer // nil for none
	// mine reports whether this process computes batch i of an epoch; the others are left out.
	mine func(i int) bool

	free  chan *batch
	ready chan *batch
	quit  chan struct{}
	err   error // of a batch; may be read once ready is closed
}

// source writes an image as the network's inputs. It is implemented by [pixels], and by
// [features] for a network that starts from these.
type source interface {
	// sizes returns the number of elements of each input for one image.
	sizes() []int
	// write writes image i of an epoch into dst, which has a slice for each input.
	write(dst [][]float32, i, epoch int) error
}

// batch is a prepared batch.
type batch struct {
	inputs [][]float32 // each rows x elements
	labels []int32
	rows   int

	others []int32   // second labels, with mixup
	shares []float32 // of the first labels
}

// ahead is the number of batches that are prepared before they are needed.
const ahead = 2

func newFeeder(b batches, src source, mixer *mixer, mine func(i int) bool) *feeder {
	f := &feeder{batches: b, source: src, mixer: mixer, mine: mine, free: make(chan *batch, ahead+1)}
	for range ahead + 1 {
		next := &batch{labels: make([]int32, b.size)}
		if mixer != nil {
			next.others, next.shares = make([]int32, b.size), make([]float32, b.size)
		}
		for _, size := range src.sizes() {
			next.inputs = append(next.inputs, make([]float32, b.size*size))
		}
		f.free <- next
	}
	return f
}

// start starts to prepare the batches of an epoch from batch number first on.
func (f *feeder) start(epoch, first int) {
	f.epoch = epoch
	f.batches.shuffle(epoch)
	f.ready, f.quit = make(chan *batch, ahead), make(chan struct{})
	go func(ready chan<- *batch, quit <-chan struct{}) {
		defer close(ready)
		for i := first; i < f.batches.count(); i++ {
			if !f.mine(i) {
				continue
			}
			var b *batch
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

// next returns the next batch, which the caller returns with done.
func (f *feeder) next() (*batch, error) {
	b, ok := <-f.ready
	if !ok {
		if f.err == nil {
			f.err = fmt.Errorf("no batch is left in epoch %d", f.epoch)
		}
		return nil, f.err
	}
	return b, nil
}

// done takes a batch back, to be filled again.
func (f *feeder) done(b *batch) { f.free <- b }

// stop ends the goroutine and waits for it.
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

// prepare fills b with images.
func (f *feeder) prepare(b *batch, images []int) error {
	b.rows = len(images)
	sizes := f.source.sizes()
	dst := make([][]float32, len(sizes))
	for row, i := range images {
		for k, size := range sizes {
			dst[k] = b.inputs[k][row*size : (row+1)*size]
		}
		if err := f.source.write(dst, i, f.epoch); err != nil {
			return fmt.Errorf("image %d: %w", i, err)
		}
		b.labels[row] = int32(f.batches.set.Label(i))
	}
	if f.mixer != nil {
		f.mixer.mix(b, images, f.epoch)
	}
	return nil
}

// pixels is the source of a network that reads images. It distorts them.
type pixels struct {
	set         *data.Set
	normalize   func(dst []float32, pixels []byte)
	distortions *distortions
	distort     func(pixels []byte, r *rand.Rand) // Config.Distort, nil for none
	pcg         rand.PCG                          // the random source of distort
	seed        uint64
	image       []byte // the distorted image
}

func newPixels(set *data.Set, normalize func([]float32, []byte), d *distortions, distort func([]byte, *rand.Rand), seed uint64) *pixels {
	return &pixels{set: set, normalize: normalize, distortions: d, distort: distort, seed: seed, image: make([]byte, set.Height()*set.Width())}
}

// sizes implements [source].
func (p *pixels) sizes() []int { return []int{len(p.image)} }

// write implements [source].
func (p *pixels) write(dst [][]float32, i, epoch int) error {
	pixels := p.set.Pixels(i)
	if a := p.distortions.forEpoch(epoch); a != nil {
		if err := a.Apply(p.image, pixels, random.Image(p.seed, i, epoch)); err != nil {
			return err
		}
		pixels = p.image
	}
	if p.distort != nil {
		copy(p.image, pixels)
		if err := p.distorted(random.Image(p.seed, i, epoch)); err != nil {
			return err
		}
		pixels = p.image
	}
	p.normalize(dst[0], pixels)
	return nil
}

// distorted calls the user's function. A panic in it becomes an error, since on the
// feeder's goroutine it would end the process.
func (p *pixels) distorted(seed uint64) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the function Distort panicked: %v", r)
		}
	}()
	p.pcg.Seed(seed, uint64(random.Distort))
	p.distort(p.image, rand.New(&p.pcg))
	return nil
}
