// Package atomicfile writes a file completely or not at all.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"

	"inkstone/internal/disk"
)

// Write calls write with a temporary file in the folder of path. If write succeeds, it
// syncs the file and renames it to path, which replaces an existing file. After a crash
// path holds either the old file or the new one. After an error the old file is unchanged
// and the temporary file is removed.
func Write(path string, write func(w io.Writer) error) (err error) {
	dir, base := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	f, err := disk.CreateTemp(dir, "."+base+temporary)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, withoutPath(err))
	}
	defer func() {
		if err != nil {
			f.Close()
			disk.Remove(f.Name())
			err = fmt.Errorf("writing %s: %w", path, withoutPath(err))
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil && runtime.GOOS != "windows" {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := disk.Rename(f.Name(), path); err != nil {
		return err
	}
	return SyncDir(dir)
}

// WriteBytes writes content to a file as [Write] does.
func WriteBytes(path string, content []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// temporary is the end of a temporary file's name; * stands for a random number.
const temporary = ".*.tmp"

// RemoveTemporary removes the temporary files that [Write] left in a folder when its
// process was killed. No process may be writing there.
func RemoveTemporary(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if left, _ := path.Match(".*"+temporary, e.Name()); left {
			if err := disk.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// SyncDir syncs a folder, so that a rename in it survives a crash. It does nothing on
// Windows, which cannot open a folder, and ignores file systems that do not support it.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// withoutPath removes the name of the temporary file from an error, since the message has
// the name of the file to write.
func withoutPath(err error) error {
	if pe := (*os.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	if le := (*os.LinkError)(nil); errors.As(err, &le) {
		return le.Err
	}
	return err
}
