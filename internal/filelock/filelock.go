// Package filelock gives a file to one process at a time. The operating system releases the
// lock of a process that ends, however it ends.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Errors of [Try] and [Wait].
var (
	// ErrHeld says that another process, or another part of this one, holds the lock.
	ErrHeld = errors.New("another process is using it")
	// ErrUnsupported says that the file system or the operating system has no locks.
	ErrUnsupported = errors.New("the file system has no locks")
)

// Lock is the lock on a file.
type Lock struct {
	file *flock.Flock // nil on js/wasm, where there is one process
}

// Try locks the file at path, which it creates if there is none. It returns [ErrHeld] if
// the file is locked. On js/wasm it does nothing.
func Try(path string) (*Lock, error) {
	if runtime.GOOS == "js" {
		return &Lock{}, nil
	}
	l := &Lock{flock.New(path)}
	locked, err := l.file.TryLock()
	switch {
	case err != nil:
		return nil, kind(err)
	case !locked:
		return nil, ErrHeld
	}
	return l, nil
}

// Wait locks the file at path as [Try] does, and waits until it is free or ctx ends. It
// calls waiting once before it waits.
func Wait(ctx context.Context, path string, waiting func()) (*Lock, error) {
	for first := true; ; first = false {
		l, err := Try(path)
		if !errors.Is(err, ErrHeld) {
			return l, err
		}
		if first {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Release releases the lock. The file stays, because another process may be waiting for it.
func (l *Lock) Release() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// kind returns [ErrUnsupported] for the errors of systems without locks: NFS without its
// lock service says ENOLCK. It takes the operation and the path out of others.
func kind(err error) error {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}
