// Package disk changes files and folders. Tests can stop it before any change, to see what
// a program leaves that is killed there.
package disk

import "os"

// Before is called before each change, with its name and the path, if it is not nil. If it
// returns an error, the change is not made. A test that returns an error from some change
// on leaves the disk as a kill at that moment does, because nothing is cleaned up either.
// Only tests set it.
var Before func(change, path string) error

// change makes a change of a path unless Before refuses it.
func change(name, path string, do func() error) error {
	if Before != nil {
		if err := Before(name, path); err != nil {
			return &os.PathError{Op: name, Path: path, Err: err}
		}
	}
	return do()
}

// MkdirAll is [os.MkdirAll].
func MkdirAll(path string) error {
	return change("mkdir", path, func() error { return os.MkdirAll(path, 0o755) })
}

// Rename is [os.Rename].
func Rename(from, to string) error {
	return change("rename", to, func() error { return os.Rename(from, to) })
}

// Remove is [os.Remove].
func Remove(path string) error {
	return change("remove", path, func() error { return os.Remove(path) })
}

// File is a file that is open for writing.
type File struct{ file *os.File }

// CreateTemp is [os.CreateTemp].
func CreateTemp(dir, pattern string) (*File, error) {
	f := &File{}
	err := change("create", dir+pattern, func() (err error) {
		f.file, err = os.CreateTemp(dir, pattern)
		return err
	})
	return f, err
}

// OpenAppend opens a file to append to it, and creates it if there is none.
func OpenAppend(path string) (*File, error) {
	f := &File{}
	err := change("open", path, func() (err error) {
		f.file, err = os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		return err
	})
	return f, err
}

// Name returns the path of the file.
func (f *File) Name() string { return f.file.Name() }

// Write writes all of p or returns an error.
func (f *File) Write(p []byte) (n int, err error) {
	err = change("write", f.Name(), func() error {
		n, err = f.file.Write(p)
		return err
	})
	return n, err
}

// Truncate is [os.File.Truncate].
func (f *File) Truncate(size int64) error {
	return change("truncate", f.Name(), func() error { return f.file.Truncate(size) })
}

// Chmod is [os.File.Chmod].
func (f *File) Chmod(mode os.FileMode) error {
	return change("chmod", f.Name(), func() error { return f.file.Chmod(mode) })
}

// Sync is [os.File.Sync].
func (f *File) Sync() error { return change("sync", f.Name(), f.file.Sync) }

// Close is [os.File.Close]. It changes nothing on the disk.
func (f *File) Close() error { return f.file.Close() }
