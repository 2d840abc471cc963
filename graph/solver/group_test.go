package solver

import (
	"testing"

	"gorgonia.org/gorgonia"
)

// network returns four parameters: two weights and two vectors.
func network() []*param {
	return []*param{newWeight("conv1.weight", 1, 2), newParam("bn1.scale", 3), newWeight("fc1.weight", 4), newParam("fc1.bias", 5)}
}

// stepAll takes a step on the parameters with all gradients g.
func stepAll(t testing.TB, s Solver, g float64, params ...*param) error {
	t.Helper()
	var list []gorgonia.ValueGrad
	for _, p := range params {
		for i := range p.elements() {
			p.grad.Data().([]float64)[i] = g
		}
		list = append(list, p)
	}
	return s.Step(list)
}

func elementsOf(params []*param) []float64 {
	var all []float64
	for _, p := range params {
		all = append(all, p.elements()...)
	}
	return all
}

// TestDecayGroups checks which parameters decay: with rate 1/2, decay 1/4 and no
// gradient a step subtracts an eighth, whether the decay is decoupled or part of the gradient.
func TestDecayGroups(t *testing.T) {
	for _, tc := range []struct {
		name    string
		decayed []string
		want    []float64
	}{
		{"usual", nil, []float64{0.875, 1.75, 3, 3.5, 5}},
		{"all", []string{"*"}, []float64{0.875, 1.75, 2.625, 3.5, 4.375}},
		{"some", []string{"*.bias", "bn*"}, []float64{1, 2, 2.625, 4, 4.375}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, o := range []Options{{WeightDecay: 0.25}, {L2: 0.25}} {
				o.Name, o.LearningRate, o.Momentum, o.Decayed = "sgd", 0.5, -1, tc.decayed
				net := network()
				if err := stepAll(t, must(t)(newFilled(o)), 0, net...); err != nil {
					t.Fatal(err)
				}
				mustClose(t, "parameters", elementsOf(net), tc.want, 0)
			}
		})
	}
}

// TestDecoupledDecay checks that weight decay is the same for every optimizer: without
// a gradient the weight shrinks by the rate times the decay, so it depends on the schedule
// and the multiplier.
func TestDecoupledDecay(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			s := must(t)(newFilled(Options{Name: name, LearningRate: 0.5, WeightDecay: 0.25, Multipliers: Multipliers{{"fc1*", 0.5}}}))
			w, slow := newWeight("conv1.weight", 8), newWeight("fc1.weight", 8)
			for range 2 {
				if err := stepAll(t, s, 0, w, slow); err != nil {
					t.Fatal(err)
				}
				s.SetLearningRate(0)
			}
			mustClose(t, "weight", w.elements(), []float64{7}, 0)
			mustClose(t, "slow weight", slow.elements(), []float64{7.5}, 0)
		})
	}
}

// TestMultiplierIsTheRate checks for every optimizer that a parameter with a multiplier moves
// as with a learning rate multiplied by it.
func TestMultiplierIsTheRate(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			all := must(t)(newFilled(Options{Name: name, LearningRate: 0.5, WeightDecay: 0.01,
				Multipliers: Multipliers{{"*", 0.5}, {"conv1.*", 0.25}, {"bn?.scale", 2}}}))
			net, alone := network(), network()
			factors := []float64{0.25, 2, 0.5, 0.5} // the last that matches decides
			var each []Solver
			for _, f := range factors {
				each = append(each, must(t)(newFilled(Options{Name: name, LearningRate: 0.5 * f, WeightDecay: 0.01})))
			}
			for _, g := range []float64{1, -0.5, 0.25} {
				if err := stepAll(t, all, g, net...); err != nil {
					t.Fatal(err)
				}
				for i, p := range alone {
					if err := stepAll(t, each[i], g, p); err != nil {
						t.Fatal(err)
					}
				}
			}
			mustClose(t, "parameters", elementsOf(net), elementsOf(alone), 0)
		})
	}
}

// TestMultiplierZero checks that a factor of 0 is the same as leaving the parameter
// out: no move, no decay, no state, no gradient needed, no share of the norm.
func TestMultiplierZero(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			o := Options{Name: name, WeightDecay: 0.1, L2: 0.1, ClipNorm: 0.5}
			without := must(t)(newFilled(o))
			o.Multipliers = Multipliers{{"conv1*", 0}}
			with := must(t)(newFilled(o))
			net, rest := network(), network()[1:]
			if err := stepAll(t, with, 1, net...); err != nil {
				t.Fatal(err)
			}
			if err := stepAll(t, without, 1, rest...); err != nil {
				t.Fatal(err)
			}
			net[0].grad = nil
			list := []gorgonia.ValueGrad{net[0], net[1], net[2], net[3]}
			if err := with.Step(list); err != nil {
				t.Fatal(err)
			}
			if err := stepAll(t, without, 1, rest...); err != nil {
				t.Fatal(err)
			}
			mustClose(t, "conv1.weight", net[0].elements(), []float64{1, 2}, 0)
			mustClose(t, "the others", elementsOf(net[1:]), elementsOf(rest), 0)
			if with.GradientNorm() != without.GradientNorm() || len(with.Memory()) != 3 {
				t.Errorf("norm %v, want %v; memory of %d parameters, want 3", with.GradientNorm(), without.GradientNorm(), len(with.Memory()))
			}
		})
	}
}

func TestPatternMatchesNothing(t *testing.T) {
	const known = "matches no parameter; the known ones are bn1.scale, conv1.weight, fc1.bias, fc1.weight"
	for _, tc := range []struct {
		o    Options
		want string
	}{
		{Options{Multipliers: Multipliers{{"fc1*", 2}, {"conv9*", 0.1}}}, `solver: the multiplier of "conv9*" ` + known},
		{Options{WeightDecay: 0.1, Decayed: []string{"conv1"}}, `solver: the weight decay of "conv1" ` + known},
	} {
		tc.o.Name = "sgd"
		s, net := must(t)(newFilled(tc.o)), network()
		for range 2 { // it is no better the second time
			mustFail(t, stepAll(t, s, 1, net...), tc.want)
		}
		mustClose(t, "parameters", elementsOf(net), elementsOf(network()), 0)
	}
}

// TestGroupsFollowTheList checks that a solver notices when the parameters change.
func TestGroupsFollowTheList(t *testing.T) {
	s, net := must(t)(newFilled(Options{Name: "sgd", LearningRate: 1, Momentum: -1, Multipliers: Multipliers{{"fc1*", 0.5}}})), network()
	for _, part := range [][]*param{net, net[2:], {net[3], net[0]}} {
		if err := stepAll(t, s, 1, part...); err != nil {
			t.Fatal(err)
		}
	}
	mustClose(t, "parameters", elementsOf(net), []float64{-1, 0, 2, 3, 3.5}, 0)
	mustFail(t, stepAll(t, s, 1, net[:2]...), `solver: the multiplier of "fc1*" matches no parameter; the known ones are bn1.scale, conv1.weight`)
	mustFail(t, stepAll(t, s, 1, net[3], net[2], net[3]), `solver: parameter "fc1.bias" is given twice`)
}
