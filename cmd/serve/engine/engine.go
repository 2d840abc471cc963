// Package engine answers what the page asks: what a network reads in a picture, and why. The
// server of cmd/serve and the WebAssembly program of the static page offer the same calls, each
// by its own transport. docs/serve.md describes them.
package engine

import (
	"fmt"
	"runtime"
	"slices"

	"inkstone/cmd/serve/batcher"
	"inkstone/model"
	"inkstone/train/data/picture"
)

// Options are the options of an engine.
type Options struct {
	Workers   int              // goroutines that compute an operation, 0 for one per processor
	Pixels    int              // of a picture; larger ones are refused
	Images    int              // of a call; more are refused
	Evaluated func(images int) // called after each evaluation for predict; nil for nothing
}

// DefaultOptions returns the options for a computer at home.
func DefaultOptions() Options { return Options{Pixels: 32 << 20, Images: 256} }

// Engine answers calls about some models. Any number of goroutines may use it.
type Engine struct {
	options  Options
	classes  []string
	about    description
	batcher  *batcher.Batcher
	decoders slots // pictures that are being decoded
	table    map[string]route
}

// New returns an engine for models of images of 28 x 28 pixels that have the same classes. The
// caller must close it.
func New(models []*model.Model, o Options) (*Engine, error) {
	for _, m := range models {
		if m.Height != picture.Size || m.Width != picture.Size {
			return nil, fmt.Errorf("the model %s reads images of %dx%d, want %dx%d", m.Preset, m.Height, m.Width, picture.Size, picture.Size)
		}
	}
	e := &Engine{options: o, decoders: make(slots, runtime.GOMAXPROCS(0))}
	var err error
	if e.batcher, err = batcher.New(models, o.Workers, o.Evaluated); err != nil {
		return nil, err
	}
	e.classes = slices.Clone(models[0].Classes)
	e.about = describe(models)
	e.table = e.routes()
	return e, nil
}

// Close stops the evaluations and releases their memory.
func (e *Engine) Close() error { return e.batcher.Close() }
