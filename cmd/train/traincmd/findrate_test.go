package traincmd

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindRate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	var stdout bytes.Buffer
	if err := run(t.Context(), quick(t, dir, "-find-lr", "-batch", "16"), &stdout, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stdout.String(), "suggested learning rate") {
		t.Errorf("printed %q, want a suggestion", stdout.String())
	}
	f, err := os.Open(dir + "-find-lr.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := png.Decode(f); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the search made a run folder")
	}
}
