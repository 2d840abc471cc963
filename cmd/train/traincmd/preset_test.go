package traincmd

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/model"
	"inkstone/train/runfolder"
)

// A new preset is a function and a line that registers it, here with a residual branch and
// names that have dots.
var _ = model.Register("new-preset", "a network of a test", func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.MaxPool(b.ReLU(b.Conv("stem.conv", x, 6, 5, graph.Stride(2))), 2)
	y := b.ReLU(b.BatchNorm("block.bn", b.Conv("block.conv", x, 6, 3, graph.Same, graph.NoBias)))
	return b.Dense("head", b.Dropout(b.Flatten(b.Add(x, y)), 0.1), b.Classes())
})

// It trains, saves, goes on and is loaded like those that are built in, by the commands.
func TestNewPreset(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	var out bytes.Buffer
	command := func(want string, args ...string) {
		t.Helper()
		out.Reset()
		if err := Run(t.Context(), args, &out, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%v printed %q, want %q in it", args, out.String(), want)
		}
	}
	command("new-preset", "-list")
	command("block.conv", quick(t, "", "-model", "new-preset", "-dry-run")...)
	command("epoch 1/1", quick(t, dir, "-model", "new-preset", "-epochs", "1")...)
	command("epoch 2/2", "-resume", dir, "-epochs", "2")
	m, err := model.Load(filepath.Join(dir, runfolder.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.Classifier(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if p, err := c.Probabilities(make([]byte, 28*28)); err != nil || len(p) != 10 {
		t.Errorf("probabilities %v, %v", p, err)
	}
}
