package model

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"inkstone/graph"
	"inkstone/internal/misuse"
)

// tinyModel returns a model of the smallest preset.
func tinyModel(t *testing.T) *Model {
	t.Helper()
	m, err := New(Spec{Preset: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Every exported function that takes a pointer, an interface, a slice or a function returns an
// error for nil, and so do the methods of a model that New did not make.
func TestNilArguments(t *testing.T) {
	m, empty := tinyModel(t), &Model{}
	c, err := m.Classifier(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	path := filepath.Join(t.TempDir(), "m.safetensors")
	misuse.Check(t,
		misuse.Call{Name: "Probabilities", Call: func() error { _, err := c.Probabilities(nil); return err }, Want: "0 pixels"},
		misuse.Call{Name: "Logits", Call: func() error { _, err := c.Logits(1, nil); return err }, Want: "pixels is nil"},
		misuse.Call{Name: "Logits of short images", Call: func() error { _, err := c.Logits(1, func(int) []byte { return nil }); return err }, Want: "image 0"},
		misuse.Call{Name: "Features", Call: func() error { _, err := m.Features("conv1", nil); return err }, Want: "0 pixels"},
		misuse.Call{Name: "Write", Call: func() error { return m.Write(nil) }, Want: "writer is nil"},
		misuse.Call{Name: "NewMaps", Call: func() error { _, err := NewMaps("x", 1, 1, 1, nil); return err }, Want: "0 values"},
		misuse.Call{Name: "NewMaps with huge sizes", Call: func() error { _, err := NewMaps("x", 1<<32, 1<<32, 1, make([]float32, 1)); return err }, Want: "maps of"},
		misuse.Call{Name: "NewMaps with values that are not finite", Call: func() error {
			_, err := NewMaps("x", 1, 1, 1, []float32{float32(math.NaN()), float32(math.Inf(1)), -1})
			if err == nil {
				err = errors.New("drawn")
			}
			return err
		}, Want: ""},
		misuse.Call{Name: "NewMaps with -1 columns", Call: func() error { _, err := NewMaps("x", 1, 1, -1, make([]float32, 1)); return err }, Want: "-1 columns"},
		misuse.Call{Name: "-1 workers", Call: func() error { _, err := m.Classifier(1, -1); return err }, Want: "-1 workers"},
		misuse.Call{Name: "no classes", Call: func() error { _, err := New(Spec{Classes: []string{}}); return err }, Want: "0 classes"},
		misuse.Call{Name: "batch of 0", Call: func() error { _, err := m.Classifier(0, 1); return err }, Want: "images"},
		misuse.Call{Name: "huge batch", Call: func() error { _, err := m.Classifier(1<<40, 1); return err }, Want: "images"},
		misuse.Call{Name: "Register", Call: func() error { return misuse.Panic(func() { Register("nilnet", "", nil) }) }, Want: "nil network"},
		misuse.Call{Name: "Replace", Call: func() error { return misuse.Panic(func() { Replace("nilnet", "", nil) }) }, Want: "nil network"},
		misuse.Call{Name: "zero Start", Call: func() error { _, _, err := Start{}.Load(); return err }, Want: "model file"},

		misuse.Call{Name: "Save of an empty model", Call: func() error { return empty.Save(path) }, Want: "empty"},
		misuse.Call{Name: "Classifier of an empty model", Call: func() error { _, err := empty.Classifier(1, 1); return err }, Want: "empty"},
		misuse.Call{Name: "Summary of an empty model", Call: func() error { _, err := empty.Summary(); return err }, Want: "empty"},
		misuse.Call{Name: "Diagram of an empty model", Call: func() error { _, err := empty.Diagram(); return err }, Want: "empty"},
		misuse.Call{Name: "Head of an empty model", Call: func() error { _, err := empty.Head(); return err }, Want: "empty"},
		misuse.Call{Name: "Filters of an empty model", Call: func() error { _, err := empty.Filters("conv1"); return err }, Want: "empty"},
		misuse.Call{Name: "Freeze of an empty model", Call: func() error { return empty.Freeze("*") }, Want: "empty"},
		misuse.Call{Name: "Unfreeze of an empty model", Call: func() error { return empty.Unfreeze() }, Want: "empty"},
	)
	if n := len(empty.Groups()) + len(empty.Layers()) + len(empty.Freezing().Params); n > 0 || empty.String() == "" {
		t.Errorf("an empty model has %d groups, layers and parameters, and is %q", n, empty)
	}
}

// A closed Classifier returns graph.ErrClosed.
func TestClassifierAfterClose(t *testing.T) {
	c, err := tinyModel(t).Classifier(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if _, err := c.Probabilities(make([]byte, 784)); !errors.Is(err, graph.ErrClosed) {
			t.Errorf("error is %v, want %v", err, graph.ErrClosed)
		}
	}
}

// Names of classes stay on one line.
func TestNamesOfClasses(t *testing.T) {
	for _, name := range []string{"a\nb", "\xff", "\x1b[2J", "a\u2028b"} {
		misuse.Check(t, misuse.Call{Name: name, Call: func() error {
			_, err := New(Spec{Preset: "tiny", Classes: []string{"a", name}})
			return err
		}, Want: "class 1"})
	}
	if _, err := New(Spec{Preset: "tiny", Classes: []string{"größe", "十 二"}}); err != nil {
		t.Error(err)
	}
}
