package graph

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
)

// TestProgram compares later runs of an evaluation with the first one, which gorgonia's machine does.
func TestProgram(t *testing.T) {
	s := newEvaluation(t, NewParams(1), foldNets["chains"].net, Config{Batch: 1, Height: 11, Width: 12, Channels: 2, Classes: 5})
	if s.program == nil {
		t.Fatal("no program, although all operations are of this package")
	}
	fill(s.Input(), noise("a", s.Input().DataSize()))
	var first []float64
	for range 3 {
		if err := s.Run(); err != nil {
			t.Fatal(err)
		}
		got := values(t, s.Logits())
		if first != nil && !slices.Equal(got, first) {
			t.Errorf("the program computes %v, the machine %v", got, first)
		}
		first = got
	}
	stock := newEvaluation(t, NewParams(1), func(b *Builder, x *Node) *Node {
		return b.Dense("fc", gorgonia.Must(gorgonia.Square(b.Flatten(x))), b.Classes())
	}, Config{Batch: 1, Height: 4, Width: 4, Channels: 1, Classes: 3})
	if stock.program != nil {
		t.Error("a program with an operation of gorgonia")
	}
}

// programNets are networks whose trainings have a program. Gorgonia adds the gradients of a value with
// two readers, in the memory of the first.
var programNets = map[string]Net{
	"chain": func(b *Builder, x *Node) *Node {
		x = b.MaxPool(b.ReLU(b.Conv("conv1", x, 5, 3)), 2)
		return programHead(b, b.ReLU(b.BatchNorm("bn1", b.Conv("conv2", x, 16, 3, Same, NoBias))))
	},
	"two readers": func(b *Builder, x *Node) *Node {
		x = b.Conv("conv1", x, 8, 3)
		x = b.ReLU(b.Add(x, b.BatchNorm("bn1", b.Conv("conv2", x, 8, 3, Same, NoBias))))
		return programHead(b, b.Add(x, b.Conv("conv3", x, 8, 1)))
	},
	"four readers": func(b *Builder, x *Node) *Node {
		x = b.ReLU(b.Conv("conv1", x, 4, 3))
		y := b.Concat(x, b.Conv("conv2", x, 4, 1), b.MaxPool(x, 3, Stride(1), Pad(1)), b.Mul(x, b.Sigmoid(x)))
		return programHead(b, b.Add(y, b.Tanh(y)))
	},
}

func programHead(b *Builder, x *Node) *Node {
	return b.Dense("fc2", b.Dropout(b.Tanh(b.Dense("fc1", b.Flatten(x), 20)), 0.25), b.Classes())
}

// TestProgramOfTraining compares trainings by a program with those by gorgonia's machine, bit for bit.
func TestProgramOfTraining(t *testing.T) {
	for name, net := range programNets {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Batch: 4, Height: 12, Width: 12, Channels: 1, Classes: 5}
			program, machine := newTraining(t, NewParams(1), net, cfg), newTraining(t, NewParams(1), net, cfg)
			if program.program == nil {
				t.Fatal("no program, although all operations are of this package or sums")
			}
			machine.program = nil
			for step := range uint64(4) {
				rows := 4 - int(step)/2 // smaller batches at the end
				if got, want := mustStep(t, program, rows, step), mustStep(t, machine, rows, step); got != want {
					t.Errorf("step %d: loss %v, want %v", step, got, want)
				}
				want := gradients(t, machine)
				for name, got := range gradients(t, program) {
					if !slices.Equal(got, want[name]) {
						t.Errorf("step %d: the gradients of %s differ", step, name)
					}
				}
				for i, p := range program.Builder().Params().All() { // the running statistics too
					if !slices.Equal(values(t, p.Value()), values(t, machine.Builder().Params().All()[i].Value())) {
						t.Errorf("step %d: %s differs", step, p.Name())
					}
				}
			}
		})
	}
}
