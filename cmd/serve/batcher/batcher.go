// Package batcher evaluates the images of concurrent requests together.
package batcher

import (
	"context"
	"errors"
	"slices"
	"sync"

	"inkstone/model"
	"inkstone/train"
)

// ErrClosed is the error of a call during or after [Batcher.Close].
var ErrClosed = errors.New("the batcher is closed")

// sizes are the numbers of images for which the models are compiled, the largest first. Every
// batch has one of these sizes, so that none is padded.
var sizes = []int{64, 16, 4, 1}

// Batcher evaluates images with the average of some models. Any number of goroutines may use it.
//
// One goroutine evaluates. It takes a waiting image at once, together with the others that
// wait at that moment. So a lone image is not delayed, and the images that arrive during an
// evaluation form the next batches. The probabilities of an image do not depend on the batch.
type Batcher struct {
	ensembles []*train.Ensemble // for each of the sizes
	observe   func(images int)  // called after each evaluation
	queue     chan *item
	closing   chan struct{} // closed by Close
	stopped   chan struct{} // closed when the goroutine has ended
	closeOnce sync.Once
	closeErr  error
}

// item is an image that waits for its evaluation.
type item struct {
	ctx           context.Context
	pixels        []byte
	probabilities []float64
	err           error
	done          chan<- struct{}
}

// New returns a batcher for models that read the same images and have the same classes, see
// [train.Agree]. workers is the number of goroutines that compute an operation, 0 for one per
// processor. observe is called with the number of images after each evaluation; it may be nil.
// The caller must close the batcher.
func New(models []*model.Model, workers int, observe func(images int)) (*Batcher, error) {
	if observe == nil {
		observe = func(int) {}
	}
	b := &Batcher{
		observe: observe, queue: make(chan *item, sizes[0]),
		closing: make(chan struct{}), stopped: make(chan struct{}),
	}
	for _, size := range sizes {
		e, err := train.NewEnsemble(models, nil, size, workers)
		if err != nil {
			b.release()
			return nil, err
		}
		b.ensembles = append(b.ensembles, e)
	}
	go b.run()
	return b, nil
}

// Probabilities returns the probability of each class for each image of height x width bytes,
// in the order of the images. It returns the error of ctx if that is done first, and
// [ErrClosed] if the batcher is closed.
func (b *Batcher) Probabilities(ctx context.Context, images [][]byte) ([][]float64, error) {
	items := make([]*item, len(images))
	done := make(chan struct{}, len(images))
	for i, pixels := range images {
		items[i] = &item{ctx: ctx, pixels: pixels, done: done}
		select {
		case b.queue <- items[i]:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-b.closing:
			return nil, ErrClosed
		}
	}
	probabilities := make([][]float64, len(images))
	for range images {
		select {
		case <-done:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-b.stopped:
			return nil, ErrClosed
		}
	}
	for i, it := range items {
		if it.err != nil {
			return nil, it.err
		}
		probabilities[i] = it.probabilities
	}
	return probabilities, nil
}

// run evaluates images until Close.
func (b *Batcher) run() {
	defer close(b.stopped)
	var waiting []*item
	for {
		if len(waiting) == 0 {
			select {
			case it := <-b.queue:
				waiting = append(waiting, it)
			case <-b.closing:
				return
			}
		}
		waiting = b.collect(waiting)
		if len(waiting) == 0 {
			continue
		}
		k := slices.IndexFunc(sizes, func(size int) bool { return size <= len(waiting) })
		b.evaluate(b.ensembles[k], waiting[:sizes[k]])
		waiting = slices.Delete(waiting, 0, sizes[k])
		select {
		case <-b.closing:
			return
		default:
		}
	}
}

// collect adds images from the queue without waiting, up to the largest batch, and removes
// those whose request has ended.
func (b *Batcher) collect(waiting []*item) []*item {
	for len(waiting) < sizes[0] {
		select {
		case it := <-b.queue:
			waiting = append(waiting, it)
			continue
		default:
		}
		break
	}
	return slices.DeleteFunc(waiting, func(it *item) bool { return it.ctx.Err() != nil })
}

// evaluate computes the probabilities of a batch. If that fails, for example because those of
// one image are not finite, it evaluates each image alone.
func (b *Batcher) evaluate(e *train.Ensemble, batch []*item) {
	probabilities, err := e.BatchProbabilities(len(batch), func(i int) []byte { return batch[i].pixels })
	if err != nil && len(batch) > 1 {
		for i := range batch {
			b.evaluate(b.ensembles[len(sizes)-1], batch[i:i+1])
		}
		return
	}
	b.observe(len(batch))
	for i, it := range batch {
		if it.err = err; err == nil {
			n := len(probabilities) / len(batch)
			it.probabilities = slices.Clone(probabilities[i*n : (i+1)*n])
		}
		it.done <- struct{}{}
	}
}

// Close stops the evaluations. Calls that wait return [ErrClosed].
func (b *Batcher) Close() error {
	b.closeOnce.Do(func() {
		close(b.closing)
		<-b.stopped
		b.closeErr = b.release()
	})
	return b.closeErr
}

func (b *Batcher) release() error {
	var err error
	for _, e := range b.ensembles {
		err = errors.Join(err, e.Close())
	}
	return err
}
