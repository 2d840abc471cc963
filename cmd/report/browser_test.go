package main

import (
	"path/filepath"
	"testing"

	"inkstone/cmd/internal/browser"
)

// The report of a run in both languages and that of several runs fit every window, and axe-core finds
// nothing in them.
func TestBrowser(t *testing.T) {
	b := browser.Start(t)
	dir := t.TempDir()
	images := digitsFolder(t)
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	write(t, one, images, 1)
	write(t, two, images, 2)
	for name, args := range map[string][]string{
		"report": {one}, "chinese": {one, "-lang", "zh", "-robustness=false"}, "comparison": {one, two, "-robustness=false"},
	} {
		page := filepath.Join(dir, name+".html")
		if _, _, err := call(t, append(args, "-out", page)...); err != nil {
			t.Fatal(err)
		}
		b.LookAtFile(t, name, page)
		t.Run(name+" on paper", func(t *testing.T) { b.CheckPrint(t, page) })
	}
}
