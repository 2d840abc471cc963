package graph

import (
	"math"
	"slices"
	"testing"

	"inkstone/graph/kernelbench"
)

// TestConvNormFusion checks which batch normalizations a convolution computes, and that the loss, the
// gradients and the running statistics of two steps agree with those without fusion.
func TestConvNormFusion(t *testing.T) {
	if kernelbench.Path() == "portable" {
		t.Skip("a convolution computes no batch normalization without assembly")
	}
	net := func(b *Builder, x *Node) *Node {
		x = b.ReLU(b.BatchNorm("bn1", b.Conv("conv1", x, 16, 3, Same)))
		x = b.ReLU(b.BatchNorm("bn2", b.MaxPool(b.Conv("conv2", x, 16, 3, Same, NoBias), 2)))
		y := b.BatchNorm("bn3", b.Conv("conv3", x, 16, 3, Same, NoBias))
		x = b.ReLU(b.Add(x, y))
		x = b.BatchNorm("bn4", b.ReLU(b.Conv("conv4", x, 8, 1))) // ReLU comes first: not fused
		y = b.Conv("conv5", x, 8, 1)
		x = b.Add(y, b.BatchNorm("bn5", y)) // conv5 has two readers: not fused
		return b.Dense("fc", b.GlobalAvgPool(x), b.Classes())
	}
	cfg := Config{Batch: 6, Height: 9, Width: 10, Channels: 3, Classes: 4, Workers: 2}
	type outcome struct {
		fused  []string
		values map[string][]float32
	}
	run := func(keep bool) outcome {
		params := NewParams(3)
		cfg.KeepValues = keep
		s := newTraining(t, params, net, cfg)
		o := outcome{values: map[string][]float32{}}
		for name := range s.Builder().Fused() {
			o.fused = append(o.fused, name)
		}
		slices.Sort(o.fused)
		for step, rows := range []int{6, 4} {
			fill(s.Input(), noise("images", s.Input().Shape().TotalSize()))
			for i := range s.Labels() {
				s.Labels()[i] = int32(i % 4)
			}
			loss, err := s.Step(rows, uint64(step))
			if err != nil {
				t.Fatal(err)
			}
			o.values["loss"] = append(o.values["loss"], float32(loss))
			for i, vg := range s.Learned() {
				name := s.builder.learned[i].Name()
				o.values[name] = append(o.values[name], gradient32(t, vg)...)
			}
		}
		for _, p := range params.All() {
			if p.Statistic() {
				o.values[p.Name()] = p.Value().Data().([]float32)
			}
		}
		return o
	}
	got, want := run(false), run(true)
	if names := []string{"bn1", "bn2", "bn3", "maxpool1", "relu1", "relu2", "relu3", "relu4"}; !slices.Equal(got.fused, names) {
		t.Errorf("fused are %v, want %v", got.fused, names)
	}
	for name, w := range want.values {
		for i, v := range got.values[name] {
			if math.Abs(float64(v-w[i])) > 2e-4*max(1, math.Abs(float64(w[i]))) {
				t.Fatalf("%s: value %d is %v, without fusion %v", name, i, v, w[i])
			}
		}
	}
}
