package train

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"inkstone/train/data"
	"inkstone/train/metrics"
)

// Predictions holds the label, the predicted class and the probabilities of each image of a set.
// A label is an index into Classes.
type Predictions struct {
	Classes       []string
	Labels        []int
	Predicted     []int
	Probabilities []float64 // image, class

	err error // of the call that returned them
}

// Len returns the number of images.
func (p *Predictions) Len() int { return len(p.Labels) }

// Image returns the probability of each class for image i. It panics unless 0 <= i < Len.
func (p *Predictions) Image(i int) []float64 {
	n := len(p.Classes)
	return p.Probabilities[i*n : (i+1)*n : (i+1)*n]
}

// Loss returns the cross-entropy of image i, in nats. A probability of 0 counts as the smallest
// float64 above 0. Loss panics unless 0 <= i < Len.
func (p *Predictions) Loss(i int) float64 {
	return -math.Log(max(p.Image(i)[p.Labels[i]], math.SmallestNonzeroFloat64))
}

// add appends an image.
func (p *Predictions) add(logits []float32, label int) {
	p.Labels = append(p.Labels, label)
	p.Predicted = append(p.Predicted, argmax(logits))
	start := len(p.Probabilities)
	p.Probabilities = append(p.Probabilities, make([]float64, len(logits))...)
	addSoftmax(p.Probabilities[start:], logits, 1)
}

// Report returns the result of the predictions. It returns an error if a label or a predicted
// class is not an index into Classes, or if the probabilities are not those of
// [metrics.Calibration.Add].
func (p *Predictions) Report() (*Report, error) {
	r := &Report{Predictions: p}
	var err error
	if r.Confusion, err = metrics.NewConfusion(p.Classes); err != nil {
		return nil, err
	}
	if r.Calibration, err = metrics.NewCalibration(len(p.Classes), metrics.DefaultBins); err != nil {
		return nil, err
	}
	if n := p.Len(); n == 0 || len(p.Predicted) != n || len(p.Probabilities) != n*len(p.Classes) {
		return nil, fmt.Errorf("predictions: %d labels, %d predicted classes and %d probabilities of %d classes, want those of the same images",
			n, len(p.Predicted), len(p.Probabilities), len(p.Classes))
	}
	probabilities := make([]float32, len(p.Classes))
	for i, label := range p.Labels {
		for k, v := range p.Image(i) {
			probabilities[k] = float32(v)
		}
		if err := errors.Join(r.Confusion.Add(label, p.Predicted[i]), r.Calibration.Add(probabilities, label)); err != nil {
			return nil, fmt.Errorf("image %d: %w", i, err)
		}
		if p.Predicted[i] != label {
			r.Errors++
		}
		r.Loss += p.Loss(i)
	}
	r.Images = p.Len()
	r.Loss /= float64(r.Images)
	r.Accuracy = float64(r.Images-r.Errors) / float64(r.Images)
	return r, nil
}

// Mistakes returns the images with a wrong prediction, by decreasing loss. set is the set of the
// predictions, or nil; without it the mistakes have no pictures.
func (p *Predictions) Mistakes(set *data.Set) *Mistakes {
	found := &Mistakes{classes: p.Classes, set: set, err: p.err}
	for i, label := range p.Labels {
		if predicted := p.Predicted[i]; predicted != label {
			found.List = append(found.List, Mistake{
				Index: i, Label: label, Predicted: predicted, Probability: p.Image(i)[predicted], Loss: p.Loss(i),
			})
		}
	}
	slices.SortStableFunc(found.List, func(a, b Mistake) int { return cmp.Compare(b.Loss, a.Loss) })
	return found
}
