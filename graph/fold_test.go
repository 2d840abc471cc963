package graph

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// foldNets are networks with all that the pass fold joins, and much that it must not.
var foldNets = map[string]struct {
	net    Net
	folded []string // the layers that another one computes, by folding or fusion
}{
	"chains": {func(b *Builder, x *Node) *Node {
		x = b.ReLU(b.BatchNorm("bn1", b.Conv("conv1", x, 16, 3, Same, NoBias)))
		x = b.MaxPool(b.ReLU(b.BatchNorm("bn2", b.Conv("conv2", x, 32, 3, Bias(gaussian)))), 2)
		x = b.BatchNorm("bn3", b.Conv("conv3", x, 5, 2, Groups(1)))
		x = b.ReLU(b.BatchNorm("bn4", b.Dense("fc1", b.Flatten(x), 7)))
		return b.BatchNorm("bn5", b.Dense("fc2", x, b.Classes(), Bias(gaussian)))
	}, []string{"bn1", "relu1", "bn2", "relu2", "maxpool1", "bn3", "bn4", "relu3", "bn5", "flatten1"}},
	"residual": {func(b *Builder, x *Node) *Node {
		x = b.Conv("conv1", x, 16, 3, Same)
		y := b.BatchNorm("bn1", b.Conv("conv2", x, 16, 3, Same, NoBias))
		x = b.ReLU(b.Add(x, y))
		y = b.BatchNorm("bn2", b.Conv("conv3", x, 6, 3, Pad(1), Stride(2)))
		z := b.BatchNorm("bn3", b.Conv("conv4", x, 6, 1, Stride(2)))
		x = b.Add(z, y)
		return b.Dense("fc", b.GlobalAvgPool(x), b.Classes())
	}, []string{"bn1", "add1", "relu1", "bn2", "add2", "bn3"}},
	"separate": {func(b *Builder, x *Node) *Node {
		x = b.Conv("conv1", x, 4, 3)
		y := b.BatchNorm("bn1", x) // x has two readers
		x = b.Add(b.Add(x, x), y, y)
		x = b.ReLU(b.BatchNorm("bn2", b.MaxPool(b.Conv("conv2", x, 4, 3), 2))) // only the pooling: a scale may be negative
		x = b.BatchNorm("bn3", b.BatchNorm("bn4", b.Conv("conv3", x, 4, 2)))
		x = b.MaxPool(b.Add(x, b.Conv("conv4", x, 4, 3, Same)), 2) // no kernel has a sum and a pooling
		return b.Dense("fc", b.Flatten(x), b.Classes())
	}, []string{"maxpool1", "relu1", "bn4", "add3"}}, // bn2 computes relu1
	"depthwise": {func(b *Builder, x *Node) *Node {
		x = b.ReLU(b.BatchNorm("bn1", b.Conv("conv1", x, 6, 3, Same)))
		x = b.ReLU(b.Add(x, b.BatchNorm("bn2", b.Conv("conv2", x, 6, 3, Same, Groups(6)))))
		x = b.BatchNorm("bn3", b.Conv("conv3", x, 4, 3, Groups(2), Dilation(2)))
		return b.Dense("fc", b.GlobalAvgPool(x), b.Classes())
	}, []string{"bn1", "relu1", "bn2", "add1", "relu2", "bn3"}},
}

// randomStatistics gives all parameters other values than the initial ones, among them negative
// scales and shared tensors.
func randomStatistics(params *Params, seed int) {
	for i, p := range params.All() {
		d := noise(fmt.Sprint(p.Name(), seed), p.Len())
		for j := range d {
			d[j] *= 0.5
			if p.Statistic() && p.Name()[len(p.Name())-3:] == "var" {
				d[j] = 0.5 + d[j]*d[j]
			}
		}
		if i%2 == 0 {
			fill(p.Value(), d)
			continue
		}
		flat := make([]float32, len(d))
		for j, v := range d {
			flat[j] = float32(v)
		}
		if err := p.SetPortable(p.PortableShape(), flat); err != nil {
			panic(err)
		}
	}
}

// TestFold compares evaluations with folding to the same without, before and after changes of the
// parameters, for both types, and checks which layers were folded.
func TestFold(t *testing.T) {
	for name, tc := range foldNets {
		for _, params := range []*Params{NewParams(3), NewParams64(3)} {
			cfg := Config{Batch: 3, Height: 11, Width: 12, Channels: 2, Classes: 5}
			tolerance := 1e-12
			if params.dtype == tensor.Float32 {
				tolerance = 2e-5
			}
			folded := newEvaluation(t, params, tc.net, cfg)
			cfg.KeepValues = true
			plain := newEvaluation(t, params, tc.net, cfg)
			var names []string
			for _, l := range folded.builder.layers {
				if l.Node.Op().(*op).computedBy != nil {
					names = append(names, l.Name)
				}
			}
			slices.Sort(names)
			want := slices.Clone(tc.folded)
			slices.Sort(want)
			if !slices.Equal(names, want) {
				t.Errorf("%s: folded %v, want %v", name, names, want)
			}
			for round := range 4 {
				if round > 0 { // the first round has the initial values
					randomStatistics(params, round/2) // the third time the same ones
				}
				for i, s := range []*Evaluation{folded, plain} {
					fill(s.Input(), noise(fmt.Sprint("images", round), s.Input().DataSize()))
					if err := s.Run(); err != nil {
						t.Fatalf("%s, session %d: %v", name, i, err)
					}
				}
				mustClose(t, fmt.Sprintf("%s, round %d: logits", name, round), values(t, folded.Logits()), values(t, plain.Logits()), tolerance)
			}
		}
	}
}

// TestFoldSeesTraining trains and evaluates by turns: an evaluation session must see each
// step, although it keeps transformed weights.
func TestFoldSeesTraining(t *testing.T) {
	params := NewParams(5)
	cfg := Config{Batch: 4, Height: 12, Width: 12, Channels: 1, Classes: 5}
	net := foldNets["residual"].net
	eval := newEvaluation(t, params, net, cfg)
	training, err := NewTraining(params, net, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer training.Close()
	images := noise("images", training.Input().DataSize())
	fill(training.Input(), images)
	fill(eval.Input(), images)
	var before []float64
	for step := range uint64(4) {
		if _, err := training.Step(4, step); err != nil {
			t.Fatal(err)
		}
		solver := gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.1))
		if err := solver.Step(training.Learned()); err != nil {
			t.Fatal(err)
		}
		cfg.KeepValues = true
		fresh := newEvaluation(t, params, net, cfg)
		fill(fresh.Input(), images)
		for _, s := range []*Evaluation{eval, fresh} {
			if err := s.Run(); err != nil {
				t.Fatal(err)
			}
		}
		got := values(t, eval.Logits())
		mustClose(t, fmt.Sprintf("logits after step %d", step), got, values(t, fresh.Logits()), 2e-5)
		if slices.Equal(got, before) {
			t.Errorf("step %d changed no logit", step)
		}
		before = got
	}
}
