package graph

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"
)

// TestReLUFusionKeepsBits compares a network whose batch norms and sums compute the ReLU
// behind them with one that computes layer by layer.
func TestReLUFusionKeepsBits(t *testing.T) {
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		y := b.ReLU(b.BatchNorm("bn1", x))
		y = b.ReLU(b.Add(y, b.BatchNorm("bn2", x)))
		z := b.BatchNorm("bn3", y) // read twice: computed by itself
		return b.Flatten(b.ReLU(b.BatchNorm("bn4", b.Add(b.ReLU(z), z))))
	}
	shape := []int{5, 6, 7, 19}
	layerwise := compileProbe(t, NewParams(4), shape, net, false)
	fused := compileProbe(t, NewParams(4), shape, net, true)
	taken := 0
	for _, l := range fused.builder.layers {
		if o, ok := l.Node.Op().(*op); ok && l.Kind == "relu" && o.idle {
			taken++
		}
	}
	if taken != 3 {
		t.Errorf("%d of the ReLUs are computed by the layer before, want 3", taken)
	}
	for range 2 { // the second run shows what the first left behind
		if want, got := layerwise.value(t), fused.value(t); got != want {
			t.Errorf("the loss is %v, layer by layer %v", got, want)
		}
		for i, vg := range layerwise.Learned() {
			want := gradient32(t, vg)
			for j, g := range gradient32(t, fused.Learned()[i]) {
				if math.Float32bits(g) != math.Float32bits(want[j]) {
					t.Fatalf("derivative by %s[%d] is %v, layer by layer %v", layerwise.builder.learned[i].Name(), j, g, want[j])
				}
			}
		}
	}
}

func gradient32(t *testing.T, v gorgonia.ValueGrad) []float32 {
	t.Helper()
	g, err := v.Grad()
	if err != nil {
		t.Fatal(err)
	}
	d, err := data[float32](g)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
