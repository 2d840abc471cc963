package train

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/model"
)

// The network has names that mean something else as patterns, as "none" does, or that begin
// like another name.
var _ = model.Register("oddly-named", "a network of a test with odd names", func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.ReLU(b.Conv("block/conv", x, 4, 3))
	x = b.Flatten(b.MaxPool(b.ReLU(b.Conv("block/conv2", x, 4, 3)), 2))
	w := b.Param("none", graph.Ones, 1, x.Shape()[1])
	x = gorgonia.Must(gorgonia.BroadcastHadamardProd(x, w, nil, []byte{0}))
	return b.Dense("fc", x, b.Classes())
})

// Layers with odd names are frozen, unfrozen one after the other, and restored from a
// checkpoint, each exactly.
func TestExactNames(t *testing.T) {
	training, validation := stripes(t, 48, 1), stripes(t, 16, 2)
	cfg := quick
	cfg.Epochs, cfg.Unfreeze, cfg.LayerDecay = 4, Unfreezing{At: 2, Every: 1}, 0.5
	start := func() *model.Model {
		m := fresh(t, "oddly-named")
		if err := m.Freeze("block*", "non?"); err != nil {
			t.Fatal(err)
		}
		return m
	}
	whole := start()
	var joined [][]string
	cfg.Callbacks = []Callback{{Stage: func(s Stage) error { joined = append(joined, s.Joined); return nil }}}
	if _, err := Fit(t.Context(), whole, training, validation, cfg); err != nil {
		t.Fatal(err)
	}
	want := [][]string{nil, {"none"}, {"block/conv2.weight", "block/conv2.bias"}, {"block/conv.weight", "block/conv.bias"}}
	if !slices.EqualFunc(joined, want, slices.Equal) {
		t.Errorf("the stages add %q, want %q", joined, want)
	}
	for stop := 1; stop <= 3; stop++ {
		path := filepath.Join(t.TempDir(), "last")
		var first *Trainer
		cfg.Callbacks = []Callback{{
			Start: func(t *Trainer) error { first = t; return nil },
			Epoch: func(e Epoch) error {
				if e.Epoch < stop {
					return nil
				}
				if err := first.SaveCheckpoint(path); err != nil {
					return err
				}
				return ErrStop
			}}}
		h, err := Fit(t.Context(), start(), training, validation, cfg)
		if err != nil || h.Ended != EndedStop {
			t.Fatal(h, err)
		}
		cfg.Callbacks = nil
		m := start()
		second, err := New(m, training, validation, cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer second.Close()
		if err := second.LoadCheckpoint(path); err != nil {
			t.Fatal(err)
		}
		if h, err = second.Run(t.Context()); err != nil || h.Ended != EndedEpochs {
			t.Fatal(h, err)
		}
		if !bytes.Equal(bytesOf(t, m), bytesOf(t, whole)) {
			t.Errorf("stopped after epoch %d and resumed, the run ends with another model", stop)
		}
	}
}

// The frozen part of a checkpoint has names, not patterns.
func TestFrozenPartIsNames(t *testing.T) {
	m := fresh(t, "tiny")
	tr, err := New(m, stripes(t, 40, 1), nil, quick)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	if err := tr.checkPosition(&position{Epoch: 1, Frozen: []string{"conv*"}}); err == nil {
		t.Error("a pattern is taken for a name")
	}
	if err := tr.checkPosition(&position{Epoch: 1, Frozen: []string{"conv1.weight"}}); err != nil {
		t.Error(err)
	}
}
