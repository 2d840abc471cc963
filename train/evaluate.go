package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/metrics"
)

// Score is the result of a model on a set.
type Score struct {
	Images   int     `json:"images"`
	Errors   int     `json:"errors"`
	Accuracy float64 `json:"accuracy"` // from 0 to 1
	Loss     float64 `json:"loss"`     // mean cross-entropy, in nats
}

// String returns the accuracy in percent, the number of errors and the loss.
func (s *Score) String() string {
	return fmt.Sprintf("%.2f %% (%d errors in %d images), loss %.4f", 100*s.Accuracy, s.Errors, s.Images, s.Loss)
}

// Report is a Score with the confusion matrix, the calibration and the predictions.
type Report struct {
	Score
	Confusion   *metrics.Confusion   // number of images by class and predicted class
	Calibration *metrics.Calibration // accuracy by confidence
	Predictions *Predictions         // of each image

	err error // of the call that returned the report, see [Evaluate]
}

// Err returns the error of the call that returned the report, nil without one.
func (r *Report) Err() error { return r.err }

// failedReport returns a report that stands for one that could not be made. Its parts show the
// error too.
func failedReport(err error) *Report {
	return &Report{
		Confusion: metrics.FailedConfusion(err), Calibration: metrics.FailedCalibration(err),
		Predictions: &Predictions{err: err}, err: err,
	}
}

// String returns the accuracy with its 95 % interval and the number of errors.
func (r *Report) String() string {
	if r.err != nil {
		return fmt.Sprintf("no result: %v", r.err)
	}
	return fmt.Sprintf("%.2f %% (95 %% interval %s), %d errors in %d images",
		100*r.Accuracy, r.Confusion.AccuracyInterval(), r.Errors, r.Images)
}

// better reports whether s has fewer errors than another score on the same set, or the same
// number of errors and a lower loss.
func (s *Score) better(other *Score) bool {
	return s.Errors < other.Errors || s.Errors == other.Errors && s.Loss < other.Loss
}

// evaluationBatch is the batch size of evaluations. It is small because the training session
// needs memory at the same time.
const evaluationBatch = 64

// classifier computes the logits of a batch of images. Its implementations are
// [model.Classifier] and [Ensemble].
type classifier interface {
	Batch() int
	Logits(n int, pixels func(i int) []byte) ([]float32, error)
}

// Evaluate returns the result of a model on a set. The classes of the set and of the model are
// matched by name: the set may have them in another order, or only some of them. workers is the
// number of goroutines of an operation, or 0 for one per processor. It does not change the
// result. Evaluate returns an error if the set has no images or images of another size, or if it
// has a class that the model does not have; [data.Set.Select] leaves out such images. If ctx is
// canceled, it returns the error of ctx. With an error it returns a report that shows the error.
func Evaluate(ctx context.Context, m *model.Model, set *data.Set, workers int) (r *Report, err error) {
	defer func() {
		if err != nil {
			r = failedReport(err)
		}
	}()
	if err := checkCall(ctx, m); err != nil {
		return nil, fmt.Errorf("evaluation: %w", err)
	}
	if set, err = fitEvaluation(m, set); err != nil {
		return nil, err
	}
	c, err := m.Classifier(min(evaluationBatch, set.Len()), workers)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return report(ctx, c, m.Classes, set)
}

// scorer returns the logits of n images of a set (image, class). The first image is start. The
// next call overwrites the result.
type scorer func(start, n int) ([]float32, error)

// newScorer returns the scorer of a set for a classifier.
func newScorer(c classifier, set *data.Set) scorer {
	return func(start, n int) ([]float32, error) {
		return c.Logits(n, func(i int) []byte { return set.Pixels(start + i) })
	}
}

// fitEvaluation returns the set with the classes of the model, or an error if the model
// cannot be evaluated on it.
func fitEvaluation(m *model.Model, set *data.Set) (*data.Set, error) {
	if err := checkSet(set); err != nil {
		return nil, fmt.Errorf("evaluation: %w", err)
	}
	return fit(m, set)
}

// report returns the result of a classifier with the given classes on a set, which has the same
// classes.
func report(ctx context.Context, c classifier, classes []string, set *data.Set) (*Report, error) {
	p := &Predictions{Classes: classes}
	s, err := evaluate(ctx, set, c.Batch(), newScorer(c, set), p.add)
	if err != nil {
		return nil, err
	}
	r, err := p.Report()
	if err != nil {
		return nil, err
	}
	r.Score = *s // its loss is exact for probabilities that float64 rounds to 0
	return r, nil
}

// evaluate returns the score on a set. It calls score for a batch of images at a time. If each
// is not nil, it calls each with the logits and the label of every image.
func evaluate(ctx context.Context, set *data.Set, batch int, score scorer, each func(logits []float32, label int)) (*Score, error) {
	s := &Score{Images: set.Len()}
	var loss float64
	for start := 0; start < set.Len(); start += batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(batch, set.Len()-start)
		logits, err := score(start, n)
		if err != nil {
			return nil, err
		}
		cols := len(logits) / n
		for i := range n {
			row, label := logits[i*cols:(i+1)*cols], set.Label(start+i)
			if argmax(row) != label {
				s.Errors++
			}
			loss += crossEntropy(row, label)
			if each != nil {
				each(row, label)
			}
		}
	}
	s.Accuracy = float64(s.Images-s.Errors) / float64(s.Images)
	s.Loss = loss / float64(s.Images)
	return s, nil
}

// crossEntropy returns -ln softmax(logits)[label], in nats.
func crossEntropy(logits []float32, label int) float64 {
	largest, total := exponentials(logits)
	return math.Log(total) - (float64(logits[label]) - largest)
}

// addSoftmax adds share * softmax(logits) to sum.
func addSoftmax(sum []float64, logits []float32, share float64) {
	largest, total := exponentials(logits)
	for i, v := range logits {
		sum[i] += share * math.Exp(float64(v)-largest) / total
	}
}

// exponentials returns the largest logit and the sum of exp(logit - largest) over the logits. The
// sum cannot overflow.
func exponentials(logits []float32) (largest, total float64) {
	largest = float64(slices.Max(logits))
	for _, v := range logits {
		total += math.Exp(float64(v) - largest)
	}
	return largest, total
}

// argmax returns the index of the largest value, the first one in a tie.
func argmax(row []float32) int {
	best := 0
	for i, v := range row {
		if v > row[best] {
			best = i
		}
	}
	return best
}

// fit returns the set with the classes of the model, so that a label is the index of a logit. It
// returns an error if the image size differs, or if the model does not have a class of the set.
func fit(m *model.Model, set *data.Set) (*data.Set, error) {
	if set.Err() != nil {
		return nil, set.Err()
	}
	if set.Height() != m.Height || set.Width() != m.Width {
		return nil, fmt.Errorf("data set %q has images of %dx%d pixels, model %q wants %dx%d", set.Name(), set.Height(), set.Width(), m.Preset, m.Height, m.Width)
	}
	set, err := set.WithClasses(m.Classes)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", m.Preset, err)
	}
	return set, nil
}
