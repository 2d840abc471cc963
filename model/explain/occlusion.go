package explain

import (
	"context"
	"fmt"
	"math"
)

// OcclusionOptions are the settings of [Explainer.Occlusion]. Zero fields take the defaults.
type OcclusionOptions struct {
	Size     int                   // side of the square in pixels; by default a seventh of the larger side of the image
	Stride   int                   // distance between two places of the square, 1 by default
	Progress func(done, total int) // is called after each batch of places; nil for none
}

// occlusionBatch is the number of covered images in a batch.
const occlusionBatch = 32

// Occlusion covers the image with a black square at each place and returns how much worse the
// class becomes:
//
//	value[i] = mean over the squares that cover pixel i of log(p / p with the square)
//
// with the probability p of the class, in nats. A value above 0 means that the class needs the
// pixel. Source: Zeiler and Fergus, arXiv:1311.2901.
func (e *Explainer) Occlusion(ctx context.Context, pixels []byte, class int, o OcclusionOptions) (result *Heat, err error) {
	defer e.carry(&err, func() { result = &Heat{err: err} })
	m := e.model
	if o.Size == 0 {
		o.Size = max(1, max(m.Height, m.Width)/7)
	}
	if o.Stride == 0 {
		o.Stride = 1
	}
	if o.Size < 1 || o.Stride < 1 || o.Size > min(m.Height, m.Width) {
		return nil, fmt.Errorf("explain: a square of %d pixels at every %d, want 1 to %d pixels and at least every 1", o.Size, o.Stride, min(m.Height, m.Width))
	}
	x, err := e.scaled(pixels)
	if err != nil {
		return nil, err
	}
	class, logits, err := e.choose(x, class)
	if err != nil {
		return nil, err
	}
	var places [][2]int
	for _, top := range steps(m.Height-o.Size, o.Stride) {
		for _, left := range steps(m.Width-o.Size, o.Stride) {
			places = append(places, [2]int{top, left})
		}
	}
	c, err := m.Classifier(min(occlusionBatch, len(places)), e.workers)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	whole := logProbability(logits, class)
	sum, count := make([]float64, len(x)), make([]float64, len(x))
	covered := func(place [2]int, do func(i int)) {
		for y := place[0]; y < place[0]+o.Size; y++ {
			for x := place[1]; x < place[1]+o.Size; x++ {
				do(y*m.Width + x)
			}
		}
	}
	for done := 0; done < len(places); {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		batch := places[done:min(done+c.Batch(), len(places))]
		flat, err := c.Logits(len(batch), func(i int) []byte {
			image := append([]byte(nil), pixels...)
			covered(batch[i], func(k int) { image[k] = 0 })
			return image
		})
		if err != nil {
			return nil, err
		}
		for i, place := range batch {
			drop := whole - logProbability(float64s(flat[i*len(m.Classes):(i+1)*len(m.Classes)]), class)
			covered(place, func(k int) { sum[k] += drop; count[k]++ })
		}
		if done += len(batch); o.Progress != nil {
			o.Progress(done, len(places))
		}
	}
	for k, n := range count {
		sum[k] /= max(n, 1)
	}
	return e.heat(fmt.Sprintf("occlusion by %dx%d pixels", o.Size, o.Size), "nats", pixels, class, logits, sum), nil
}

// steps returns 0, stride, 2*stride and so on up to last, and last.
func steps(last, stride int) []int {
	var list []int
	for i := 0; i < last; i += stride {
		list = append(list, i)
	}
	return append(list, last)
}

// logProbability returns the logarithm of the softmax.
func logProbability(logits []float64, class int) float64 {
	largest := logits[argmax(logits)]
	sum := 0.0
	for _, v := range logits {
		sum += math.Exp(v - largest)
	}
	return logits[class] - largest - math.Log(sum)
}

func float64s(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
