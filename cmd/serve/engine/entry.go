package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"

	"inkstone/model"
	"inkstone/model/explain"
	"inkstone/train/data/picture"
)

// entry is a model with what evaluates and explains it.
type entry struct {
	id     string
	name   string
	opened bool                        // by a call, not when the engine was made
	model  atomic.Pointer[model.Model] // changes during a turn only

	turn       slots // one user of what follows at a time
	closed     bool
	classifier *model.Classifier
	explainer  *explain.Explainer
}

// limits of models that calls open, so that they fit in memory.
const (
	maxOpened = 8
	maxValues = 1 << 24 // values of all layers for one image
)

// checkModel refuses models of other images than the page has.
func checkModel(m *model.Model) error {
	if m.Height != picture.Size || m.Width != picture.Size || m.Channels != 1 {
		return fmt.Errorf("the model %s reads images of %dx%dx%d, want %dx%dx1", m.Preset, m.Height, m.Width, m.Channels, picture.Size, picture.Size)
	}
	return nil
}

// add adds a model under a new id.
func (e *Engine) add(name string, m *model.Model, opened bool) *entry {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.lastID++
	one := &entry{id: strconv.Itoa(e.lastID), name: name, opened: opened, turn: make(slots, 1)}
	one.model.Store(m)
	e.entries = append(e.entries, one)
	return one
}

// open adds a model for a call.
func (e *Engine) open(name string, m *model.Model) (*entry, error) {
	if err := checkModel(m); err != nil {
		return nil, problemf("no_model", "%v", err)
	}
	values := 0
	for _, l := range m.Layers() {
		values += l.Output.TotalSize() / max(1, l.Output[0])
	}
	if values > maxValues {
		return nil, problemf("model_too_large", "the layers of the model have %d values for an image, want at most %d", values, maxValues)
	}
	opened := 0
	for _, one := range e.list() {
		if one.opened {
			opened++
		}
	}
	if opened >= maxOpened {
		return nil, problemf("too_many_models", "%d models are open already: close one", opened)
	}
	return e.add(name, m, true), nil
}

// replace gives an entry another model, for example one that has been trained further.
func (one *entry) replace(m *model.Model) error {
	one.turn <- struct{}{}
	defer one.turn.release()
	err := one.reset()
	one.model.Store(m)
	return err
}

// list returns the models.
func (e *Engine) list() []*entry {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return slices.Clone(e.entries)
}

// find returns the model with an id, or the first one for "".
func (e *Engine) find(id string) (*entry, error) {
	list := e.list()
	if id == "" {
		return list[0], nil
	}
	i := slices.IndexFunc(list, func(one *entry) bool { return one.id == id })
	if i < 0 {
		return nil, problemf("unknown_model", "there is no model %q", id)
	}
	return list[i], nil
}

// remove removes a model that a call has opened.
func (e *Engine) remove(id string) error {
	one, err := e.find(id)
	if err != nil {
		return err
	}
	if !one.opened || id == "" {
		return problemf("unknown_model", "the model %q was not opened by a call", id)
	}
	e.mutex.Lock()
	e.entries = slices.DeleteFunc(e.entries, func(other *entry) bool { return other == one })
	e.mutex.Unlock()
	return one.close()
}

// use calls f when no other call uses the entry.
func (one *entry) use(ctx context.Context, f func() error) error {
	if err := one.turn.wait(ctx); err != nil {
		return err
	}
	defer one.turn.release()
	if one.closed {
		return problemf("unknown_model", "the model %q has been closed", one.id)
	}
	return f()
}

// close releases the sessions once no call uses the entry.
func (one *entry) close() error {
	one.turn <- struct{}{}
	defer one.turn.release()
	one.closed = true
	return one.reset()
}

// reset releases the sessions. The caller has the turn.
func (one *entry) reset() error {
	c, x := one.classifier, one.explainer
	one.classifier, one.explainer = nil, nil
	var err error
	if x != nil {
		err = x.Close()
	}
	if c != nil {
		if e := c.Close(); err == nil {
			err = e
		}
	}
	return err
}

// probabilities evaluates images one after the other. It returns the classes too.
func (one *entry) probabilities(ctx context.Context, workers int, images [][]byte) (classes []string, list [][]float64, err error) {
	err = one.use(ctx, func() error {
		classes = one.model.Load().Classes
		if one.classifier == nil {
			if one.classifier, err = one.model.Load().Classifier(1, workers); err != nil {
				return err
			}
		}
		for _, img := range images {
			if err := ctx.Err(); err != nil {
				return err
			}
			p, err := one.classifier.Probabilities(img)
			if err != nil {
				return err
			}
			list = append(list, p)
		}
		return nil
	})
	return classes, list, err
}

// explain calls f with the explainer of the entry.
func (one *entry) explain(ctx context.Context, workers int, f func(x *explain.Explainer) error) error {
	return one.use(ctx, func() error {
		if one.explainer == nil {
			x, err := explain.New(one.model.Load(), workers)
			if err != nil {
				return err
			}
			one.explainer = x
		}
		return f(one.explainer)
	})
}
