package main

import (
	"bytes"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/model/safetensors"
	"inkstone/train/data/digits"
)

// A model file without a checksum is used, with a note. One with parameters that are too
// large is an error, not "NaN %", and so is one that was changed.
func TestNotes(t *testing.T) {
	m, err := model.New(model.Spec{Preset: "fast"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "model")
	save := func(edit func(f *safetensors.File)) {
		t.Helper()
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := safetensors.Parse(content)
		if err != nil {
			t.Fatal(err)
		}
		edit(f)
		var b strings.Builder
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	pixels, _ := digits.Generate(1, 1)
	picture := filepath.Join(dir, "digit.png")
	if err := errors.Join(png.Encode(&b, enlarged(pixels)), os.WriteFile(picture, b.Bytes(), 0o666)); err != nil {
		t.Fatal(err)
	}
	pictures := []string{"-model", path, picture}

	save(func(f *safetensors.File) { delete(f.Metadata, "inkstone.sha256") })
	var out, notes strings.Builder
	if err := run(t.Context(), pictures, &out, &notes); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(notes.String(), path) || !strings.Contains(notes.String(), "no checksum") {
		t.Errorf("notes %q, want one that %s has no checksum", notes.String(), path)
	}

	save(func(f *safetensors.File) { f.Tensors[0].Data[5] ^= 1 })
	if err := run(t.Context(), pictures, &out, &notes); !errors.Is(err, model.ErrDamaged) {
		t.Errorf("a changed file has the error %v, want ErrDamaged", err)
	}

	for _, p := range m.Params.All() {
		v := p.Value().Data().([]float32)
		for i := range v {
			v[i] = 3e38
		}
	}
	save(func(*safetensors.File) {})
	out.Reset()
	if err := run(t.Context(), pictures, &out, &notes); !errors.Is(err, model.ErrNotFinite) || strings.Contains(out.String(), "NaN") {
		t.Errorf("parameters of 3e38 have the error %v and the output %q, want ErrNotFinite", err, out.String())
	}
}
