package train

import (
	"context"
	"errors"
	"fmt"

	"inkstone/model"
	"inkstone/train/data"
)

// Errors to test for with [errors.Is]. A run that its context ends is not among them: it
// returns a [History] with Interrupted set. An evaluation that its context ends returns the
// context's error.
var (
	// ErrStop ends training without an error when a callback returns it.
	ErrStop = errors.New("train: stop")
	// ErrDiverged is the error of a run in which the loss or a parameter is not finite.
	ErrDiverged = errors.New("the training diverged")
	// ErrDamagedCheckpoint is the error of a checkpoint file whose content is not what was
	// written.
	ErrDamagedCheckpoint = errors.New("damaged")
	// ErrClosed is the error of a call of a [Trainer] after Close.
	ErrClosed = errors.New("the trainer is closed")
	// ErrRunning is the error of a call of a [Trainer] that is not allowed during
	// [Trainer.Run], such as Run, Close or LoadCheckpoint from a callback.
	ErrRunning = errors.New("the trainer is running")
	// ErrRanksDiffer is the error of ranks (see [Config]) with different settings, data or
	// programs, or with different parameters after an epoch.
	ErrRanksDiffer = errors.New("the ranks differ")
	// ErrOtherRun is the error of a checkpoint that belongs to a run with other settings,
	// another model or other data.
	ErrOtherRun = errors.New("it belongs to another run")
)

// checkModel returns an error if a model is nil or empty.
func checkModel(m *model.Model) error {
	if m != nil && m.Err() != nil {
		return fmt.Errorf("there is no model: %w", m.Err())
	}
	if m == nil || m.Params == nil || m.Net() == nil {
		return errors.New("the model is nil or empty: make it with model.New or model.Load")
	}
	return nil
}

// checkSet returns an error if a set is nil, could not be made, or has no images.
func checkSet(set *data.Set) error {
	switch {
	case set != nil && set.Err() != nil:
		return set.Err()
	case set == nil || set.Len() == 0:
		return errors.New("the set has no images")
	}
	return nil
}

// checkContext returns an error if a context is nil.
func checkContext(ctx context.Context) error {
	if ctx == nil {
		return errors.New("the context is nil: pass context.Background()")
	}
	return nil
}

// checkCall returns the first error of checkContext and checkModel.
func checkCall(ctx context.Context, m *model.Model) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	return checkModel(m)
}

// kindError is an error with its own text that is also one of the variables above.
type kindError struct {
	kind, err error
}

func (e *kindError) Error() string   { return e.err.Error() }
func (e *kindError) Unwrap() []error { return []error{e.kind, e.err} }
