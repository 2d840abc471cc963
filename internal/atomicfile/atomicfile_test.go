package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/internal/disk"
)

func TestWriteReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, content := range []string{"one", "two, which is longer"} {
		if err := WriteBytes(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != content {
			t.Fatalf("read %q, %v; want %q", got, err, content)
		}
	}
	checkOnlyFile(t, path)
}

func TestFailureKeepsOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := WriteBytes(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := Write(path, func(w io.Writer) error {
		io.WriteString(w, "half of the ne")
		return broken
	})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v, want one that wraps %v and names %s", err, broken, path)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("the file holds %q after a failed write, want %q", got, "old")
	}
	checkOnlyFile(t, path)
}

func TestNoFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "absent", "f")
	err := WriteBytes(path, nil)
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v, want one that says %s does not exist", err, path)
	}
}

// checkOnlyFile checks that path is the only file in its folder.
func checkOnlyFile(t *testing.T, path string) {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("the folder holds %v, %v; want only %s", files, err, filepath.Base(path))
	}
}

// A process that is killed before any change leaves the old file or the new one, and what
// else it leaves is removed.
func TestKilledBetweenChanges(t *testing.T) {
	defer func() { disk.Before = nil }()
	path := filepath.Join(t.TempDir(), "f")
	if err := WriteBytes(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	killed := errors.New("killed")
	for after, finished := 0, false; !finished; after++ {
		changes := 0
		disk.Before = func(string, string) error {
			if changes++; changes > after {
				return killed
			}
			return nil
		}
		err := WriteBytes(path, []byte("new"))
		finished = err == nil
		disk.Before = nil
		if got, _ := os.ReadFile(path); string(got) != map[bool]string{false: "old", true: "new"}[finished] {
			t.Errorf("killed after %d changes, the file holds %q", after, got)
		}
		if err := RemoveTemporary(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		checkOnlyFile(t, path)
	}
}
