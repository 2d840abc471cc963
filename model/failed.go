package model

import (
	"fmt"

	"inkstone/graph"
)

// Failed returns an empty model that stands for one that could not be made or loaded. Its
// methods return err, or panic with err if they have no error to return; String shows err.
// Functions that return a model and an error return such a model with the error, so that a
// notebook that uses the model without a look at the error shows the reason.
func Failed(err error) *Model { return &Model{Params: graph.NewParams(0), err: err} }

// Err returns the error of a model that could not be made, see [Failed], and nil for other
// models.
func (m *Model) Err() error { return m.err }

// carry makes m stand for the error of the function that returns it, if there is one.
func carry(m **Model, err *error) {
	if *err != nil {
		*m = Failed(*err)
	}
}

// usable returns an error unless m is a model that [New] or [Load] made. doing says what the
// caller does with it.
func (m *Model) usable(doing string) error {
	switch {
	case m.err != nil:
		return fmt.Errorf("%s: there is no model: %w", doing, m.err)
	case m.Params == nil || m.net == nil:
		return fmt.Errorf("%s: the model is empty, not made by New or Load", doing)
	}
	return nil
}
