package main

import (
	"io"
	"path/filepath"
	"testing"

	"inkstone/cmd/internal/browser"
)

// The page with every explanation fits every window, and axe-core finds nothing in it.
func TestBrowser(t *testing.T) {
	b := browser.Start(t)
	path, _ := drawn(t, 7)
	page := filepath.Join(t.TempDir(), "why.html")
	if err := run(t.Context(), []string{path, "-data", smallData(t), "-value", "conv1:12,10,3", "-value", "maxpool1:3,4,5", "-value", "fc1:7", "-out", page}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	b.LookAtFile(t, "explanation", page)
	t.Run("on paper", func(t *testing.T) { b.CheckPrint(t, page) })
}
