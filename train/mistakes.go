package train

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"html"
	"image/png"
	"strings"

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
}

// FindMistakes returns the images of a set that a model classifies incorrectly, by decreasing
// loss. It matches classes by name, as [Evaluate] does. workers is the number of goroutines of an
// operation, or 0 for one per processor. It does not change the result. The errors are those of
// [Evaluate].
func FindMistakes(ctx context.Context, m *model.Model, set *data.Set, workers int) (*Mistakes, error) {
	if err := checkCall(ctx, m); err != nil {
		return nil, fmt.Errorf("mistakes: %w", err)
	}
	set, err := fitEvaluation(m, set)
	if err != nil {
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
	return &Mistakes{List: m.List[:max(0, min(n, len(m.List)))], classes: m.classes, set: m.set}
}

// Between returns the images of the class label that are predicted as the class predicted.
func (m *Mistakes) Between(label, predicted int) *Mistakes {
	some := &Mistakes{classes: m.classes, set: m.set}
	for _, e := range m.List {
		if e.Label == label && e.Predicted == predicted {
			some.List = append(some.List, e)
		}
	}
	return some
}

// String returns a line for each mistake, such as "image 42: 7 taken for 1 (98.2 %), loss 4.10".
func (m *Mistakes) String() string {
	var b strings.Builder
	for _, e := range m.List {
		fmt.Fprintf(&b, "image %d: %s taken for %s (%.1f %%), loss %.2f\n", e.Index, m.classes[e.Label], m.classes[e.Predicted], 100*e.Probability, e.Loss)
	}
	return b.String()
}

// maxPictures is the largest number of images that [Mistakes.HTML] shows.
const maxPictures = 100

// HTML returns the first 100 images as HTML, for a notebook or a page. Each image has its class,
// the predicted class and the probability.
func (m *Mistakes) HTML() string {
	var b strings.Builder
	for _, e := range m.Worst(maxPictures).List {
		var picture bytes.Buffer
		if m.set == nil || png.Encode(&picture, m.set.Image(e.Index)) != nil {
			continue // writing to a bytes.Buffer does not fail
		}
		fmt.Fprintf(&b, `<div style="display:inline-block;margin:4px;text-align:center"><img src="data:image/png;base64,%s" width="56" style="image-rendering:pixelated" alt="image %d"><br>%s → %s<br>%.0f %%</div>`+"\n",
			base64.StdEncoding.EncodeToString(picture.Bytes()), e.Index,
			html.EscapeString(m.classes[e.Label]), html.EscapeString(m.classes[e.Predicted]), 100*e.Probability)
	}
	if n := len(m.List); n > maxPictures {
		fmt.Fprintf(&b, "<p>and %d more</p>\n", n-maxPictures)
	}
	return b.String()
}
