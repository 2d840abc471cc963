package model

import (
	"fmt"
	"math"

	"inkstone/graph"
)

// Classifier evaluates a model on images, a batch at a time. It sees what training
// writes to the model's parameters. It is for one goroutine.
type Classifier struct {
	model     *Model
	eval      *graph.Evaluation
	batch     int
	input     []float32
	normalize func(dst []float32, pixels []byte)
}

// Classifier compiles the model for evaluation on batches of that size. workers is
// the number of goroutines inside an operation, 0 for one per processor.
func (m *Model) Classifier(batch, workers int) (*Classifier, error) {
	eval, err := graph.NewEvaluation(m.Params, m.net, m.Config(batch, workers))
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", m.Preset, err)
	}
	return &Classifier{m, eval, batch, eval.Input().Data().([]float32), m.Normalizer()}, nil
}

// Batch is the most images that one call of Logits takes.
func (c *Classifier) Batch() int { return c.batch }

// Logits evaluates the network on n images, of which pixels(i) is the i-th, bytes
// of height x width. The result has a row of len(Classes) for each and is
// overwritten by the next call.
func (c *Classifier) Logits(n int, pixels func(i int) []byte) ([]float32, error) {
	if n < 1 || n > c.batch {
		return nil, fmt.Errorf("model %q: %d images in a batch, want 1 to %d", c.model.Preset, n, c.batch)
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
		return nil, err
	}
	return c.eval.Logits().Data().([]float32)[:n*len(c.model.Classes)], nil
}

// Probabilities evaluates the network on one image and returns the softmax of its
// logits, a probability for each class.
func (c *Classifier) Probabilities(pixels []byte) ([]float64, error) {
	logits, err := c.Logits(1, func(int) []byte { return pixels })
	if err != nil {
		return nil, err
	}
	return softmax(logits), nil
}

// Close releases the session.
func (c *Classifier) Close() error { return c.eval.Close() }

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
