package train

import (
	"context"
	"fmt"
	"strings"

	"inkstone/internal/failed"
	"inkstone/internal/inline"
	"inkstone/model"
	"inkstone/train/data"
)

// Mistake is an image that a model classifies incorrectly.
type Mistake struct {
	Index       int     // of the image in the set
	Label       int     // class of the image, an index into the classes of the model
	Predicted   int     // the class with the largest logit
	Probability float64 // probability of Predicted
	Loss        float64 // cross-entropy, in nats
}

// Mistakes is a list of images that a model classifies incorrectly.
type Mistakes struct {
	List    []Mistake // by decreasing loss
	classes []string
	set     *data.Set // nil without pictures
	err     error     // of the call that returned the list
}

// Err returns the error of the call that returned the list, nil without one.
func (m *Mistakes) Err() error { return m.err }

// FindMistakes returns the images of a set that a model classifies incorrectly, by decreasing
// loss. It matches classes by name, as [Evaluate] does. workers is the number of goroutines of an
// operation, or 0 for one per processor. It does not change the result. The errors are those of
// [Evaluate]. With an error it returns an empty list that shows the error.
func FindMistakes(ctx context.Context, m *model.Model, set *data.Set, workers int) (list *Mistakes, err error) {
	defer func() {
		if err != nil {
			list = &Mistakes{err: err}
		}
	}()
	if err := checkCall(ctx, m); err != nil {
		return nil, fmt.Errorf("mistakes: %w", err)
	}
	if set, err = fitEvaluation(m, set); err != nil {
		return nil, err
	}
	r, err := Evaluate(ctx, m, set, workers)
	if err != nil {
		return nil, err
	}
	return r.Predictions.Mistakes(set), nil
}

// Len returns the number of mistakes.
func (m *Mistakes) Len() int { return len(m.List) }

// Worst returns the n mistakes with the largest loss, or all if there are fewer.
func (m *Mistakes) Worst(n int) *Mistakes {
	return &Mistakes{List: m.List[:max(0, min(n, len(m.List)))], classes: m.classes, set: m.set, err: m.err}
}

// Between returns the images of the class label that are predicted as the class predicted.
func (m *Mistakes) Between(label, predicted int) *Mistakes {
	some := &Mistakes{classes: m.classes, set: m.set, err: m.err}
	for _, e := range m.List {
		if e.Label == label && e.Predicted == predicted {
			some.List = append(some.List, e)
		}
	}
	return some
}

// String returns a line for each mistake, such as "image 42: 7 taken for 1 (98.2 %), loss 4.10".
func (m *Mistakes) String() string {
	if m.err != nil {
		return failed.Text("list of mistakes", m.err)
	}
	var b strings.Builder
	for _, e := range m.List {
		fmt.Fprintf(&b, "image %d: %s taken for %s (%.1f %%), loss %.2f\n", e.Index, m.classes[e.Label], m.classes[e.Predicted], 100*e.Probability, e.Loss)
	}
	return b.String()
}

// maxPictures is the largest number of images that [Mistakes.HTML] shows.
const maxPictures = 100

// pictureWidth is the width in pixels at which [Mistakes.HTML] shows an image.
const pictureWidth = 84

// HTML returns the first 100 images as HTML, for a notebook or a page. Each image has its class,
// the predicted class and the probability.
func (m *Mistakes) HTML() string {
	if m.err != nil {
		return failed.HTML("list of mistakes", m.err)
	}
	var b strings.Builder
	for _, e := range m.Worst(maxPictures).List {
		if m.set == nil {
			break
		}
		b.WriteString(inline.Figure(inline.Enlarged(m.set.Image(e.Index), pictureWidth), pictureWidth, fmt.Sprintf("image %d", e.Index),
			m.classes[e.Label]+" → "+m.classes[e.Predicted], fmt.Sprintf("%.0f %%", 100*e.Probability)))
	}
	if n := len(m.List); n > maxPictures {
		fmt.Fprintf(&b, "<p>and %d more</p>\n", n-maxPictures)
	}
	return b.String()
}
