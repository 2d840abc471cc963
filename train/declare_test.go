package train

import (
	"path/filepath"
	"testing"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/model"
)

// declarations is the number of times that the network "counted" was declared.
var declarations int

var _ = model.Register("counted", "a network of a test that counts its declarations", func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	declarations++
	x = b.MaxPool(b.ReLU(b.Conv("conv1", x, 2, 3)), 2)
	return b.Dense("fc1", b.Flatten(x), b.Classes())
})

// The number of declarations of a network is small. Loading a model with another head declares it
// twice, for the model and for the head. New declares it three times, for the boundary of the
// frozen part, for the training session and for the check of its operations. Run declares it three
// times, for the features of both sets and for the scorer of the validation set.
func TestFineTuningDeclarations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model")
	if err := fresh(t, "counted").Save(path); err != nil {
		t.Fatal(err)
	}
	declarations = 0
	count := func(what string, want int) {
		t.Helper()
		if declarations != want {
			t.Errorf("%s: the network is declared %d times, want %d", what, declarations, want)
		}
		declarations = 0
	}
	m, _, err := model.Start{Path: path, Classes: []string{"across", "down"}}.Load()
	if err != nil {
		t.Fatal(err)
	}
	count("start", 2)
	if err := m.Freeze(); err != nil {
		t.Fatal(err)
	}
	count("freeze", 0)
	cfg := quick
	cfg.LayerDecay = 0.5
	tr, err := New(m, stripes(t, 32, 1), stripes(t, 20, 2), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	count("new", 3)
	if _, err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	count("run", 3)

	// If nothing is frozen, there are the model, the check, the session and the scorer.
	if _, err := Fit(t.Context(), fresh(t, "counted"), stripes(t, 32, 1), stripes(t, 20, 2), quick); err != nil {
		t.Fatal(err)
	}
	count("a model and its training", 4)
}
