package model

import (
	"fmt"
	"math"
	"sync/atomic"

	"inkstone/graph"
)

// Classifier evaluates a model on batches of images. It shares the parameters with the
// model, so that it uses the values that training writes to them. It is for one goroutine: a
// call during another call returns [ErrBusy].
type Classifier struct {
	model     *Model
	eval      *graph.Evaluation
	batch     int
	input     []float32
	normalize func(dst []float32, pixels []byte)
	busy      atomic.Bool // during a call
}

// Classifier compiles the model for evaluation on batches of up to batch images.
// workers is the number of goroutines that compute an operation, 0 for one per processor.
func (m *Model) Classifier(batch, workers int) (*Classifier, error) {
	if err := m.usable("classifying"); err != nil {
		return nil, err
	}
	eval, err := graph.NewEvaluation(m.Params, m.net, m.Config(batch, workers))
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", m.Preset, err)
	}
	return &Classifier{model: m, eval: eval, batch: batch, input: eval.Input().Data().([]float32), normalize: m.Normalizer()}, nil
}

// Batch returns the largest number of images that one call of Logits accepts.
func (c *Classifier) Batch() int { return c.batch }

// Logits evaluates the network on n images and returns their logits, len(Classes)
// values for each image in turn. pixels(i) returns image i, height x width bytes. The
// next call overwrites the result. The error wraps [ErrNotFinite] if a logit is NaN or infinite.
func (c *Classifier) Logits(n int, pixels func(i int) []byte) ([]float32, error) {
	if !c.busy.CompareAndSwap(false, true) {
		return nil, fmt.Errorf("model %q: %w", c.model.Preset, ErrBusy)
	}
	defer c.busy.Store(false)
	return c.logits(n, pixels)
}

// logits is [Classifier.Logits] during a call.
func (c *Classifier) logits(n int, pixels func(i int) []byte) ([]float32, error) {
	if n < 1 || n > c.batch {
		return nil, fmt.Errorf("model %q: a batch of %d images, want 1 to %d", c.model.Preset, n, c.batch)
	}
	if pixels == nil {
		return nil, fmt.Errorf("model %q: the function pixels is nil", c.model.Preset)
	}
	size := c.model.Height * c.model.Width * c.model.Channels
	for i := range n {
		p := pixels(i)
		if len(p) != size {
			return nil, fmt.Errorf("model %q: image %d has %d pixels, want %dx%d = %d", c.model.Preset, i, len(p), c.model.Height, c.model.Width, size)
		}
		c.normalize(c.input[i*size:(i+1)*size], p)
	}
	if err := c.eval.Run(); err != nil {
		return nil, fmt.Errorf("model %q: %w", c.model.Preset, err)
	}
	logits := c.eval.Logits().Data().([]float32)[:n*len(c.model.Classes)]
	for i, v := range logits {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			image, class := i/len(c.model.Classes), c.model.Classes[i%len(c.model.Classes)]
			return nil, fmt.Errorf("model %q: %w: image %d has %v for the class %s; the parameters are too large or the file is damaged", c.model.Preset, ErrNotFinite, image, v, class)
		}
	}
	return logits, nil
}

// Probabilities evaluates the network on one image and returns the softmax of its
// logits, a probability for each class.
func (c *Classifier) Probabilities(pixels []byte) ([]float64, error) {
	if !c.busy.CompareAndSwap(false, true) {
		return nil, fmt.Errorf("model %q: %w", c.model.Preset, ErrBusy)
	}
	defer c.busy.Store(false)
	logits, err := c.logits(1, func(int) []byte { return pixels })
	if err != nil {
		return nil, err
	}
	return softmax(logits), nil
}

// Close releases the memory of the session. Logits then returns [graph.ErrClosed].
func (c *Classifier) Close() error { return c.eval.Close() }

// softmax returns exp(logits[i]) / sum of exp(logits[j]), computed so that no exponential
// overflows.
func softmax(logits []float32) []float64 {
	largest := math.Inf(-1)
	for _, v := range logits {
		largest = max(largest, float64(v))
	}
	p := make([]float64, len(logits))
	sum := 0.0
	for i, v := range logits {
		p[i] = math.Exp(float64(v) - largest)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}
