package graph

import (
	"testing"

	"gorgonia.org/gorgonia"
)

// TestEqualHashes declares two layers whose nodes have the same hash if their operations are the
// second and the third of the process. Gorgonia would compute the first and read its output for
// both.
func TestEqualHashes(t *testing.T) {
	declared := 0
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		declared++
		x = b.Flatten(x)
		left := b.Dense("left376", x, 2, NoBias, Weights(constant(1, 0, 0, 1)))
		right := b.Dense("right81894", x, 2, NoBias, Weights(constant(10, 0, 0, 10)))
		return b.Add(left, right)
	}
	opCount.Store(0)
	e, err := NewEvaluation(NewParams(1), net, Config{Batch: 1, Height: 1, Width: 2, Channels: 1, Classes: 2, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if declared != 2 {
		t.Errorf("the network was declared %d times, want 2: these names no longer give equal hashes", declared)
	}
	fill(e.Input(), []float64{1, 2})
	for range 2 { // by gorgonia's machine, then by the program
		if err := e.Run(); err != nil {
			t.Fatal(err)
		}
		mustClose(t, "logits", values(t, e.Logits()), []float64{11, 22}, 0)
	}
}

// TestEqualHashesOfParams declares two parameters with the same hash, which follows from their names.
func TestEqualHashesOfParams(t *testing.T) {
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.Flatten(x)
		for _, name := range []string{"row6527f1f3", "row933b2af2"} {
			x = gorgonia.Must(gorgonia.HadamardProd(x, b.Param(name, Ones, 1, 4)))
		}
		return b.Dense("fc", x, b.Classes())
	}
	cfg := Config{Batch: 1, Height: 2, Width: 2, Channels: 1, Classes: 2, Workers: 1}
	_, err := NewTraining(NewParams(1), net, cfg)
	mustFail(t, err, `param "row6527f1f3" and param "row933b2af2"`, "rename")
	_, err = Describe(NewParams(1), net, cfg)
	mustFail(t, err, "rename")
}
