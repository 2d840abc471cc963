package engine

import (
	"context"

	"inkstone/internal/oneline"
	"inkstone/model"
	"inkstone/train/data/picture"
)

// description describes the models.
type description struct {
	Classes []string      `json:"classes"`
	Height  int           `json:"height"` // of an image, in pixels
	Width   int           `json:"width"`
	Models  []modelEntry  `json:"models"`
	Presets []presetEntry `json:"presets"` // networks that open can make
}

// modelEntry describes one of the models.
type modelEntry struct {
	ID         string   `json:"id"` // for other calls
	Name       string   `json:"name"`
	Network    string   `json:"network"`
	Parameters int      `json:"parameters"`
	Accuracy   float64  `json:"accuracy,omitempty"` // on the test images, from 0 to 1; absent if it is not known
	Classes    []string `json:"classes"`
	Opened     bool     `json:"opened"` // by open; the others are averaged by predict
}

type presetEntry struct {
	Name string `json:"name"`
	Doc  string `json:"doc"` // one line
}

func (one *entry) describe() modelEntry {
	m := one.model.Load()
	return modelEntry{one.id, one.name, m.Preset, m.Params.Count(), m.Accuracy, m.Classes, one.opened}
}

// models answers the call of the route model.
func (e *Engine) models(context.Context, Request) (any, error) {
	d := description{Classes: e.classes, Height: picture.Size, Width: picture.Size}
	for _, one := range e.list() {
		d.Models = append(d.Models, one.describe())
	}
	for _, p := range model.Presets() {
		d.Presets = append(d.Presets, presetEntry{p.Name, p.Doc})
	}
	return d, nil
}

// presetQuestion asks to open a preset with random weights.
type presetQuestion struct {
	Preset string `json:"preset"`
	Seed   uint64 `json:"seed"`
}

// openModel answers the call of the route open: with a model file as the body, or the name of a
// preset as JSON.
func (e *Engine) openModel(_ context.Context, r Request) (any, error) {
	var m *model.Model
	name := shortName(r.Query.Get("name"))
	switch r.mediaType() {
	case "application/octet-stream":
		var err error
		if m, err = model.Parse(r.Body); err != nil {
			return nil, problemf("no_model", "%v", err)
		}
	case "application/json":
		var q presetQuestion
		if err := decode(r, &q); err != nil {
			return nil, err
		}
		var err error
		if m, err = model.New(model.Spec{Preset: q.Preset, Seed: q.Seed}); err != nil || q.Preset == "" {
			return nil, problemf("unknown_preset", "there is no preset %q", q.Preset)
		}
	default:
		return nil, problemf("unknown_type", "the Content-Type is %q, want application/octet-stream or application/json", r.Type)
	}
	if name == "" {
		name = m.Preset
	}
	one, err := e.open(name, m)
	if err != nil {
		return nil, err
	}
	return one.describe(), nil
}

// shortName returns a name of at most 80 characters on one line.
func shortName(name string) string {
	runes := []rune(oneline.Escape(name))
	return string(runes[:min(len(runes), 80)])
}

// modelQuestion asks about a model.
type modelQuestion struct {
	Model string `json:"model"` // id; "" for the first one
}

// closeModel answers the call of the route close.
func (e *Engine) closeModel(_ context.Context, q *modelQuestion) (struct{}, error) {
	return struct{}{}, e.remove(q.Model)
}
