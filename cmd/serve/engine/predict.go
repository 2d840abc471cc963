package engine

import (
	"context"

	"inkstone/cmd/internal/reading"
)

// answer is what the model reads in a picture.
type answer struct {
	Label         string      `json:"label"`                   // of several characters: one after the other
	Probabilities []float64   `json:"probabilities,omitempty"` // in the order of the classes; absent for several characters
	Doubtful      bool        `json:"doubtful"`
	Doubts        []string    `json:"doubts"` // why the label may be wrong
	Characters    []character `json:"characters"`
}

// character is one of the characters of a picture.
type character struct {
	Label         string    `json:"label"`
	Probabilities []float64 `json:"probabilities"`
	Pixels        []int     `json:"pixels,omitempty"` // the 784 values that the network saw, by rows, if they were asked for
}

// predict answers the call of the route predict.
func (e *Engine) predict(ctx context.Context, r Request) (any, error) {
	in, err := e.readInput(ctx, r)
	if err != nil {
		return nil, err
	}
	classes, probabilities, err := e.probabilities(ctx, r.Query.Get("model"), in.images)
	if err != nil {
		return nil, err
	}
	show := r.Query.Get("pixels") == "1"
	if !in.list {
		return answerOf(classes, in.images, probabilities, in.doubts, show), nil
	}
	answers := make([]*answer, len(in.images))
	for i := range answers {
		answers[i] = answerOf(classes, in.images[i:i+1], probabilities[i:i+1], nil, show)
	}
	return map[string]any{"predictions": answers}, nil
}

// probabilities evaluates images with a model, or with the average of those that [New] got if id is
// "". It returns the classes of the model too.
func (e *Engine) probabilities(ctx context.Context, id string, images [][]byte) (classes []string, list [][]float64, err error) {
	if id == "" {
		list, err = e.batcher.Probabilities(ctx, images)
		return e.classes, list, err
	}
	one, err := e.find(id)
	if err != nil {
		return nil, nil, err
	}
	return one.probabilities(ctx, e.options.Workers, images)
}

// answerOf returns the answer for the characters of a picture, with their pixels if show is true.
func answerOf(classes []string, images [][]byte, probabilities [][]float64, doubts []string, show bool) *answer {
	read := reading.New(classes, probabilities, doubts)
	a := &answer{Label: read.Label, Doubtful: len(read.Doubts) > 0, Doubts: append([]string{}, read.Doubts...)}
	for i, c := range read.Characters {
		seen := character{Label: c.Label, Probabilities: c.Probabilities}
		if show {
			for _, v := range images[i] {
				seen.Pixels = append(seen.Pixels, int(v))
			}
		}
		a.Characters = append(a.Characters, seen)
	}
	if len(a.Characters) == 1 {
		a.Probabilities = a.Characters[0].Probabilities
	}
	return a
}
