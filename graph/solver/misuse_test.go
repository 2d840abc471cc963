package solver

import (
	"testing"

	"gorgonia.org/gorgonia"

	"inkstone/internal/misuse"
)

func TestNilArguments(t *testing.T) {
	s, err := NewAdam(0.1, 1)
	if err != nil {
		t.Fatal(err)
	}
	var node *gorgonia.Node
	misuse.Check(t,
		misuse.Call{Name: "Step with a nil parameter", Call: func() error { return s.Step([]gorgonia.ValueGrad{nil}) }, Want: "solver"},
		misuse.Call{Name: "Step with a nil node", Call: func() error { return s.Step([]gorgonia.ValueGrad{node}) }, Want: "solver"},
		misuse.Call{Name: "Step without a value", Call: func() error {
			return s.Step([]gorgonia.ValueGrad{gorgonia.NewVector(gorgonia.NewGraph(), gorgonia.Float32, gorgonia.WithShape(2), gorgonia.WithName("w"))})
		}, Want: `"w"`},
		misuse.Call{Name: "SetMemory without moments", Call: func() error { return s.SetMemory([]Memory{{Name: "w"}}) }, Want: `"w"`},
		misuse.Call{Name: "NewAdam with -1 workers", Call: func() error { _, err := NewAdam(0.1, -1); return err }, Want: "-1 workers"},
		misuse.Call{Name: "NewWith without a name", Call: func() error { _, err := NewWith(Options{}); return err }, Want: "solver"},
	)
	if err := s.Step(nil); err != nil {
		t.Errorf("a step without parameters returns %v", err)
	}
	if err := s.SetMemory(nil); err != nil {
		t.Errorf("no memory returns %v", err)
	}
}
