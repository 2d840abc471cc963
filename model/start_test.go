package model

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkstone/internal/pattern"
	"inkstone/model/safetensors"
)

// saved writes a model of five classes to a file, changed by edit, and returns both.
func saved(t *testing.T, preset string, edit func(f *safetensors.File)) (string, *Model) {
	t.Helper()
	m, err := New(Spec{Preset: preset, Seed: 7, Height: 28, Width: 28, Classes: Digits()[:5], Mean: 0.2, Std: 0.4})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := safetensors.Parse(content)
		if err != nil {
			t.Fatal(err)
		}
		edit(f)
		if f.Metadata != nil {
			f.Metadata[keySum] = checksum(f)
		}
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return path, m
}

// foreign changes a file to one that PyTorch could have written: without metadata and
// with a count of batches.
func foreign(f *safetensors.File) {
	f.Metadata = nil
	f.Tensors = append(f.Tensors, safetensors.Tensor{Name: "bn1.num_batches_tracked", DType: "I64", Data: make([]byte, 8)})
}

func TestStart(t *testing.T) {
	ten := Digits()
	five := ten[5:]
	for _, tc := range []struct {
		name  string
		edit  func(f *safetensors.File)
		start Start
		fresh bool // the head
		why   string
	}{
		{"as it is", nil, Start{}, false, "kept (fc1.weight, fc1.bias): the classes are the same"},
		{"new", nil, Start{Head: "new"}, true, "new (fc1.weight, fc1.bias), as requested"},
		{"other classes", nil, Start{Classes: five}, true, "new (fc1.weight, fc1.bias): the file's classes are 0 1 2 3 4, the task's are 5 6 7 8 9"},
		{"other classes, kept", nil, Start{Classes: five, Head: "keep"}, false, "kept (fc1.weight, fc1.bias), as requested, although the file's classes are 0 1 2 3 4 and the task's are 5 6 7 8 9"},
		{"more classes", nil, Start{Classes: ten}, true, "new (fc1.weight, fc1.bias): the file's fc1.weight has shape 5x512, 10 classes need 10x512"},
		{"foreign", foreign, Start{Preset: "fast", Classes: five}, false, "kept (fc1.weight, fc1.bias): its shapes fit the task; the file does not name its classes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path, from := saved(t, "fast", tc.edit)
			tc.start.Path, tc.start.Seed = path, 3
			m, tr, err := tc.start.Load()
			if err != nil {
				t.Fatal(err)
			}
			if tr.Head != tc.why {
				t.Errorf("head %q, want %q", tr.Head, tc.why)
			}
			for _, p := range m.Params.All() {
				equal := slices.Equal(p.Portable(), from.Params.Get(p.Name()).Portable())
				head := strings.HasPrefix(p.Name(), "fc")
				if made := tc.fresh && head; equal == made && !(made && strings.HasSuffix(p.Name(), "bias") && len(m.Classes) == 5) {
					t.Errorf("that %s is the file's is %v", p.Name(), equal)
				}
				if in := slices.Contains(tr.New, p.Name()); in != (tc.fresh && head) || in == slices.Contains(tr.Loaded, p.Name()) {
					t.Errorf("%s: the account is\n%s", p.Name(), tr)
				}
			}
			if tc.edit == nil && (m.Mean != 0.2 || m.Std != 0.4) {
				t.Errorf("mean and deviation are %v and %v, want the file's", m.Mean, m.Std)
			}
		})
	}
}

func TestStartPartial(t *testing.T) {
	path, from := saved(t, "fast", func(f *safetensors.File) {
		foreign(f)
		f.Tensors = slices.DeleteFunc(f.Tensors, func(x safetensors.Tensor) bool { return x.Name == "conv2.bias" })
		f.Get("conv1.bias").Shape = []int{4, 4}
		f.Tensors = append(f.Tensors, safetensors.Float32("extra", []int{1}, []float32{1}))
	})
	s := Start{Path: path, Preset: "fast", Classes: Digits()[:5], Seed: 3}
	want := "conv1.bias has shape 4x4, want 16; missing conv2.bias; unknown extra"
	if _, _, err := s.Load(); err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("without Partial: error %v, want %s", err, want)
	}
	s.Partial = true
	m, tr, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	want = "loaded   conv1.weight, conv2.weight, fc1.weight, fc1.bias\n" +
		"new      conv1.bias, conv2.bias\n" +
		"left out conv1.bias, bn1.num_batches_tracked, extra\n" +
		"head     kept (fc1.weight, fc1.bias): its shapes fit the task; the file does not name its classes\n"
	if tr.String() != want {
		t.Errorf("the transfer is\n%swant\n%s", tr, want)
	}
	if !slices.Equal(m.Params.Get("conv2.weight").Portable(), from.Params.Get("conv2.weight").Portable()) {
		t.Error("conv2.weight is not the file's")
	}
}

