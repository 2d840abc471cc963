package traincmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindRate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	var stdout bytes.Buffer
	if err := Run(t.Context(), quick(t, dir, "-find-lr", "-batch", "16"), &stdout, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stdout.String(), "suggested learning rate") {
		t.Errorf("printed %q, want a suggestion", stdout.String())
	}
	if curve, err := os.ReadFile(dir + "-find-lr.svg"); err != nil || !strings.HasPrefix(string(curve), "<svg ") {
		t.Errorf("the curve is %.20q, %v", curve, err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the search made a run folder")
	}
}
