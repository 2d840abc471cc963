package runfolder

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/internal/disk"
)

// A process that is killed before any change while it creates a folder leaves either no
// folder or one that can be opened, and the next one creates it.
func TestCreateKilled(t *testing.T) {
	killed := errors.New("killed")
	for n, finished := 0, false; !finished; n++ {
		parent := t.TempDir()
		path := filepath.Join(parent, "a", "run")
		changes := 0
		disk.Before = func(string, string) error {
			if changes++; changes > n {
				return killed
			}
			return nil
		}
		f, err := Create(path, []byte(config), nil)
		disk.Before = nil
		if f != nil {
			f.Close()
		}
		if finished = err == nil; !finished && !errors.Is(err, killed) {
			t.Fatal(err)
		}
		next := Open
		if _, err := os.Stat(path); err != nil {
			next = func(path string) (*Folder, error) { return Create(path, []byte(config), nil) }
		}
		f, err = next(path)
		if err != nil {
			t.Errorf("killed after %d changes: %v", n, err)
			continue
		}
		f.Close()
		if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
			t.Errorf("killed after %d changes, %v, %v are left, want the run alone", n, entries, err)
		}
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "run")
	f, err := Create(path, []byte(config), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, nil, nil); !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), "-resume "+path) {
		t.Errorf("error is %v, want %v with the way to resume", err, ErrExists)
	}
	if _, err := Open(path); !errors.Is(err, ErrInUse) {
		t.Errorf("error is %v, want %v", err, ErrInUse)
	}
	if next, err := CreateNext(path, []byte(config), nil); err != nil || next.Path() != path+"-2" {
		t.Errorf("the next folder is %v, %v", next, err)
	} else {
		next.Close()
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if f, err = Open(path); err != nil {
		t.Fatal(err)
	}
	f.Close()
	// While another process creates a folder, it is taken.
	other := &Folder{path: unfinished(path + "3")}
	if err := os.Mkdir(other.path, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := other.acquire(); err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := Create(path+"3", nil, nil); !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), "another process is creating it") {
		t.Errorf("error is %v, want that another process is creating the folder", err)
	}
}

// Only a folder on a file system without locks has a warning.
func TestWarning(t *testing.T) {
	f := newRun(t)
	if w := f.Warning(); w != "" {
		t.Errorf("the warning is %q, want none", w)
	}
	if w := (&Folder{path: "here"}).Warning(); !strings.Contains(w, "has no locks for here") {
		t.Errorf("without a lock the warning is %q", w)
	}
}

func TestSeeds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs")
	if err := CreateSeeds(path, []byte("version = 2\nepochs = 3\n"), 5); err != nil {
		t.Fatal(err)
	}
	if !IsSeeds(path) || IsRun(path) || ConfigPath(path) != filepath.Join(path, SeedsFile) {
		t.Error("the folder is not one of several runs")
	}
	texts, runs, err := ReadSettings(ConfigPath(path))
	if err != nil || runs != 5 || len(texts) != 1 || texts["epochs"] != "3" {
		t.Errorf("read %v, %d, %v", texts, runs, err)
	}
	if next, err := CreateSeedsNext(path, nil, 2); err != nil || next != path+"-2" {
		t.Errorf("the next folder is %s, %v", next, err)
	}
	if err := UpdateSeeds(path, nil, 0); err == nil || !strings.Contains(err.Error(), "0 runs") {
		t.Errorf("error is %v, want one about 0 runs", err)
	}
	if err := os.WriteFile(ConfigPath(path), []byte("version = 2\nseeds = 0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ReadSettings(ConfigPath(path)); err == nil || !strings.Contains(err.Error(), `seeds is "0", want a number of at least 1`) {
		t.Errorf("error is %v", err)
	}
}
