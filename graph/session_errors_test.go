package graph

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestSessionErrors(t *testing.T) {
	good := Config{Batch: 2, Height: 4, Width: 4, Channels: 1, Classes: 5, Workers: 1}
	head := func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Dense("fc", b.Flatten(x), b.Classes()) }
	change := func(f func(c *Config)) Config { c := good; f(&c); return c }
	for _, tc := range []struct {
		net  Net
		cfg  Config
		want string
		eval bool // the evaluation must refuse it too
	}{
		{nil, good, "graph: no network", true},
		{head, change(func(c *Config) { c.Batch = 0 }), `input "images": shape (0, 4, 4, 1) (batch, height, width, channels) has a size below 1`, true},
		{head, change(func(c *Config) { c.Classes = 0 }), `dense "fc": 0 units, want at least 1`, true},
		{head, change(func(c *Config) { c.Loss.ClassWeights = []float64{1, 2} }), "cross-entropy: 2 class weights, want ", false},
		{head, change(func(c *Config) { c.Loss.ClassWeights = []float64{1, 0} }), "cross-entropy: the weight of class 1 is 0, want a finite number above 0", false},
		{head, change(func(c *Config) { c.Loss.Smoothing = 2 }), "cross-entropy: label smoothing is 2, want at least 0 and below 1", false},
		{head, change(func(c *Config) { c.Loss.L2 = -1 }), "L2 penalty: factor is -1, want at least 0", false},
		{head, change(func(c *Config) { c.Loss.L2 = math.NaN() }), "L2 penalty: factor is NaN, want at least 0", false},
		{func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return nil }, good, "the network returned no logits", true},
		{func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Dense("fc", b.Flatten(x), 6) }, good,
			"have shape (2, 6), want (2, 5): batch, classes", true},
		{func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Conv("c", x, 5, 4) }, good,
			"have shape (2, 1, 1, 5), want (2, 5): batch, classes", true},
		{func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return head(b, b.Input("other", 2, 4, 4, 1))
		}, good, "the network's logits do not depend on its input: pass x to the first layer", true},
		{func(b *Builder, x *gorgonia.Node) *gorgonia.Node { b.Conv("lost", x, 3, 3); return head(b, x) }, good,
			`conv "lost": its output is used by no other layer and is not the result: use it or leave it out`, true},
		{func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return head(b, b.Conv("fc", x, 3, 3)) }, good,
			`dense "fc": the name is taken by a conv layer`, true},
		{func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return gorgonia.Must(gorgonia.Mul(b.Flatten(x), gorgonia.NewConstant(tensor.New(tensor.WithShape(16, 5), tensor.Of(tensor.Float32)), gorgonia.WithName("weights"))))
		}, good, "nothing is left to train: every parameter is frozen, or the network has none", false},
	} {
		t.Run(tc.want, func(t *testing.T) {
			s, err := NewTraining(NewParams(1), tc.net, tc.cfg)
			if s != nil {
				t.Error("a session although there is an error")
			}
			mustFail(t, err, tc.want)
			e, err := NewEvaluation(NewParams(1), tc.net, tc.cfg)
			if tc.eval {
				mustFail(t, err, tc.want)
			} else if err != nil || e == nil {
				t.Errorf("the evaluation, which has no loss, gives %v", err)
			}
		})
	}
	_, err := NewTraining(nil, head, good)
	mustFail(t, err, "graph: no parameter store")
}

func TestStepErrors(t *testing.T) {
	s := newTraining(t, NewParams(1), smallNet, smallConfig(4))
	for _, rows := range []int{0, -1, 5} {
		_, err := s.Step(rows, 0)
		mustFail(t, err, fmt.Sprintf("training step on %d rows, want 1 to 4", rows))
	}
	s.Labels()[2] = 5
	_, err := s.Step(4, 0)
	mustFail(t, err, "label of row 2 is 5, expected less than 5")
	fillLabels(s)
	if loss := mustStep(t, s, 4, 0); !(loss > 0) {
		t.Errorf("loss %v after an error", loss)
	}
}
