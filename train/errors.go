package train

import "errors"

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
	// ErrOtherRun is the error of a checkpoint that belongs to a run with other settings,
	// another model or other data.
	ErrOtherRun = errors.New("it belongs to another run")
)

// kindError is an error with its own text that is also one of the variables above.
type kindError struct {
	kind, err error
}

func (e *kindError) Error() string   { return e.err.Error() }
func (e *kindError) Unwrap() []error { return []error{e.kind, e.err} }
