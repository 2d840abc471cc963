// Package smallfile reads files that should be small, such as settings and results. It limits
// the memory for files that are not.
package smallfile

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrTooLarge reports a file with more bytes than the limit.
var ErrTooLarge = errors.New("the file is too large")

// ErrNotRegular reports a folder, a device, a pipe or a socket.
var ErrNotRegular = errors.New("not a regular file")

// Read returns the content of a regular file of at most limit bytes. It returns an error that
// wraps [ErrTooLarge] for a larger file, and one that wraps [ErrNotRegular] for a path that is
// not a regular file.
func Read(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", path, ErrNotRegular)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%s: %w: more than %d bytes", path, ErrTooLarge, limit)
	}
	return content, nil
}
