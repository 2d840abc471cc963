package graph

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestDistillation compares the loss with its formula, and the gradient with finite differences,
// in a batch with an unused row.
func TestDistillation(t *testing.T) {
	const batch, classes, weight, temperature = 4, 3, 0.7, 2.5
	params := NewParams64(3)
	net := func(b *Builder, x *Node) *Node { return b.Dense("fc", b.Flatten(x), b.Classes()) }
	s, err := NewTraining(params, net, Config{Batch: batch, Height: 2, Width: 2, Channels: 1, Classes: classes,
		Loss: Loss{Distillation: Distillation{Weight: weight, Temperature: temperature}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	x, teacher := s.Input().Data().([]float64), s.teacher.Value().Data().([]float64)
	for i := range x {
		x[i] = math.Sin(float64(3 * i))
	}
	for i := range teacher {
		teacher[i] = 3 * math.Cos(float64(5*i))
	}
	copy(s.Labels(), []int32{2, 0, 1, 1})
	loss, err := s.Step(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	logits := s.Logits().Data().([]float64)
	logSoftmax := func(v []float64, temperature float64) []float64 {
		sum, out := 0.0, make([]float64, len(v))
		for _, x := range v {
			sum += math.Exp(x / temperature)
		}
		for k, x := range v {
			out[k] = x/temperature - math.Log(sum)
		}
		return out
	}
	want := 0.0
	for row := range 3 {
		own, its := logits[row*classes:(row+1)*classes], teacher[row*classes:(row+1)*classes]
		want -= (1 - weight) * logSoftmax(own, 1)[s.Labels()[row]] / 3
		q, p := logSoftmax(own, temperature), logSoftmax(its, temperature)
		for k := range classes {
			want += weight * temperature * temperature * math.Exp(p[k]) * (p[k] - q[k]) / 3
		}
	}
	if math.Abs(loss-want) > 1e-12 {
		t.Errorf("the loss is %v, want %v", loss, want)
	}
	node := s.Learned()[0].(*gorgonia.Node)
	g, err := node.Grad()
	if err != nil {
		t.Fatal(err)
	}
	analytic := append([]float64(nil), g.(*tensor.Dense).Data().([]float64)...)
	w := node.Value().Data().([]float64)
	for i := range w {
		const h = 1e-6
		at := func(v float64) float64 {
			old := w[i]
			defer func() { w[i] = old }()
			w[i] = v
			loss, err := s.Step(3, 1)
			if err != nil {
				t.Fatal(err)
			}
			return loss
		}
		if numeric := (at(w[i]+h) - at(w[i]-h)) / (2 * h); math.Abs(numeric-analytic[i]) > 1e-8 {
			t.Errorf("the derivative with respect to weight %d is %v, want %v", i, analytic[i], numeric)
		}
	}
}

func TestDistillationRefuses(t *testing.T) {
	net := func(b *Builder, x *Node) *Node { return b.Dense("fc", b.Flatten(x), b.Classes()) }
	for _, tc := range []struct {
		d    Distillation
		want string
	}{
		{Distillation{1.5, 1}, "distillation: the weight is 1.5, want 0 to 1"},
		{Distillation{math.NaN(), 1}, "distillation: the weight is NaN"},
		{Distillation{0.5, 0}, "distillation: the temperature is 0, want a finite number above 0"},
	} {
		_, err := NewTraining(NewParams(1), net, Config{Batch: 2, Height: 2, Width: 2, Channels: 1, Classes: 2, Loss: Loss{Distillation: tc.d}})
		mustFail(t, err, fmt.Sprint(tc.want))
	}
}
