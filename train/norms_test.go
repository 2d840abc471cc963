package train

import (
	"math"
	"testing"
)

// The norms are those of the parameters after the last step and of its gradient: plain SGD moves a
// parameter by the learning rate times its gradient.
func TestLayerNorms(t *testing.T) {
	m := fresh(t, "tiny")
	if err := m.Freeze("conv1*"); err != nil {
		t.Fatal(err)
	}
	cfg := quick
	cfg.Epochs, cfg.Optimizer = 1, optimizer(t, "sgd", 0.5)
	cfg.Optimizer.Momentum, cfg.Optimizer.WeightDecay = 0, 0
	var trainer *Trainer
	var before snapshot
	checked := false
	cfg.Callbacks = []Callback{{
		Start: func(tr *Trainer) error { trainer = tr; return nil },
		Step: func(s Step) error {
			defer before.take(m.Params)
			if s.Step == 1 {
				return nil
			}
			checked = true
			for _, n := range trainer.LayerNorms() {
				var weights, moved float64
				for i, p := range m.Params.All() {
					if p.Name() != n.Layer+".weight" && p.Name() != n.Layer+".bias" {
						continue
					}
					for k, v := range float32s(p.Value()) {
						weights += float64(v) * float64(v)
						moved += math.Pow(float64(v)-float64(before.values[i][k]), 2)
					}
				}
				if math.Abs(n.Weights-math.Sqrt(weights)) > 1e-6*n.Weights {
					t.Errorf("%s: the norm of the weights is %g, want %g", n.Layer, n.Weights, math.Sqrt(weights))
				}
				if want := math.Sqrt(moved) / 0.5; math.Abs(n.Gradient-want) > 1e-3*want {
					t.Errorf("%s: the norm of the gradient is %g, want %g", n.Layer, n.Gradient, want)
				}
				if frozen := n.Layer == "conv1"; n.Frozen != frozen || (n.Gradient == 0) != frozen {
					t.Errorf("%s: frozen is %t and the gradient %g", n.Layer, n.Frozen, n.Gradient)
				}
			}
			return nil
		},
	}}
	if _, err := Fit(t.Context(), m, stripes(t, 48, 1), nil, cfg); err != nil {
		t.Fatal(err)
	}
	if !checked {
		t.Error("no second step")
	}
}
