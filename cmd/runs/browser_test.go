package main

import (
	"path/filepath"
	"testing"

	"inkstone/cmd/internal/browser"
)

// The table for a browser fits every window, and axe-core finds nothing in it.
func TestBrowser(t *testing.T) {
	b := browser.Start(t)
	sample(t)
	page, err := filepath.Abs("runs.html")
	if err != nil {
		t.Fatal(err)
	}
	output(t, "-html", page)
	b.LookAtFile(t, "runs", page)
	t.Run("on paper", func(t *testing.T) { b.CheckPrint(t, page) })
}
