package train

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"html"
	"image/png"
	"math"
	"slices"
	"strings"

	"inkstone/model"
	"inkstone/train/data"
)

// Mistake is an image that a model classifies incorrectly.
type Mistake struct {
	Index       int     // of the image in the set
	Label       int     // its class, an index into the classes of the model
	Predicted   int     // the class with the largest logit
	Probability float64 // of Predicted
	Loss        float64 // cross-entropy at the label, in nats
}

// Mistakes is a list of images that a model classifies incorrectly.
type Mistakes struct {
	List []Mistake // by decreasing loss
	set  *data.Set
}

// FindMistakes returns the images of a set that the model classifies incorrectly, by
// decreasing loss. Classes are matched by name, as by [Evaluate]. workers is the number of goroutines inside an operation, 0 for one per
// processor; it does not change the result.
func FindMistakes(ctx context.Context, m *model.Model, set *data.Set, workers int) (*Mistakes, error) {
	set, err := fitEvaluation(m, set)
	if err != nil {
		return nil, err
	}
	c, err := m.Classifier(min(evaluationBatch, set.Len()), workers)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	found := &Mistakes{set: set}
	index := 0
	_, err = evaluate(ctx, set, c.Batch(), newScorer(c, set), func(logits []float32, label int) error {
		if predicted := argmax(logits); predicted != label {
			found.List = append(found.List, Mistake{
				Index: index, Label: label, Predicted: predicted,
				Probability: math.Exp(-crossEntropy(logits, predicted)), Loss: crossEntropy(logits, label),
			})
		}
		index++
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found.List, func(a, b Mistake) int { return cmp.Compare(b.Loss, a.Loss) })
	return found, nil
}

// Len returns the number of mistakes.
func (m *Mistakes) Len() int { return len(m.List) }

// Worst returns the n mistakes with the largest loss, or all if there are fewer.
func (m *Mistakes) Worst(n int) *Mistakes {
	return &Mistakes{List: m.List[:max(0, min(n, len(m.List)))], set: m.set}
}

// Between returns the mistakes of one class that are predicted as another.
func (m *Mistakes) Between(label, predicted int) *Mistakes {
	some := &Mistakes{set: m.set}
	for _, e := range m.List {
		if e.Label == label && e.Predicted == predicted {
			some.List = append(some.List, e)
		}
	}
	return some
}

// String has a line for each mistake: "image 42: 7 taken for 1 (98.2 %), loss 4.10".
func (m *Mistakes) String() string {
	var b strings.Builder
	classes := m.set.Classes()
	for _, e := range m.List {
		fmt.Fprintf(&b, "image %d: %s taken for %s (%.1f %%), loss %.2f\n", e.Index, classes[e.Label], classes[e.Predicted], 100*e.Probability, e.Loss)
	}
	return b.String()
}

// mostPictures is the largest number of images that [Mistakes.HTML] shows.
const mostPictures = 100

// HTML returns the first 100 images for a notebook or a page, each with its class, the
// predicted class and its probability.
func (m *Mistakes) HTML() string {
	var b strings.Builder
	classes := m.set.Classes()
	for _, e := range m.Worst(mostPictures).List {
		var picture bytes.Buffer
		if err := png.Encode(&picture, m.set.Image(e.Index)); err != nil {
			continue // cannot happen: writing to a bytes.Buffer does not fail
		}
		fmt.Fprintf(&b, `<div style="display:inline-block;margin:4px;text-align:center"><img src="data:image/png;base64,%s" width="56" style="image-rendering:pixelated" alt="image %d"><br>%s → %s<br>%.0f %%</div>`+"\n",
			base64.StdEncoding.EncodeToString(picture.Bytes()), e.Index,
			html.EscapeString(classes[e.Label]), html.EscapeString(classes[e.Predicted]), 100*e.Probability)
	}
	if n := len(m.List); n > mostPictures {
		fmt.Fprintf(&b, "<p>and %d more</p>\n", n-mostPictures)
	}
	return b.String()
}
