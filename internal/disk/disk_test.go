package disk

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A change that Before refuses is not made.
func TestBefore(t *testing.T) {
	defer func() { Before = nil }()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	f, err := OpenAppend(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write([]byte("kept")); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	var names []string
	Before = func(change, path string) error {
		names = append(names, change)
		return stop
	}
	for name, do := range map[string]func() error{
		"mkdir":    func() error { return MkdirAll(filepath.Join(dir, "folder")) },
		"rename":   func() error { return Rename(path, path+"2") },
		"remove":   func() error { return Remove(path) },
		"create":   func() error { _, err := CreateTemp(dir, "temp*"); return err },
		"open":     func() error { _, err := OpenAppend(filepath.Join(dir, "other")); return err },
		"write":    func() error { _, err := f.Write([]byte("lost")); return err },
		"truncate": func() error { return f.Truncate(0) },
		"chmod":    func() error { return f.Chmod(0o600) },
		"sync":     f.Sync,
	} {
		names = nil
		if err := do(); !errors.Is(err, stop) || len(names) != 1 || names[0] != name {
			t.Errorf("%s: error %v, called for %q", name, err, names)
		}
	}
	content, err := os.ReadFile(path)
	entries, _ := os.ReadDir(dir)
	if err != nil || string(content) != "kept" || len(entries) != 1 {
		t.Errorf("the folder holds %v, the file %q, %v", entries, content, err)
	}
}
