package sweep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"inkstone/internal/atomicfile"
	"inkstone/internal/disk"
	"inkstone/internal/filelock"
	"inkstone/internal/smallfile"
	"inkstone/train/settings"
)

// SpecFile is the file in the folder of a sweep with its [Spec].
const SpecFile = "sweep.toml"

// Names of the locks in the folder of a sweep. The locks of runs are in the folder locksDir.
const (
	folderLock  = ".lock"
	locksDir    = ".locks"
	sharePrefix = "share-"
)

// Errors of [Open].
var (
	// ErrOther is the error for a folder that holds another sweep or something else.
	ErrOther = errors.New("holds something else")
	// ErrRunning is the error for a share that another process runs.
	ErrRunning = errors.New("another process runs it")
)

// Sweep is a sweep in its folder. Close it at the end.
type Sweep struct {
	spec     *Spec
	command  Command
	tables   settings.Lists
	trials   []Trial
	folder   string
	share    Share
	lock     *filelock.Lock // nil if the file system has none
	Warnings []string       // what the user should know
}

// Open opens the folder of a sweep, or creates it. Jobs with other shares may do so at the same
// time, on a file system that they share and that has locks. Open returns an error that wraps
// [ErrOther] if the folder holds another sweep, and [ErrRunning] if another process runs the same
// share, or a share of another number of shares.
func Open(ctx context.Context, folder string, spec *Spec, c Command, share Share) (*Sweep, error) {
	if err := share.check(); err != nil {
		return nil, err
	}
	s := &Sweep{spec: spec, command: c, folder: folder, share: share}
	var err error
	if s.trials, err = spec.Check(c); err != nil {
		return nil, err
	}
	if s.tables, err = c.Parse(nil); err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		return nil, fmt.Errorf("folder %s: %w", folder, err)
	}
	return s, nil
}

// prepare creates the folder unless it is there, and takes the lock of the share.
func (s *Sweep) prepare(ctx context.Context) error {
	if err := checkEmpty(s.folder); err != nil {
		return err
	}
	if err := disk.MkdirAll(filepath.Join(s.folder, locksDir)); err != nil {
		return err
	}
	lock, err := filelock.Wait(ctx, filepath.Join(s.folder, folderLock), func() {})
	switch {
	case errors.Is(err, filelock.ErrUnsupported) && s.share.Of > 1:
		return fmt.Errorf("%w, so several jobs cannot share a sweep there", err)
	case errors.Is(err, filelock.ErrUnsupported):
		s.Warnings = append(s.Warnings, fmt.Sprintf("%v for %s: make sure that no other process runs this sweep", err, s.folder))
		return s.writeSpec()
	case err != nil:
		return err
	}
	defer lock.Release()
	if err := s.writeSpec(); err != nil {
		return err
	}
	return s.lockShare()
}

// checkEmpty returns an error if a folder is there and neither empty nor that of a sweep.
func checkEmpty(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == SpecFile {
			return nil
		}
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			return fmt.Errorf("it exists, has no %s and %w: name another folder", SpecFile, ErrOther)
		}
	}
	return nil
}

// writeSpec writes the Spec, or compares it with that of the folder. A random search may get more
// trials.
func (s *Sweep) writeSpec() error {
	path := filepath.Join(s.folder, SpecFile)
	content, err := smallfile.Read(path, settings.MaxBytes)
	if err == nil {
		old, err := ParseSpec(content)
		if err != nil {
			return fmt.Errorf("%s: %w", SpecFile, err)
		}
		if reflect.DeepEqual(old, s.spec) {
			return nil
		}
		more := *old
		if more.Trials = s.spec.Trials; s.spec.Method != Random || s.spec.Trials < old.Trials || !reflect.DeepEqual(&more, s.spec) {
			return fmt.Errorf("it %w, a sweep with other settings (see %s): name another folder", ErrOther, path)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if content, err = s.spec.Format(); err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, content)
}

// lockShare takes the lock of the share. The caller has the lock of the folder.
func (s *Sweep) lockShare() error {
	locks, err := filepath.Glob(filepath.Join(s.locks(), sharePrefix+"*"))
	if err != nil {
		return err
	}
	suffix := fmt.Sprintf("-of-%d", s.share.Of)
	own := filepath.Join(s.locks(), fmt.Sprintf("%s%d%s", sharePrefix, s.share.Part, suffix))
	for _, path := range locks {
		if strings.HasSuffix(path, suffix) {
			continue
		}
		other, err := filelock.Try(path)
		if errors.Is(err, filelock.ErrHeld) {
			part, of, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), sharePrefix), "-of-")
			return fmt.Errorf("share %s/%s of this sweep: %w, and this is share %s", part, of, ErrRunning, s.share)
		}
		if err != nil {
			return err
		}
		other.Release()
	}
	lock, err := filelock.Try(own)
	if errors.Is(err, filelock.ErrHeld) {
		return fmt.Errorf("share %s of this sweep: %w", s.share, ErrRunning)
	}
	s.lock = lock
	return err
}

func (s *Sweep) locks() string { return filepath.Join(s.folder, locksDir) }

// path returns the folder of a run.
func (s *Sweep) path(t task) string { return filepath.Join(s.folder, t.name()) }

// Close lets other processes run the share.
func (s *Sweep) Close() error {
	if s.lock == nil {
		return nil
	}
	return s.lock.Release()
}

// String returns the method, the number of trials and the share in one line.
func (s *Sweep) String() string {
	text := s.spec.Method + ", " + plural(len(s.trials), "trial")
	if epochs, counts, err := s.spec.rungs(len(s.trials)); err == nil && len(epochs) > 1 {
		text += ":"
		for i, e := range epochs {
			text += fmt.Sprintf(" %d with %s,", counts[i], plural(e, "epoch"))
		}
		text = strings.TrimSuffix(text, ",")
	}
	if s.spec.Folds > 0 {
		text += fmt.Sprintf(", %d folds", s.spec.Folds)
	}
	if s.share.Of > 1 {
		text += fmt.Sprintf(", share %s", s.share)
	}
	return text
}
