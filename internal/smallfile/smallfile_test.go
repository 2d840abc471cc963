package smallfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("12345"), 0o666); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int64]error{5: nil, 6: nil, 4: ErrTooLarge, 0: ErrTooLarge} {
		content, err := Read(path, limit)
		if !errors.Is(err, want) || want == nil && string(content) != "12345" {
			t.Errorf("limit %d: %q, %v", limit, content, err)
		}
	}
	if _, err := Read(dir, 10); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a folder: error %v", err)
	}
	if _, err := Read(filepath.Join(dir, "absent"), 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file: error %v", err)
	}
}
