package main

import (
	"errors"
	"math"
	"testing"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/digits"
)

func someDigits(t *testing.T, n int) *data.Set {
	t.Helper()
	pixels, labels := digits.Generate(1, n)
	set, err := data.New("digits", "test", digits.Size, digits.Size, model.Digits(), pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// Both sides compute the same losses from the same parameters and the same batches, before
// the first update of the parameters and after two.
func TestStockDoesTheSameJob(t *testing.T) {
	const batch = 8
	set := someDigits(t, 4*batch)
	for _, p := range model.Presets() {
		t.Run(p.Name, func(t *testing.T) {
			m, err := model.New(model.Spec{Preset: p.Name, Seed: 5, Height: set.Height(), Width: set.Width(), Classes: set.Classes()})
			if err != nil {
				t.Fatal(err)
			}
			stock, err := newStockTraining(m, newFeed(set, m.Normalizer()), batch)
			var never errNotInStock
			if errors.As(err, &never) {
				t.Skip(never)
			}
			if err != nil {
				t.Fatal(err)
			}
			defer stock.Close()
			own, err := newInkstoneTraining(m, newFeed(set, m.Normalizer()), batch, 1)
			if err != nil {
				t.Fatal(err)
			}
			defer own.Close()
			learned := 0
			for _, vg := range stock.params {
				learned += vg.Value().Shape().TotalSize()
			}
			if learned != m.Params.Count() {
				t.Errorf("stock operations train %d parameters, want %d", learned, m.Params.Count())
			}
			for step := range 3 {
				got, err := stock.step()
				if err != nil {
					t.Fatal(err)
				}
				want, err := own.step()
				if err != nil {
					t.Fatal(err)
				}
				// Adam's first steps are the sign of the gradient. Where the gradient
				// is nearly zero, rounding decides, and the two sides differ.
				tolerance := []float64{5e-5, 1e-3, 1e-3}[step]
				if math.IsNaN(got) || math.Abs(got-want) > tolerance*want {
					t.Errorf("step %d: the loss is %v with stock operations, %v without", step+1, got, want)
				}
			}
		})
	}
}

func TestUnknownToStock(t *testing.T) {
	set := someDigits(t, 4)
	m, err := model.New(model.Spec{Preset: "tiny", Seed: 1, Height: 28, Width: 28, Classes: set.Classes()})
	if err != nil {
		t.Fatal(err)
	}
	m.Preset = "mine"
	var never errNotInStock
	if _, err := newStockTraining(m, newFeed(set, m.Normalizer()), 2); !errors.As(err, &never) {
		t.Errorf("error is %v, want an errNotInStock", err)
	}
}

// The first error is kept and names the missing parameter.
func TestStockBuilderFails(t *testing.T) {
	b := &stockBuilder{graph: gorgonia.NewGraph(), from: graph.NewParams(1)}
	x := b.dense("fc9", nil)
	if x = b.relu(x); x != nil || b.err == nil || b.err.Error() != `stock gorgonia: the model has no parameter "fc9.weight"` {
		t.Errorf("error is %v", b.err)
	}
}
