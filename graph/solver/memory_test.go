package solver

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// settings are options of every optimizer, with every setting that changes its state.
func settings() []Options {
	var list []Options
	for _, name := range Names() {
		list = append(list, Options{Name: name, ClipNorm: 1, WeightDecay: 0.01, Multipliers: Multipliers{{"a*", 0.5}}})
	}
	return append(list,
		Options{Name: "sgd", Momentum: -1},
		Options{Name: "sgd", Nesterov: true},
		Options{Name: "rmsprop", Momentum: 0.9})
}

// TestResume checks that a run which continues with a new solver, with the memory of the old
// one and another number of workers, is bit-identical to an uninterrupted run.
func TestResume(t *testing.T) {
	const steps, stop = 9, 4
	for _, o := range settings() {
		t.Run(must(t)(newFilled(o)).String(), func(t *testing.T) {
			run := func(interrupt bool) ([]float32, []Memory) {
				r := rand.New(rand.NewPCG(7, 8))
				o.Workers = 1
				s := must(t)(newFilled(o))
				var list []gorgonia.ValueGrad
				for _, name := range []string{"a.weight", "b.weight"} {
					list = append(list, &param{name, tensor.New(tensor.WithShape(20_011, 2), tensor.Of(tensor.Float32)), tensor.New(tensor.WithShape(20_011, 2), tensor.Of(tensor.Float32))})
				}
				var values []float32
				for i := range steps {
					if i == stop && interrupt {
						o.Workers = 3
						next := must(t)(newFilled(o))
						if err := next.SetMemory(s.Memory()); err != nil {
							t.Fatal(err)
						}
						// The old one goes on, which must not touch the new one's memory.
						other := &param{"a.weight", list[0].Value().(*tensor.Dense).Clone().(*tensor.Dense), list[0].Value().(*tensor.Dense).Clone().(*tensor.Dense)}
						if err := stepOf(s, other); err != nil {
							t.Fatal(err)
						}
						s = next
					}
					for _, p := range list {
						g := p.(*param).grad.Data().([]float32)
						for j := range g {
							g[j] = float32(r.NormFloat64())
						}
					}
					if err := s.Step(list); err != nil {
						t.Fatal(err)
					}
				}
				for _, p := range list {
					values = append(values, p.Value().Data().([]float32)...)
				}
				return values, s.Memory()
			}
			want, memory := run(false)
			got, resumed := run(true)
			if !slices.Equal(got, want) {
				t.Error("the resumed run has other parameters")
			}
			for i, m := range memory {
				if resumed[i].Name != m.Name || resumed[i].Step != steps || m.Step != steps {
					t.Errorf("memory of %s at step %d, want %s at %d", resumed[i].Name, resumed[i].Step, m.Name, steps)
				}
				for j, d := range m.Moments {
					if !slices.Equal(resumed[i].Moments[j].Data().([]float32), d.Data().([]float32)) {
						t.Errorf("moment %d of %s differs", j, m.Name)
					}
				}
			}
		})
	}
}

func TestSetMemoryErrors(t *testing.T) {
	like := func(shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float64))
	}
	s := must(t)(NewAdam(0.1, 1))
	p := newParam("p", 1, 2)
	p.step(t, s, 1, 1)
	for _, tc := range []struct {
		list []Memory
		want string
	}{
		{[]Memory{{"p", 1, []*tensor.Dense{like(2), like(2)}}, {"p", 1, []*tensor.Dense{like(2), like(2)}}}, `solver: the memory of parameter "p" is given twice`},
		{[]Memory{{"p", -1, []*tensor.Dense{like(2), like(2)}}}, `solver: the memory of parameter "p" has -1 steps, want at least 0`},
		{[]Memory{{"p", 1, []*tensor.Dense{like(2)}}}, `solver: the memory of parameter "p" has 1 moments, want 2`},
		{[]Memory{{"p", 1, []*tensor.Dense{like(2), nil}}}, `solver: the memory of parameter "p" has a moment without a tensor`},
	} {
		mustFail(t, s.SetMemory(tc.list), tc.want)
	}
	if m := s.Memory(); len(m) != 1 || m[0].Step != 1 {
		t.Errorf("memory %v after the errors, want that of one step", m)
	}
	for _, moments := range [][]*tensor.Dense{{like(3), like(3)}, {like(2), like(3)}} {
		if err := s.SetMemory([]Memory{{"p", 1, moments}}); err != nil {
			t.Fatal(err)
		}
		mustFail(t, stepOf(s, p), `solver: parameter "p" is (2) of float64, the solver's memory of it (3) of float64`)
	}
}
