package runfolder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"inkstone/internal/atomicfile"
	"inkstone/internal/disk"
	"inkstone/internal/filelock"
	"inkstone/model"
)

var (
	// ErrExists is the error of [Create] for a folder that exists or that another process is
	// creating.
	ErrExists = errors.New("exists already")
	// ErrInUse is the error of [Open] for a folder that another process has open.
	ErrInUse = filelock.ErrHeld
)

// CheckAbsent returns [ErrExists] if the folder cannot be created because it exists.
func CheckAbsent(path string) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil && (IsRun(path) || IsSeeds(path)):
		return fmt.Errorf("output folder %s %w and holds runs: name another, or resume it with -resume %s", path, ErrExists, path)
	case err == nil:
		return fmt.Errorf("output folder %s %w: name another, or remove it", path, ErrExists)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("output folder %s: %w", path, withoutPath(err))
}

// bare removes the operation and the path from an error: the message has the path already.
func withoutPath(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	if l := (*os.LinkError)(nil); errors.As(err, &l) {
		return l.Err
	}
	return err
}

// Create makes the folder of a new run with its configuration and, unless it is nil, the
// model that a fine-tuning starts from. The folder appears with both in it by one rename,
// so a process that is killed leaves either no folder or one that can be resumed. The
// folder must not exist, see [ErrExists].
func Create(path string, config []byte, start *model.Model) (*Folder, error) {
	f, err := create(path, ConfigFile, config, start)
	if err != nil {
		return nil, err
	}
	return f, f.open()
}

// create creates a folder with a configuration in a file of that name, and locks it.
func create(path, name string, config []byte, start *model.Model) (*Folder, error) {
	if err := CheckAbsent(path); err != nil {
		return nil, err
	}
	f := &Folder{path: unfinished(path)}
	if err := disk.MkdirAll(f.path); err != nil {
		return nil, fmt.Errorf("output folder %s cannot be created: %w", path, withoutPath(err))
	}
	err := f.acquire()
	if errors.Is(err, ErrInUse) {
		return nil, fmt.Errorf("output folder %s %w: another process is creating it", path, ErrExists)
	}
	if err == nil {
		err = f.fill(name, config, start)
	}
	if err == nil {
		err = f.rename(path)
	}
	if err != nil {
		f.discard()
		return nil, fmt.Errorf("output folder %s: %w", path, err)
	}
	return f, nil
}

// CreateNext is [Create] for a folder whose name need not be exact: if it exists, the next
// of path-2, path-3 and so on that does not.
func CreateNext(path string, config []byte, start *model.Model) (f *Folder, err error) {
	_, err = nextFree(path, func(path string) (err error) {
		f, err = Create(path, config, start)
		return err
	})
	return f, err
}

// nextFree calls create with path, path-2, path-3 and so on until its error is not
// [ErrExists], and returns the last path.
func nextFree(path string, create func(path string) error) (string, error) {
	for n, next := 2, path; ; n++ {
		if err := create(next); !errors.Is(err, ErrExists) {
			return next, err
		}
		next = fmt.Sprintf("%s-%d", path, n)
	}
}

// unfinished returns the name of a folder while [Create] fills it.
func unfinished(path string) string {
	dir, base := filepath.Split(filepath.Clean(path))
	return filepath.Join(dir, "."+base+".tmp")
}

// isUnfinished reports whether a name is one of unfinished.
func isUnfinished(path string) bool {
	base := filepath.Base(path)
	return strings.HasPrefix(base, ".") && strings.HasSuffix(base, ".tmp")
}

// fill writes what the folder has from its first moment on, in place of what a killed
// process left.
func (f *Folder) fill(name string, config []byte, start *model.Model) error {
	if err := f.empty(); err != nil {
		return err
	}
	if start != nil {
		if err := start.Save(f.File(StartFile)); err != nil {
			return err
		}
	}
	return atomicfile.WriteBytes(f.File(name), config)
}

// rename gives the folder its name. Windows renames no folder with an open file in it, so
// there another process could take the lock in between.
func (f *Folder) rename(path string) error {
	if runtime.GOOS == "windows" && f.lock != nil {
		err := f.lock.Release()
		if f.lock = nil; err != nil {
			return err
		}
	}
	if err := CheckAbsent(path); err != nil {
		return err
	}
	if err := disk.Rename(f.path, path); err != nil {
		return withoutPath(err)
	}
	f.path = path
	if err := atomicfile.SyncDir(filepath.Dir(path)); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return f.acquire()
	}
	return nil
}

// empty removes the files of the folder except the lock.
func (f *Folder) empty() error {
	entries, err := os.ReadDir(f.path)
	for _, e := range entries {
		if e.Name() != lockFile {
			err = errors.Join(err, disk.Remove(f.File(e.Name())))
		}
	}
	return err
}

// discard removes a folder that could not be created.
func (f *Folder) discard() {
	if isUnfinished(f.path) {
		f.empty()
		disk.Remove(f.File(lockFile))
		disk.Remove(f.path)
	}
	f.Close()
}

// Open opens the folder of a run to resume it. It removes the temporary files that a killed
// process left. It returns [ErrInUse] if another process has the folder open.
func Open(path string) (*Folder, error) {
	f := &Folder{path: path}
	if _, err := os.Stat(f.File(ConfigFile)); err != nil {
		return nil, fmt.Errorf("run folder %s: %s: %w", path, ConfigFile, withoutPath(err))
	}
	err := f.acquire()
	if err == nil && f.lock != nil { // without a lock the files may be those of another process
		err = f.removeTemporary()
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("run folder %s: %w", path, withoutPath(err))
	}
	return f, f.open()
}

// removeTemporary removes the files that a process which was killed while it wrote them left.
func (f *Folder) removeTemporary() error {
	if err := disk.Remove(f.File(nextFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return atomicfile.RemoveTemporary(f.path)
}

// acquire locks the folder, unless the file system has no locks.
func (f *Folder) acquire() error {
	lock, err := filelock.Try(f.File(lockFile))
	if errors.Is(err, filelock.ErrUnsupported) {
		return nil
	}
	f.lock = lock
	return err
}

// Warning returns what the user should know about the folder, "" for nothing.
func (f *Folder) Warning() string {
	if f.lock != nil {
		return ""
	}
	return fmt.Sprintf("%s for %s: make sure that no other process resumes this run", filelock.ErrUnsupported, f.path)
}

// open opens the log and the metrics.
func (f *Folder) open() (err error) {
	if f.log, err = disk.OpenAppend(f.File(LogFile)); err == nil {
		f.metrics, err = disk.OpenAppend(f.File(MetricsFile))
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("run folder %s: %w", f.path, withoutPath(err))
	}
	return nil
}
