package engine

import (
	"context"

	"inkstone/model"
	"inkstone/train/data/picture"
)

// description describes the models.
type description struct {
	Classes []string     `json:"classes"`
	Height  int          `json:"height"` // of an image, in pixels
	Width   int          `json:"width"`
	Models  []modelEntry `json:"models"`
}

// modelEntry describes one of the models.
type modelEntry struct {
	Network    string  `json:"network"`
	Parameters int     `json:"parameters"`
	Accuracy   float64 `json:"accuracy,omitempty"` // on the test images, from 0 to 1; absent if it is not known
}

func describe(models []*model.Model) description {
	d := description{Classes: models[0].Classes, Height: picture.Size, Width: picture.Size}
	for _, m := range models {
		d.Models = append(d.Models, modelEntry{m.Preset, m.Params.Count(), m.Accuracy})
	}
	return d
}

// model answers the call of the route model.
func (e *Engine) model(context.Context, Request) (any, error) { return e.about, nil }
