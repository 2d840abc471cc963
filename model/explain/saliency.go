package explain

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"inkstone/internal/random"
)

// Saliency returns the gradient of the logit of a class with respect to the image:
//
//	value[i] = d logit[class] / d x[i]
//
// where x[i] is pixel i from 0 (black) to 1 (white). A value of 2 means that the logit rises by
// about 0.02 if the pixel becomes brighter by 0.01. Source: Simonyan, Vedaldi and Zisserman,
// arXiv:1312.6034, who show the absolute values.
func (e *Explainer) Saliency(pixels []byte, class int) (result *Heat, err error) {
	defer e.carry(&err, func() { result = &Heat{err: err} })
	x, err := e.scaled(pixels)
	if err != nil {
		return nil, err
	}
	class, logits, err := e.choose(x, class)
	if err != nil {
		return nil, err
	}
	g, err := e.session(1, "")
	if err != nil {
		return nil, err
	}
	if _, err := e.run(g, [][]float64{x}, [][]float64{e.oneHot(class)}); err != nil {
		return nil, err
	}
	return e.heat("saliency", "logit per pixel from 0 to 1", pixels, class, logits, e.gradient(g, 0)), nil
}

// choose evaluates an image, checks the class, and returns the predicted one for [Predicted].
func (e *Explainer) choose(x []float64, class int) (int, []float64, error) {
	if err := e.checkClass(class); err != nil {
		return 0, nil, err
	}
	g, err := e.session(1, "")
	if err != nil {
		return 0, nil, err
	}
	logits, err := e.run(g, [][]float64{x}, nil)
	if err != nil {
		return 0, nil, err
	}
	return chosen(class, logits[0]), logits[0], nil
}

// SmoothOptions are the settings of [Explainer.SmoothGrad]. Zero fields take the defaults.
type SmoothOptions struct {
	Samples int     // number of noisy copies of the image, 50 by default
	Noise   float64 // standard deviation of the noise, as a fraction of the range of the image, 0.15 by default
	Seed    uint64  // of the noise
}

// smoothBatch is the number of copies in a batch.
const smoothBatch = 25

// SmoothGrad returns the mean of the gradients of [Explainer.Saliency] over noisy copies of the
// image, which has less noise than a single gradient. The units are the same. Source: Smilkov et
// al., arXiv:1706.03825.
func (e *Explainer) SmoothGrad(pixels []byte, class int, o SmoothOptions) (result *Heat, err error) {
	defer e.carry(&err, func() { result = &Heat{err: err} })
	if o.Samples == 0 {
		o.Samples = 50
	}
	if o.Noise == 0 {
		o.Noise = 0.15
	}
	if o.Samples < 1 || o.Samples > 100_000 || !(o.Noise >= 0 && o.Noise <= 10) {
		return nil, fmt.Errorf("explain: %d noisy copies with a noise of %v, want 1 to 100000 copies and a noise from 0 to 10", o.Samples, o.Noise)
	}
	x, err := e.scaled(pixels)
	if err != nil {
		return nil, err
	}
	class, logits, err := e.choose(x, class)
	if err != nil {
		return nil, err
	}
	g, err := e.session(smoothBatch, "")
	if err != nil {
		return nil, err
	}
	spread := o.Noise * (slices.Max(x) - slices.Min(x))
	draw := random.New(o.Seed, random.ExplainNoise)
	mean := make([]float64, len(x))
	for done := 0; done < o.Samples; done += smoothBatch {
		n := min(smoothBatch, o.Samples-done)
		var images, weights [][]float64
		for range n {
			images = append(images, noisy(x, spread, draw))
			weights = append(weights, e.oneHot(class))
		}
		if _, err := e.run(g, images, weights); err != nil {
			return nil, err
		}
		for i := range n {
			for k, v := range e.gradient(g, i) {
				mean[k] += v / float64(o.Samples)
			}
		}
	}
	return e.heat("SmoothGrad", "logit per pixel from 0 to 1", pixels, class, logits, mean), nil
}

// noisy returns a copy of x with normal noise.
func noisy(x []float64, deviation float64, draw *rand.Rand) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v + deviation*draw.NormFloat64()
	}
	return y
}