func TestStartErrors(t *testing.T) {
	for _, tc := range []struct {
		name  string
		edit  func(f *safetensors.File)
		start Start
		is    error
		want  string
	}{
		{"another network", nil, Start{Preset: "cnn"}, ErrMismatch, `"fast"`},
		{"no network", foreign, Start{Classes: Digits()}, ErrNotModel, "choose one of best, cnn"},
		{"no classes", foreign, Start{Preset: "fast"}, ErrNotModel, "classes"},
		{"unknown network", foreign, Start{Preset: "slow", Classes: Digits()}, ErrUnknownPreset, `"slow"`},
		{"head too small", nil, Start{Classes: Digits(), Head: "keep"}, ErrMismatch, "the head cannot be kept: the file's fc1.weight has shape 5x512, 10 classes need 10x512"},
		{"head missing", func(f *safetensors.File) {
			f.Tensors = slices.DeleteFunc(f.Tensors, func(x safetensors.Tensor) bool { return x.Name == "fc1.bias" })
		}, Start{Head: "keep"}, ErrMismatch, "the head cannot be kept: the file has no fc1.bias"},
		{"word", nil, Start{Head: "off"}, nil, `"off", want one of auto, keep, new`},
		{"nothing in common", func(f *safetensors.File) {
			foreign(f)
			for i := range f.Tensors {
				f.Tensors[i].Name = "x" + f.Tensors[i].Name
			}
		}, Start{Preset: "fast", Classes: Digits(), Partial: true}, ErrMismatch, `"fast": no tensor fits (missing conv1.weight; `},
		{"other network's tensors", foreign, Start{Preset: "cnn", Classes: Digits()}, ErrMismatch, "conv1.weight has shape 16x1x5x5, want 32x1x3x3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.start.Path, _ = saved(t, "fast", tc.edit)
			_, _, err := tc.start.Load()
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "model file "+tc.start.Path+": ") {
				t.Fatalf("error %v, want %s", err, tc.want)
			}
			if tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("error %v is not %v", err, tc.is)
			}
		})
	}
	if _, _, err := (Start{Path: "missing.safetensors"}).Load(); err == nil || !strings.Contains(err.Error(), "missing.safetensors") {
		t.Errorf("error %v", err)
	}
}

// Layers that a partial start gave initial values are not frozen by default.
func TestFreezeAfterPartialStart(t *testing.T) {
	for _, tc := range []struct{ preset, missing, frozen string }{
		{"fast", "conv2.bias", "conv1.weight conv1.bias"},
		{"fast", "conv*", ""},
		{"fast", "fc1.bias", "conv1.weight conv1.bias conv2.weight conv2.bias"},
	} {
		path, _ := saved(t, tc.preset, func(f *safetensors.File) {
			f.Tensors = slices.DeleteFunc(f.Tensors, func(x safetensors.Tensor) bool { return pattern.Match(tc.missing, x.Name) })
		})
		m, _, err := Start{Path: path, Partial: true, Seed: 3}.Load()
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Freeze(); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(m.Params.Frozen(), " "); got != tc.frozen {
			t.Errorf("without %s, %s is frozen, want %s", tc.missing, got, tc.frozen)
		}
		if err := m.Freeze("conv*"); err != nil || len(m.Params.Frozen()) != 4 {
			t.Errorf("by name %v is frozen, %v", m.Params.Frozen(), err)
		}
	}

	// A batch normalization stays with the convolution before it.
	path, _ := saved(t, "tiny", func(f *safetensors.File) {
		f.Tensors = slices.DeleteFunc(f.Tensors, func(x safetensors.Tensor) bool { return x.Name == "conv2.weight" })
	})
	m, _, err := Start{Path: path, Partial: true}.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Freeze(); err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Params.All() {
		second, dense := strings.HasPrefix(p.Name(), "conv2") || strings.HasPrefix(p.Name(), "bn2"), strings.HasPrefix(p.Name(), "fc")
		if p.Frozen() != !(second || dense) {
			t.Errorf("that %s is frozen is %v", p.Name(), p.Frozen())
		}
	}
}
