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

// Ensemble classifies images by the mean of the probabilities that several models give
// to several views of each image:
//
//	p(class) = 1/(models views) sum over models and views of softmax(logits)(class)
//
// It is for one goroutine.
type Ensemble struct {
	members []*model.Classifier
	first   *model.Model // for size and classes, in which all agree
	warps   []*warp
	batch   int

	views  []byte    // the pixels of a batch of views
	mean   []float64 // batch x classes
	logits []float32 // batch x classes
}

// NewEnsemble compiles the models for calls with up to batch images. views may be nil
// for the images as they are; see [TestTimeAugmentation]. workers is the number of
// goroutines inside an operation, 0 for one per processor; it changes no result.
//
// It refuses no models, models that do not [Agree], and views that make no sense.
func NewEnsemble(models []*model.Model, views []View, batch, workers int) (*Ensemble, error) {
	if len(models) == 0 {
		return nil, errors.New("ensemble: no models, want at least 1")
	}
	if batch < 1 {
		return nil, fmt.Errorf("ensemble: batch of %d images, want at least 1", batch)
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
	rows, classes := min(evaluationBatch, batch*len(views)), len(first.Classes)
	for _, m := range models {
		c, err := m.Classifier(rows, workers)
		if err != nil {
			e.Close()
			return nil, fmt.Errorf("ensemble: %w", err)
		}
		e.members = append(e.members, c)
	}
	e.views = make([]byte, rows*first.Height*first.Width)
	e.mean = make([]float64, batch*classes)
	e.logits = make([]float32, batch*classes)
	return e, nil
}

// Agree reports an error unless the models read images of one size and tell the same
// classes apart, in the same order.
func Agree(a, b *model.Model) error {
	if a.Height != b.Height || a.Width != b.Width {
		return fmt.Errorf("the one reads images of %dx%d, the other of %dx%d", a.Height, a.Width, b.Height, b.Width)
	}
	if len(a.Classes) != len(b.Classes) {
		return fmt.Errorf("the one tells %d classes apart, the other %d", len(a.Classes), len(b.Classes))
	}
	for i, name := range a.Classes {
		if b.Classes[i] != name {
			return fmt.Errorf("class %d is %q to the one, %q to the other", i, name, b.Classes[i])
		}
	}
	return nil
}

// Batch is the most images that one call of Logits takes.
func (e *Ensemble) Batch() int { return e.batch }

// Classes are the names of the classes, in the order of the logits.
func (e *Ensemble) Classes() []string { return slices.Clone(e.first.Classes) }

// String says of how many models and views the mean is.
func (e *Ensemble) String() string {
	return fmt.Sprintf("mean over %s and %s of each image", plural(len(e.members), "model"), plural(len(e.warps), "view"))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Logits classifies n images, of which pixels(i) is the i-th, bytes of height x width.
// The result has a row of len(Classes) for each, the natural logarithms of the mean
// probabilities, whose softmax is these again. It is overwritten by the next call.
func (e *Ensemble) Logits(n int, pixels func(i int) []byte) ([]float32, error) {
	mean, err := e.average(n, pixels)
	if err != nil {
		return nil, err
	}
	logits := e.logits[:len(mean)]
	for i, p := range mean {
		// A probability that is too small for a float64 counts as the least above 0.
		logits[i] = float32(math.Log(max(p, math.SmallestNonzeroFloat64)))
	}
	return logits, nil
}

// Probabilities classifies one image: the mean probability of each class.
func (e *Ensemble) Probabilities(pixels []byte) ([]float64, error) {
	mean, err := e.average(1, func(int) []byte { return pixels })
	return slices.Clone(mean), err
}

// average writes the mean probabilities of n images. The views of all images follow
// each other through the batches of the members, so that none runs on padding but the
// last.
func (e *Ensemble) average(n int, pixels func(i int) []byte) ([]float64, error) {
	if n < 1 || n > e.batch {
		return nil, fmt.Errorf("ensemble: %d images in a batch, want 1 to %d", n, e.batch)
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
				i := (start + r) / len(e.warps)
				addSoftmax(mean[i*classes:(i+1)*classes], logits[r*classes:(r+1)*classes], share)
			}
		}
	}
	return mean, nil
}

// Evaluate scores the ensemble on a set, as [Evaluate] does a model.
func (e *Ensemble) Evaluate(ctx context.Context, set *data.Set) (*Report, error) {
	if err := scorable(e.first, set); err != nil {
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
