package mnist

import (
	"errors"
	"fmt"
	"io/fs"
)

// Errors that callers can test with [errors.Is]. The errors that functions return wrap them
// and add names and values.
var (
	// ErrUnknownDataset reports a name that is not in [Catalog].
	ErrUnknownDataset = errors.New("unknown data set")
	// ErrUnreachable reports that no mirror answered.
	ErrUnreachable = errors.New("no mirror can be reached")
	// ErrDamaged reports content that is not a complete IDX file of unsigned bytes.
	ErrDamaged = errors.New("damaged IDX file")
)

// damagedError is an error with its own text that wraps [ErrDamaged].
type damagedError struct{ err error }

func (e *damagedError) Error() string   { return e.err.Error() }
func (e *damagedError) Unwrap() []error { return []error{ErrDamaged, e.err} }

// damaged returns an error with a formatted text. It wraps [ErrDamaged] unless cause, the
// error of a read, comes from the file system.
func damaged(cause error, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	if path := (*fs.PathError)(nil); errors.As(cause, &path) {
		return err
	}
	return &damagedError{err}
}
