package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"inkstone/model"
	"inkstone/train/data"
)

// Ensemble classifies images by the mean probabilities of several models for several views of
// each image:
//
//	p(class) = 1/(models views) sum over models and views of softmax(logits)(class)
//
// Only one goroutine at a time may use it.
type Ensemble struct {
	members []member
	first   *model.Model // all models have its image size and classes
	warps   []*warp
	batch   int

	views  []byte    // pixels of a batch of views
	mean   []float64 // image, class
	logits []float32 // image, class
	row    []float32 // logits of a member, in the order of the ensemble's classes
}

// member is a model of an ensemble.
type member struct {
	*model.Classifier
	order []int // for each class of the ensemble, its index in the model; nil if they are equal
}

// NewEnsemble returns an ensemble for calls with up to batch images. If views is nil, it uses
// the images without a transformation; see also [TestTimeAugmentation]. workers is the number
// of goroutines of an operation, or 0 for one per processor. Neither batch nor workers changes a
// result.
//
// NewEnsemble returns an error if there are no models, if [Agree] returns an error for two of
// them, or if a view is not valid, see [View].
func NewEnsemble(models []*model.Model, views []View, batch, workers int) (*Ensemble, error) {
	if len(models) == 0 {
		return nil, errors.New("ensemble: no models, want at least 1")
	}
	if batch < 1 {
		return nil, fmt.Errorf("ensemble: batch of %d images, want at least 1", batch)
	}
	for i, m := range models {
		if err := checkModel(m); err != nil {
			return nil, fmt.Errorf("ensemble: model %d of %d: %w", i+1, len(models), err)
		}
	}
	first := models[0]
	for i, m := range models[1:] {
		if err := Agree(first, m); err != nil {
			return nil, fmt.Errorf("ensemble: models 1 (%s) and %d (%s): %w", first.Preset, i+2, m.Preset, err)
		}
	}
	if len(views) == 0 {
		views = []View{{}}
	}
	e := &Ensemble{first: first, batch: batch}
	for _, v := range views {
		w, err := newWarp(v, first.Height, first.Width)
		if err != nil {
			return nil, fmt.Errorf("ensemble: %w", err)
		}
		e.warps = append(e.warps, w)
	}
	// The views of an image are in one batch, so that their sum does not depend on the other images.
	rows, classes := len(views)*min(batch, max(1, evaluationBatch/len(views))), len(first.Classes)
	for _, m := range models {
		c, err := m.Classifier(rows, workers)
		if err != nil {
			e.Close()
			return nil, fmt.Errorf("ensemble: %w", err)
		}
		e.members = append(e.members, member{c, classOrder(first.Classes, m.Classes)})
	}
	e.views = make([]byte, rows*first.Height*first.Width)
	e.mean = make([]float64, batch*classes)
	e.logits, e.row = make([]float32, batch*classes), make([]float32, classes)
	return e, nil
}

// Agree returns an error unless both models have the same image size and the same classes, in
// any order.
func Agree(a, b *model.Model) error {
	if a == nil || b == nil {
		return errors.New("one of the two models is nil")
	}
	if a.Height != b.Height || a.Width != b.Width {
		return fmt.Errorf("the first reads images of %dx%d, the second of %dx%d", a.Height, a.Width, b.Height, b.Width)
	}
	if x, y := slices.Sorted(slices.Values(a.Classes)), slices.Sorted(slices.Values(b.Classes)); !slices.Equal(x, y) {
		return fmt.Errorf("the first has the classes %s, the second %s", list(a.Classes), list(b.Classes))
	}
	if !slices.Equal(a.Classes, b.Classes) && len(slices.Compact(slices.Sorted(slices.Values(a.Classes)))) < len(a.Classes) {
		return fmt.Errorf("the classes %s and %s cannot be matched by name: one occurs twice", list(a.Classes), list(b.Classes))
	}
	return nil
}

// classOrder returns the index in other of each of the classes, nil if the lists are equal.
func classOrder(classes, other []string) []int {
	if slices.Equal(classes, other) {
		return nil
	}
	order := make([]int, len(classes))
	for i, name := range classes {
		order[i] = slices.Index(other, name)
	}
	return order
}

