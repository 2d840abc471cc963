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

// Mistake is an image that a model takes for another class than its own.
type Mistake struct {
	Index       int     // of the image in the set
	Label       int     // its class
	Predicted   int     // what it is taken for
	Probability float64 // that the model gives to Predicted
	Loss        float64 // cross-entropy at the label, in nats: how wrong it is
}

// Mistakes are images that a model takes for another class, the worst first.
type Mistakes struct {
	List []Mistake
	set  *data.Set
}

// FindMistakes lists the images of a set that the model takes for another class, from
// the largest loss to the smallest. workers is the number of goroutines inside an
// operation, 0 for one per processor.
func FindMistakes(ctx context.Context, m *model.Model, set *data.Set, workers int) (*Mistakes, error) {
	if err := scorable(m, set); err != nil {
		return nil, err
	}
	c, err := m.Classifier(min(evaluationBatch, set.Len()), workers)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	found := &Mistakes{set: set}
	index := 0
	_, err = evaluate(ctx, set, c.Batch(), rowsOf(c, set), func(logits []float32, label int) error {
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

// Len is the number of mistakes.
func (m *Mistakes) Len() int { return len(m.List) }

// Worst returns the first n, or all if there are fewer.
func (m *Mistakes) Worst(n int) *Mistakes {
	return &Mistakes{List: m.List[:max(0, min(n, len(m.List)))], set: m.set}
}

// Between returns those of one class that are taken for another.
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

// mostPictures bounds what [Mistakes.HTML] shows.
const mostPictures = 100

// HTML shows the images, at most 100, each with its class, what it is taken for and the
// probability of that, for a notebook or a page.
func (m *Mistakes) HTML() string {
	var b strings.Builder
	classes := m.set.Classes()
	for _, e := range m.Worst(mostPictures).List {
		var picture bytes.Buffer
		if err := png.Encode(&picture, m.set.Image(e.Index)); err != nil {
			continue // a bytes.Buffer takes everything, and a Gray is an image
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
