package train

import (
	"fmt"
	"math/rand/v2"

	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/augment"
)

// feeder prepares the batches of an epoch on a goroutine of its own, ahead of the one
// that computes. What it prepares is a function of the seed and the epoch alone.
type feeder struct {
	batches batches
	epoch   int
	source  source
	mixer   *mixer // nil for none

	free  chan *fed
	ready chan *fed
	quit  chan struct{}
	err   error // of a batch, to be read after ready is closed
}

// inputs is what the batches of a run are made of.
type inputs struct {
	batches batches
	pixels  *pixels
	mixer   *mixer // nil for none
}

func newInputs(training *data.Set, m *model.Model, cfg *Config) (in inputs, err error) {
	distorted, err := newDistortions(cfg, m.Height, m.Width)
	if err != nil {
		return in, err
	}
	in.batches = batches{set: training, size: cfg.Batch, seed: cfg.Seed}
	in.pixels = newPixels(training, m.Normalizer(), distorted, cfg.Distort, cfg.Seed)
	if cfg.Mixup > 0 {
		in.mixer = &mixer{alpha: cfg.Mixup, run: cfg.Seed}
	}
	return in, nil
}

// change returns what makes the images differ from epoch to epoch, [FeaturesNone] for
// nothing.
func (in *inputs) change() FeatureState {
	switch {
	case !in.pixels.distortions.none():
		return FeaturesAugmented
	case in.pixels.distort != nil:
		return FeaturesDistorted
	case in.mixer != nil:
		return FeaturesMixed
	}
	return FeaturesNone
}

// source gives what a network reads of an image.
type source interface {
	// sizes are the numbers of elements of the network's inputs for one image.
	sizes() []int
	// write writes image i, as it is in that epoch, into dst, a slice for each input.
	write(dst [][]float32, i, epoch int) error
}

// fed is a prepared batch.
type fed struct {
	inputs [][]float32 // each rows x elements
	labels []int32
	rows   int

	others []int32 // what the labels are mixed with, and the shares of these
	shares []float32
}

// ahead is how many batches may be ready before they are needed.
const ahead = 2

func newFeeder(b batches, src source, mixer *mixer) *feeder {
	f := &feeder{batches: b, source: src, mixer: mixer, free: make(chan *fed, ahead+1)}
	for range ahead + 1 {
		next := &fed{labels: make([]int32, b.size)}
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

// prepare writes the images of a batch into b.
func (f *feeder) prepare(b *fed, batch []int) error {
	b.rows = len(batch)
	sizes := f.source.sizes()
	dst := make([][]float32, len(sizes))
	for row, i := range batch {
		for k, size := range sizes {
			dst[k] = b.inputs[k][row*size : (row+1)*size]
		}
		if err := f.source.write(dst, i, f.epoch); err != nil {
			return fmt.Errorf("image %d: %w", i, err)
		}
		b.labels[row] = int32(f.batches.set.Label(i))
	}
	if f.mixer != nil {
		f.mixer.mix(b, batch, f.epoch)
	}
	return nil
}

// pixels is the source of a network that reads the images of a set.
type pixels struct {
	set         *data.Set
	normalize   func(dst []float32, pixels []byte)
	distortions *distortions
	distort     func(pixels []byte, r *rand.Rand) // after them, nil for none
	pcg         rand.PCG                          // of distort
	seed        uint64                            // of both
	image       []byte                            // distorted
}

func newPixels(set *data.Set, normalize func([]float32, []byte), d *distortions, distort func([]byte, *rand.Rand), seed uint64) *pixels {
	return &pixels{set: set, normalize: normalize, distortions: d, distort: distort, seed: seed, image: make([]byte, set.Height()*set.Width())}
}

func (p *pixels) sizes() []int { return []int{len(p.image)} }

func (p *pixels) write(dst [][]float32, i, epoch int) error {
	pixels := p.set.Pixels(i)
	if a := p.distortions.at(epoch); a != nil {
		if err := a.Apply(p.image, pixels, augment.Seed(p.seed, i, epoch)); err != nil {
			return err
		}
		pixels = p.image
	}
	if p.distort != nil {
		copy(p.image, pixels)
		if err := p.distorted(augment.Seed(p.seed, i, epoch)); err != nil {
			return err
		}
		pixels = p.image
	}
	p.normalize(dst[0], pixels)
	return nil
}

// distorted lets the user's function distort the image. A panic there would end the
// process, because it is on a goroutine of its own, so it becomes an error.
func (p *pixels) distorted(seed uint64) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the function Distort panicked: %v", r)
		}
	}()
	p.pcg.Seed(seed, 0x6469_7374_6f72_7400)
	p.distort(p.image, rand.New(&p.pcg))
	return nil
}
