package main

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train/data/digits"
)

// A file name with a line break is printed on one line.
func TestFileNameInTwoLines(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("file names have no line breaks here")
	}
	m, err := model.New(model.Spec{Preset: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "model.safetensors")
	if err := m.Save(file); err != nil {
		t.Fatal(err)
	}
	pixels, _ := digits.Generate(1, 1)
	var content bytes.Buffer
	if err := png.Encode(&content, enlarged(pixels)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "two\nlines\xff.png")
	if err := os.WriteFile(path, content.Bytes(), 0o644); err != nil {
		t.Skip(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-model", file, path}, &out, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, `two\nlines\xff.png`) {
		t.Errorf("printed %q, want a head and one line with the name", got)
	}
}
