package graph

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
)

// Example_fusion prints the operations of a small network in the order in which they run,
// whether each runs or is idle, and whether its output has been written after a step.
// README.md shows the result.
func Example_fusion() {
	net := func(b *Builder, x *Node) *Node {
		x = b.MaxPool(b.ReLU(b.Conv("conv1", x, 4, 3)), 2)
		return b.Dense("fc1", b.Flatten(x), b.Classes())
	}
	s, err := NewTraining(NewParams(1), net, Config{Batch: 2, Height: 8, Width: 8, Channels: 1, Classes: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	fill(s.Input(), noise("images", 128))
	if _, err := s.Step(2, 0); err != nil {
		fmt.Println(err)
		return
	}
	show := func(name string, o *op) {
		state := "runs"
		if o.idle {
			state = "idle"
		}
		written := slices.ContainsFunc(o.out.Data().([]float32), func(v float32) bool { return v != 0 })
		fmt.Printf("%-18s %s  output written: %v\n", name, state, written)
	}
	layers := s.Builder().Layers()
	for _, l := range layers {
		show(l.Name, l.Node.Op().(*op))
	}
	for _, l := range slices.Backward(layers) {
		show(l.Name+" backward", l.Node.Op().(*op).backward)
	}
	// Output:
	// conv1              runs  output written: false
	// relu1              idle  output written: false
	// maxpool1           idle  output written: false
	// flatten1           idle  output written: true
	// fc1                runs  output written: true
	// fc1 backward       runs  output written: true
	// flatten1 backward  runs  output written: false
	// maxpool1 backward  idle  output written: false
	// relu1 backward     idle  output written: false
	// conv1 backward     idle  output written: true
}

// TestChains checks which layers are fused.
func TestChains(t *testing.T) {
	for _, tc := range []struct {
		name string
		net  Net
		idle []string
	}{
		{"conv relu maxpool", func(b *Builder, x *Node) *Node { return b.MaxPool(b.ReLU(b.Conv("c", x, 2, 3)), 2) }, []string{"relu1", "maxpool1"}},
		{"conv maxpool relu", func(b *Builder, x *Node) *Node { return b.ReLU(b.MaxPool(b.Conv("c", x, 2, 3), 2)) }, []string{"maxpool1", "relu1"}},
		{"a second relu is left", func(b *Builder, x *Node) *Node { return b.ReLU(b.ReLU(b.Conv("c", x, 2, 3))) }, []string{"relu1"}},
		{"dense relu", func(b *Builder, x *Node) *Node { return b.ReLU(b.Dense("d", b.Flatten(x), 3)) }, []string{"relu1"}},
		{"batchnorm relu", func(b *Builder, x *Node) *Node { return b.ReLU(b.BatchNorm("n", x)) }, []string{"relu1"}},
		{"batchnorm maxpool", func(b *Builder, x *Node) *Node { return b.MaxPool(b.BatchNorm("n", x), 2) }, nil},
		{"add relu", func(b *Builder, x *Node) *Node { return b.ReLU(b.Add(x, b.Tanh(x))) }, []string{"relu1"}},
		{"conv read twice", func(b *Builder, x *Node) *Node {
			y := b.Conv("c", x, 2, 3)
			return b.Add(y, b.ReLU(y))
		}, nil},
		{"relu read twice", func(b *Builder, x *Node) *Node {
			y := b.ReLU(b.Conv("c", x, 2, 3))
			return b.Concat(b.MaxPool(y, 2), b.AvgPool(y, 2))
		}, []string{"relu1"}},
		{"gorgonia's operation after conv", func(b *Builder, x *Node) *Node {
			return b.ReLU(gorgonia.Must(gorgonia.Tanh(b.Conv("c", x, 2, 3))))
		}, nil},
		{"relu without a head", func(b *Builder, x *Node) *Node { return b.MaxPool(b.ReLU(x), 2) }, nil},
	} {
		p := compileProbe(t, NewParams(3), []int{2, 6, 6, 2}, tc.net, true)
		var idle []string
		for _, l := range p.builder.layers {
			if o, ok := l.Node.Op().(*op); ok && o.idle {
				idle = append(idle, l.Name)
			}
		}
		if !slices.Equal(idle, tc.idle) {
			t.Errorf("%s: idle are %v, want %v", tc.name, idle, tc.idle)
		}
	}
}

// TestReLUFusionKeepsBits compares a network whose batch normalizations, sums and dense
// layers compute the ReLU after them with the same network without fusion.
func TestReLUFusionKeepsBits(t *testing.T) {
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		y := b.ReLU(b.BatchNorm("bn1", x))
		y = b.ReLU(b.Add(y, b.BatchNorm("bn2", x)))
		z := b.BatchNorm("bn3", y) // read twice, so not fused
		z = b.Flatten(b.ReLU(b.BatchNorm("bn4", b.Add(b.ReLU(z), z))))
		return b.ReLU(b.Dense("fc", z, 11))
	}
	shape := []int{5, 6, 7, 19}
	unfused := compileProbe(t, NewParams(4), shape, net, false)
	fused := compileProbe(t, NewParams(4), shape, net, true)
	idle := 0
	for _, l := range fused.builder.layers {
		if o, ok := l.Node.Op().(*op); ok && l.Kind == "relu" && o.idle {
			idle++
		}
	}
	if idle != 4 {
		t.Errorf("%d ReLUs are fused, want 4", idle)
	}
	for range 2 { // the second run would show state left over from the first
		if want, got := unfused.value(t), fused.value(t); got != want {
			t.Errorf("the loss is %v, without fusion %v", got, want)
		}
		for i, vg := range unfused.Learned() {
			want := gradient32(t, vg)
			for j, g := range gradient32(t, fused.Learned()[i]) {
				if math.Float32bits(g) != math.Float32bits(want[j]) {
					t.Fatalf("the gradient with respect to %s[%d] is %v, without fusion %v", unfused.builder.learned[i].Name(), j, g, want[j])
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
	d, err := elements[float32](g)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
