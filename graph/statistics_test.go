package graph

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
)

// Two sessions that keep the running statistics, each with one of two batches, move them as one
// session does that computes both batches, bit by bit: with the statistics alone and
// where a convolution computes the normalization.
func TestKeepStatistics(t *testing.T) {
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.ReLU(b.BatchNorm("n1", b.Conv("conv", x, 4, 3)))
		return b.Dense("fc", b.Flatten(b.BatchNorm("n2", b.Tanh(x))), 3)
	}
	cfg := Config{Batch: 5, Height: 6, Width: 6, Channels: 1, Classes: 3}
	session := func(keep bool) (*Training, *Params) {
		params := NewParams(1)
		cfg := cfg
		cfg.KeepStatistics = keep
		s, err := NewTraining(params, net, cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s, params
	}
	step := func(s *Training, name string, rows int) {
		for i, v := range noise(name, 5*36) {
			s.Input().Data().([]float32)[i] = float32(v)
		}
		if _, err := s.Step(rows, 1); err != nil {
			t.Fatal(err)
		}
	}
	whole, want := session(false)
	step(whole, "first", 5)
	step(whole, "second", 4)
	if got := whole.Statistics(nil); len(got) != 0 {
		t.Errorf("a session that moves the statistics returns %d values", len(got))
	}

	first, params1 := session(true)
	second, params2 := session(true)
	step(first, "first", 5)
	step(second, "second", 4)
	if v := params1.Get("n1.running_mean").Value().Data().([]float32); slices.Max(v) != 0 {
		t.Errorf("the step has moved the running mean to %v", v)
	}
	for _, batch := range [][]float32{first.Statistics(nil), second.Statistics(nil)} {
		if len(batch) != 4*4 {
			t.Fatalf("%d statistics, want 16", len(batch))
		}
		first.MoveStatistics(batch)
		second.MoveStatistics(batch)
	}
	for _, name := range []string{"n1.running_mean", "n1.running_var", "n2.running_mean", "n2.running_var"} {
		w := want.Get(name).Value().Data().([]float32)
		for _, params := range []*Params{params1, params2} {
			for i, v := range params.Get(name).Value().Data().([]float32) {
				if math.Float32bits(v) != math.Float32bits(w[i]) {
					t.Errorf("%s[%d] is %v, want %v", name, i, v, w[i])
				}
			}
		}
	}
}
