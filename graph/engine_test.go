package graph

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
)

// TestEngine compares the sums of the engine with those of the standard engine, bit by bit.
func TestEngine(t *testing.T) {
	e := engine{workers: kernel.NewWorkers(2)}
	for _, n := range []int{1, 7, 64, 20001} {
		t32 := func(e tensor.Engine, name string) *tensor.Dense {
			d := tensor.New(tensor.WithEngine(e), tensor.WithShape(n, 3), tensor.Of(tensor.Float32))
			fill(d, noise(name, 3*n))
			return d
		}
		for _, opts := range []func() []tensor.FuncOpt{
			func() []tensor.FuncOpt { return nil },
			func() []tensor.FuncOpt { return []tensor.FuncOpt{tensor.UseUnsafe()} },
			func() []tensor.FuncOpt { return []tensor.FuncOpt{tensor.WithReuse(t32(tensor.StdEng{}, "reuse"))} },
			func() []tensor.FuncOpt { // as gorgonia calls it
				return []tensor.FuncOpt{tensor.WithReuse(t32(tensor.StdEng{}, "reuse")), tensor.AsSameType()}
			},
			func() []tensor.FuncOpt { return []tensor.FuncOpt{tensor.WithIncr(t32(tensor.StdEng{}, "incr"))} },
		} {
			got, err := tensor.Add(t32(e, "a"), t32(e, "b"), opts()...)
			if err != nil {
				t.Fatal(err)
			}
			want, err := tensor.Add(t32(tensor.StdEng{}, "a"), t32(tensor.StdEng{}, "b"), opts()...)
			if err != nil {
				t.Fatal(err)
			}
			w := want.Data().([]float32)
			for i, v := range got.Data().([]float32) {
				if math.Float32bits(v) != math.Float32bits(w[i]) {
					t.Fatalf("%d rows: element %d is %v, want %v", n, i, v, w[i])
				}
			}
		}
	}
	d := tensor.New(tensor.WithShape(3, 2), tensor.Of(tensor.Float32))
	if sumOutput(d, d, tensor.ParseFuncOpts(tensor.WithReuse(d), tensor.AsSameType())) == nil {
		t.Error("the standard engine adds two gradients")
	}
	a, b := tensor.New(tensor.WithEngine(engine{}), tensor.WithShape(2, 3), tensor.Of(tensor.Float64)), tensor.New(tensor.WithShape(3, 2), tensor.Of(tensor.Float64))
	if _, err := tensor.Add(a, b); err == nil {
		t.Error("no error for a sum of shapes (2, 3) and (3, 2)")
	}
}
