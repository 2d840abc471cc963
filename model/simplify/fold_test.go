package simplify

import (
	"fmt"
	"math"
	"testing"

	"inkstone/graph"
)

// TestFold folds a convolution of one pixel and a dense layer, whose folded parameters are
// worked out by hand, and leaves what other layers read.
func TestFold(t *testing.T) {
	params := graph.NewParams(1)
	f, err := graph.NewForward(params, func(b *graph.Builder, x *graph.Node) *graph.Node {
		x = b.BatchNorm("bn1", b.Conv("conv1", x, 2, 1, graph.NoBias))
		y := b.Conv("conv2", x, 2, 1)
		x = b.Add(b.BatchNorm("bn2", y), y)
		x = b.Dropout(b.Flatten(b.BatchNorm("bn3", b.MaxPool(x, 2))), 0.5)
		return b.BatchNorm("bn4", b.Dense("fc", x, b.Classes()))
	}, graph.Config{Height: 2, Width: 2, Channels: 1, Classes: 3})
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string][]float32{
		"conv1.weight": {2, 3}, "bn1.weight": {4, 5}, "bn1.bias": {6, 7}, "bn1.running_mean": {8, 9}, "bn1.running_var": {0.25, 4},
	} {
		copy(params.Get(name).Value().Data().([]float32), v)
	}
	folded := Fold(f)
	names := ""
	for _, s := range folded.Steps {
		names += fmt.Sprint(s.Name, s.Inputs, " ")
	}
	if want := "conv1[-1] conv2[0] bn2[1] add1[2 1] maxpool1[3] bn3[4] flatten1[5] fc[6] "; names != want {
		t.Fatalf("the steps are %s, want %s", names, want)
	}
	p := folded.Steps[0].Params
	if len(p) != 2 || p[1].Name() != "conv1.bias" {
		t.Fatalf("the parameters are %v, want a weight and conv1.bias", p)
	}
	g := []float64{4 / math.Sqrt(0.25+1e-5), 5 / math.Sqrt(4+1e-5)}
	for i, want := range []float64{2 * g[0], 3 * g[1], 6 - 8*g[0], 7 - 9*g[1]} {
		have := float64(p[i/2].Value().Data().([]float32)[i%2])
		if math.Abs(have-want) > 1e-5 {
			t.Errorf("%s has %v at %d, want %v", p[i/2].Name(), have, i%2, want)
		}
	}
	if v := params.Get("conv1.weight").Value().Data().([]float32); v[0] != 2 {
		t.Errorf("the model's own weight is %v, want 2", v[0])
	}
}
