// Package engine answers what the page asks: what a network reads in a picture, and why. The
// server of cmd/serve and the WebAssembly program of the static page offer the same calls, each
// by its own transport. docs/serve.md describes them.
package engine

import (
	"errors"
	"runtime"
	"sync"

	"inkstone/cmd/serve/batcher"
	"inkstone/model"
)

// Options are the options of an engine.
type Options struct {
	Names     []string         // of the models; nil for those of their networks
	Workers   int              // goroutines that compute an operation, 0 for one per processor
	Pixels    int              // of a picture; larger ones are refused
	Images    int              // of a call; more are refused
	Evaluated func(images int) // called after each evaluation of a batch; nil for nothing
	Runs      Runs             // of this computer; nil where there are none
	Pause     func()           // called after each training step, so that other calls get their turn; nil for nothing
}

// DefaultOptions returns the options for a computer at home.
func DefaultOptions() Options { return Options{Pixels: 32 << 20, Images: 256} }

// Engine answers calls about some models. Any number of goroutines may use it.
type Engine struct {
	options  Options
	classes  []string         // of the models that the batcher averages
	batcher  *batcher.Batcher // averages the models that New got
	decoders slots            // pictures that are being decoded
	table    map[string]route
	jobs     jobs

	mutex   sync.Mutex // for what follows
	entries []*entry
	lastID  int
}

// New returns an engine for models of images of 28 x 28 pixels that have the same classes. Their
// average answers a call that names no model. The caller must close the engine.
func New(models []*model.Model, o Options) (*Engine, error) {
	for _, m := range models {
		if err := checkModel(m); err != nil {
			return nil, err
		}
	}
	e := &Engine{options: o, decoders: make(slots, runtime.GOMAXPROCS(0))}
	var err error
	if e.batcher, err = batcher.New(models, o.Workers, o.Evaluated); err != nil {
		return nil, err
	}
	e.classes = models[0].Classes
	for i, m := range models {
		name := m.Preset
		if i < len(o.Names) {
			name = o.Names[i]
		}
		e.add(name, m, false)
	}
	e.table = e.routes()
	return e, nil
}

// Close stops the evaluations and releases their memory.
func (e *Engine) Close() error {
	e.jobs.stop()
	err := e.batcher.Close()
	e.mutex.Lock()
	defer e.mutex.Unlock()
	for _, one := range e.entries {
		err = errors.Join(err, one.close())
	}
	return err
}
