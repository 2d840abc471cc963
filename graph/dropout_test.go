package graph

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
)

func dropoutNet(rate float64) Net {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Dropout(x, rate) }
}

// atStep runs the session on ones as that step of training.
func (s *session) atStep(t testing.TB, step uint64) []float64 {
	t.Helper()
	s.builder.state.step = step
	return s.output(t, []float64{1})
}

// TestDropoutStatistics checks how many entries are kept, and their scale. Of n entries
// n(1-rate) are kept on average, with a standard deviation of sqrt(n rate (1-rate)). The
// tolerance is four standard deviations.
func TestDropoutStatistics(t *testing.T) {
	const n = 100_000
	for _, rate := range []float64{0.1, 0.25, 0.5, 0.9} {
		y := compile(t, NewParams64(1), Train, []int{100, 1000}, dropoutNet(rate)).atStep(t, 3)
		kept := 0
		for _, v := range y {
			switch {
			case v == 0:
			case math.Abs(v-1/(1-rate)) < 1e-15*v:
				kept++
			default:
				t.Fatalf("rate %v: an entry of 1 became %v, want 0 or %v", rate, v, 1/(1-rate))
			}
		}
		if d := math.Abs(float64(kept) - n*(1-rate)); d > 4*math.Sqrt(n*rate*(1-rate)) {
			t.Errorf("rate %v: %d of %d entries are kept", rate, kept, n)
		}
	}
}

func TestDropoutIdentity(t *testing.T) {
	x := noise("dropout", 300)
	mustClose(t, "evaluation", compile(t, NewParams64(1), Eval, []int{3, 100}, dropoutNet(0.5)).output(t, x), x, 0)
	mustClose(t, "rate 0", compile(t, NewParams64(1), Train, []int{3, 100}, dropoutNet(0)).output(t, x), x, 0)
}

// TestDropoutMask checks that the mask depends on the seed, the layer and the step, and on
// nothing else, so that a resumed run drops the same entries.
func TestDropoutMask(t *testing.T) {
	shape := []int{4, 10_000} // more than one shard
	declare := func(seed uint64, workers int, rate float64) *session {
		s := compile(t, NewParams64(seed), Train, shape, dropoutNet(rate))
		if workers == 1 {
			s.builder.state.workers = nil
		}
		return s
	}
	long := declare(1, 2, 0.5)
	var masks [][]float64
	for step := range uint64(4) {
		masks = append(masks, long.atStep(t, step))
	}
	if !slices.Equal(long.atStep(t, 2), masks[2]) {
		t.Error("the mask of step 2 has changed")
	}
	if !slices.Equal(declare(1, 2, 0.5).atStep(t, 3), masks[3]) {
		t.Error("the mask of step 3 depends on the first step of the session")
	}
	if !slices.Equal(declare(1, 1, 0.5).atStep(t, 3), masks[3]) {
		t.Error("the mask depends on the number of workers")
	}
	second := compile(t, NewParams64(1), Train, shape, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Dropout(b.Dropout(x, 0), 0.5)
	})
	for name, other := range map[string][]float64{
		"step 2": masks[2], "seed 2": declare(2, 2, 0.5).atStep(t, 3), "the second layer": second.atStep(t, 3),
	} {
		agree := 0
		for i := range other {
			if other[i] == masks[3][i] {
				agree++
			}
		}
		// Independent masks agree in half of the entries on average. The tolerance is four
		// standard deviations.
		if n := float64(len(other)); math.Abs(float64(agree)-n/2) > 4*math.Sqrt(n)/2 {
			t.Errorf("the masks of step 3 and of %s agree in %d of %v entries", name, agree, n)
		}
	}
}

// TestDropoutGradient checks that the gradient is dropped and scaled like the entries.
func TestDropoutGradient(t *testing.T) {
	p := newProbe(t, NewParams64(1), []int{5, 20}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return gorgonia.Must(gorgonia.Sum(b.Dropout(x, 0.25)))
	})
	fill(p.x.value, []float64{1})
	mask := compile(t, NewParams64(1), Train, []int{5, 20}, dropoutNet(0.25))
	for step := range uint64(3) {
		p.builder.state.step = step
		p.value(t)
		g, err := p.Learned()[0].Grad()
		if err != nil {
			t.Fatal(err)
		}
		mustClose(t, "gradient", values(t, g), mask.atStep(t, step), 0)
	}
}

func TestDropoutErrors(t *testing.T) {
	runRefused(t, []refused{
		{[]int{2, 3}, dropoutNet(1), `dropout "dropout1": rate is 1, want at least 0 and below 1`},
		{[]int{2, 3}, dropoutNet(-0.1), `dropout "dropout1": rate is -0.1, want at least 0 and below 1`},
		{[]int{2, 3}, dropoutNet(math.NaN()), `dropout "dropout1": rate is NaN, want at least 0 and below 1`},
	})
}
