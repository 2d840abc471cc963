package model

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
)

// register registers a network until the test ends.
func register(t *testing.T, name string, net graph.Net) {
	t.Helper()
	before := slices.Clone(presets)
	Register(name, "a network of a test", net)
	t.Cleanup(func() { presets = before })
}

// New reports a mistake in a network with the network, the image size, the layer and a
// remedy. Package graph has the table of all mistakes.
func TestMistakeInANetwork(t *testing.T) {
	register(t, "mistaken", func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.MaxPool(b.ReLU(b.Conv("conv1", x, 4, 5)), 4)
		return b.Dense("fc1", b.Flatten(b.Conv("conv2", x, 8, 7)), b.Classes())
	})
	_, err := New(Spec{Preset: "mistaken", Height: 28, Width: 28, Classes: Digits()})
	want := `model "mistaken" on images of 28x28: conv "conv2": a window of 7x7 does not fit images of 6x6: make it smaller, pad (Pad, Same), or pool less before it`
	if err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

// Load names the tensors of a file that do not fit the network after a change.
func TestNetworkChangedSinceSaved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	one := func(name string, units int) graph.Net {
		return func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Dense("fc2", b.ReLU(b.Dense(name, b.Flatten(x), units)), b.Classes())
		}
	}
	t.Run("save", func(t *testing.T) {
		register(t, "changing", one("fc1", 8))
		if err := fresh(t, "changing").Save(path); err != nil {
			t.Fatal(err)
		}
	})
	for want, net := range map[string]graph.Net{
		`missing hidden.weight, hidden.bias; unknown fc1.weight, fc1.bias`: one("hidden", 8),
		`parameter "fc1.weight": shape [8 784], want [9 784]`:              one("fc1", 9),
	} {
		t.Run(want, func(t *testing.T) {
			register(t, "changing", net)
			if _, err := Load(path); !errors.Is(err, ErrMismatch) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error is %v, want %q and the file's name in it", err, want)
			}
		})
	}
}

// A parameter of a custom layer is in the summary and in the file.
func TestCustomParameter(t *testing.T) {
	register(t, "scaled", func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.Dense("fc1", b.Flatten(x), 6)
		x = gorgonia.Must(gorgonia.BroadcastHadamardProd(x, b.Param("scale.weight", graph.Ones, 1, 6), nil, []byte{0}))
		return b.Dense("fc2", x, b.Classes())
	})
	m := fresh(t, "scaled")
	s, err := m.Summary()
	if err != nil {
		t.Fatal(err)
	}
	if want := 784*6 + 6 + 6 + 6*10 + 10; s.Params != want || s.Params != m.Params.Count() {
		t.Errorf("%d parameters in the summary, %d in the model, want %d", s.Params, m.Params.Count(), want)
	}
	if !strings.Contains(s.String(), "scale.weight  param    1x6") {
		t.Errorf("the summary lacks the parameter:\n%s", s)
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	m.Params.Get("scale.weight").Value().Data().([]float32)[2] = 7
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if v := back.Params.Get("scale.weight").Value().Data().([]float32)[2]; v != 7 {
		t.Errorf("the loaded scale is %v, want 7", v)
	}
}