// Batch returns the largest number of images for one call of Logits.
func (e *Ensemble) Batch() int { return e.batch }

// Classes returns the names of the classes in the order of the logits.
func (e *Ensemble) Classes() []string { return slices.Clone(e.first.Classes) }

// String returns a description with the numbers of models and views.
func (e *Ensemble) String() string {
	return fmt.Sprintf("mean over %s and %s of each image", plural(len(e.members), "model"), plural(len(e.warps), "view"))
}

// plural returns a count with a noun, such as "2 models".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Logits returns the natural logarithms of the mean probabilities of n images (image, class).
// Their softmax is the mean probabilities. pixels(i) returns the height x width bytes of image
// i (row, column). The next call overwrites the result. Logits returns an error unless n is
// from 1 to [Ensemble.Batch].
func (e *Ensemble) Logits(n int, pixels func(i int) []byte) ([]float32, error) {
	mean, err := e.average(n, pixels)
	if err != nil {
		return nil, err
	}
	logits := e.logits[:len(mean)]
	for i, p := range mean {
		// A probability may be 0 in float64, whose logarithm is not finite.
		logits[i] = float32(math.Log(max(p, math.SmallestNonzeroFloat64)))
	}
	return logits, nil
}

// Probabilities returns the mean probability of each class for an image of height x width bytes.
func (e *Ensemble) Probabilities(pixels []byte) ([]float64, error) {
	mean, err := e.average(1, func(int) []byte { return pixels })
	return slices.Clone(mean), err
}

// BatchProbabilities returns the mean probabilities of n images (image, class). pixels(i) returns
// the height x width bytes of image i (row, column). The next call overwrites the result. It
// returns an error unless n is from 1 to [Ensemble.Batch].
func (e *Ensemble) BatchProbabilities(n int, pixels func(i int) []byte) ([]float64, error) {
	return e.average(n, pixels)
}

// average returns the mean probabilities of n images (image, class). It evaluates the views of
// all images in batches, so that only the last batch is padded.
func (e *Ensemble) average(n int, pixels func(i int) []byte) ([]float64, error) {
	if n < 1 || n > e.batch {
		return nil, fmt.Errorf("ensemble: %d images in a batch, want 1 to %d", n, e.batch)
	}
	if pixels == nil {
		return nil, errors.New("ensemble: the function pixels is nil")
	}
	size, classes := e.first.Height*e.first.Width, len(e.first.Classes)
	mean := e.mean[:n*classes]
	clear(mean)
	share := 1 / float64(len(e.members)*len(e.warps))
	total, rows := n*len(e.warps), e.members[0].Batch()
	for start := 0; start < total; start += rows {
		count := min(rows, total-start)
		view := func(r int) []byte { return e.views[r*size : (r+1)*size] }
		for r := range count {
			i := (start + r) / len(e.warps)
			p := pixels(i)
			if len(p) != size {
				return nil, fmt.Errorf("ensemble: image %d has %d pixels, want %dx%d = %d", i, len(p), e.first.Height, e.first.Width, size)
			}
			e.warps[(start+r)%len(e.warps)].apply(view(r), p)
		}
		for _, c := range e.members {
			logits, err := c.Logits(count, view)
			if err != nil {
				return nil, fmt.Errorf("ensemble: %w", err)
			}
			for r := range count {
				i, row := (start+r)/len(e.warps), logits[r*classes:(r+1)*classes]
				for k, from := range c.order {
					e.row[k] = row[from]
				}
				if c.order != nil {
					row = e.row
				}
				addSoftmax(mean[i*classes:(i+1)*classes], row, share)
			}
		}
	}
	return mean, nil
}

// Evaluate returns the result of the ensemble on a set, as the function [Evaluate] does for a
// model.
func (e *Ensemble) Evaluate(ctx context.Context, set *data.Set) (*Report, error) {
	if err := checkContext(ctx); err != nil {
		return nil, fmt.Errorf("ensemble: %w", err)
	}
	set, err := fitEvaluation(e.first, set)
	if err != nil {
		return nil, err
	}
	return report(ctx, e, e.first.Classes, set)
}

// Close releases the sessions.
func (e *Ensemble) Close() error {
	var err error
	for _, c := range e.members {
		err = errors.Join(err, c.Close())
	}
	return err
}
