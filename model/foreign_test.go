package model

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/model/safetensors"
)

// A prefix that makes the names fit is removed, and the transfer says so.
func TestStripPrefix(t *testing.T) {
	rename := func(name func(old string) string) func(f *safetensors.File) {
		return func(f *safetensors.File) {
			f.Metadata = nil
			for i := range f.Tensors {
				f.Tensors[i].Name = name(f.Tensors[i].Name)
			}
		}
	}
	for _, tc := range []struct {
		name   string
		edit   func(f *safetensors.File)
		prefix string
		left   string // names that are left out
	}{
		{"none", rename(func(s string) string { return s }), "", ""},
		{"module", rename(func(s string) string { return "module." + s }), "module.", ""},
		{"two", rename(func(s string) string { return "_orig_mod.model." + s }), "_orig_mod.model.", ""},
		{"most of them", func(f *safetensors.File) {
			rename(func(s string) string { return "module." + s })(f)
			f.Tensors = append(f.Tensors, safetensors.Float32("n_averaged", nil, []float32{3}), safetensors.Float32("ema.fc1.bias", []int{5}, make([]float32, 5)))
		}, "module.", "n_averaged, ema.fc1.bias"},
		{"not beside the names themselves", func(f *safetensors.File) {
			rename(func(s string) string { return s })(f)
			f.Tensors = append(f.Tensors, safetensors.Float32("ema.fc1.bias", []int{5}, make([]float32, 5)))
		}, "", "ema.fc1.bias"},
	} {
		path, from := saved(t, "fast", tc.edit)
		m, tr, err := Start{Path: path, Preset: "fast", Classes: Digits()[:5], Partial: true}.Load()
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if tr.Prefix != tc.prefix || strings.Join(tr.LeftOut, ", ") != tc.left || len(tr.New) > 0 {
			t.Errorf("%s: the transfer is %+v, want the prefix %q and %q left out", tc.name, tr, tc.prefix, tc.left)
		}
		if said := strings.Contains(tr.String(), "prefix   "+tc.prefix+" (removed"); said != (tc.prefix != "") {
			t.Errorf("%s: the transfer prints as\n%s", tc.name, tr)
		}
		for _, p := range m.Params.All() {
			if p.Portable()[0] != from.Params.Get(p.Name()).Portable()[0] {
				t.Errorf("%s: %s is not the file's", tc.name, p.Name())
			}
		}
	}
}

// Load and Start.Load say what a file is that is no model file.
func TestOtherFormats(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for content, want := range map[string]string{
		"version https://git-lfs.github.com/spec/v1\n": "git lfs pull",
		"<html><body>Not Found</body></html>":          "a web page",
		"PK\x03\x04 archive/data.pkl":                  "torch.save writes",
		"\x80\x04\x95\x10\x00\x00\x00\x00\x00":         "a Python pickle",
		"PK\x03\x04 model.weights.h5":                  "a Keras archive",
		"GGUF\x03\x00\x00\x00":                         "a GGUF file",
		"\x93NUMPY\x01\x00\x00":                        "a NumPy array",
		"\xff\xd8\xff\xe0\x00\x10JFIF":                 "a picture",
	} {
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		_, first := Load(path)
		_, _, second := Start{Path: path, Preset: "fast", Classes: Digits()}.Load()
		for _, err := range []error{first, second} {
			if !errors.Is(err, ErrOtherFormat) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%q: error %v, want ErrOtherFormat with %q", content, err, want)
			}
		}
	}

	// A safetensors file whose header has 640 bytes begins like a pickle, one of 123 bytes like JSON.
	for _, start := range []string{"\x80\x02", "{\x00"} {
		cut := start + "\x00\x00\x00\x00\x00\x00" + strings.Repeat("{", 50)
		if err := os.WriteFile(path, []byte(cut), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); !errors.Is(err, ErrDamaged) {
			t.Errorf("error %v, want ErrDamaged", err)
		}
	}
}
