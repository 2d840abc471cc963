package graph

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"inkstone/internal/random"
)

// TestInitializerMoments compares bound, mean and variance of many draws with the formulas
// of the papers. The tolerances are four standard errors. The relative standard error of the
// variance is sqrt(0.8/n) for a uniform sample and sqrt(2/n) for a normal one.
func TestInitializerMoments(t *testing.T) {
	const n = 200_000
	fan := Fan{In: 50, Out: 25}
	for _, tc := range []struct {
		name            string
		init            Initializer
		variance, bound float64 // 0 for no bound
	}{
		{"GlorotUniform", GlorotUniform, 2. / 75, math.Sqrt(6. / 75)},
		{"GlorotNormal", GlorotNormal, 2. / 75, 0},
		{"HeUniform", HeUniform, 2. / 50, math.Sqrt(6. / 50)},
		{"HeNormal", HeNormal, 2. / 50, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := make([]float64, n)
			tc.init(v, fan, random.Parameter(1, tc.name))
			mean, variance, top := 0.0, 0.0, 0.0
			for _, x := range v {
				mean += x / n
				variance += x * x / n
				top = max(top, math.Abs(x))
			}
			if math.Abs(mean) > 4*math.Sqrt(tc.variance/n) {
				t.Errorf("mean %v, want 0", mean)
			}
			if math.Abs(variance/tc.variance-1) > 4*math.Sqrt(2./n) {
				t.Errorf("variance %v, want %v", variance, tc.variance)
			}
			if tc.bound > 0 && !(top <= tc.bound && top > 0.999*tc.bound) {
				t.Errorf("largest magnitude %v, want just below %v", top, tc.bound)
			}
			// The largest of 200,000 normal draws exceeds 3.5 standard deviations.
			if tc.bound == 0 && top < 3.5*math.Sqrt(tc.variance) {
				t.Errorf("largest magnitude %v: not normal", top)
			}
		})
	}
	v := ramp(3)
	Ones(v, fan, nil)
	mustClose(t, "Ones", v, []float64{1, 1, 1}, 0)
	Zeros(v, fan, nil)
	mustClose(t, "Zeros", v, []float64{0, 0, 0}, 0)
}

// TestLayerFan checks the fans that the layers pass to their initializers.
func TestLayerFan(t *testing.T) {
	got := map[string]Fan{}
	record := func(name string) Option {
		return Weights(func(_ []float64, fan Fan, _ *rand.Rand) { got[name] = fan })
	}
	compile(t, NewParams64(1), Train, []int{1, 9, 9, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.Conv("conv", x, 6, 3, record("conv"))
		x = b.Conv("groups", x, 8, 1, Kernel(3, 2), Groups(2), record("groups"))
		return b.Dense("dense", b.GlobalAvgPool(x), 5, record("dense"))
	})
	for name, want := range map[string]Fan{"conv": {9 * 4, 9 * 6}, "groups": {6 * 3, 6 * 4}, "dense": {8, 5}} {
		if got[name] != want {
			t.Errorf("%s: fan %+v, want %+v", name, got[name], want)
		}
	}
}

// TestInitialValues checks that the initial values of a parameter depend on the seed and its
// name, and not on other layers.
func TestInitialValues(t *testing.T) {
	start := func(seed uint64, names ...string) map[string][]float64 {
		params := NewParams(seed)
		compile(t, params, Train, []int{1, 8}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			for _, name := range names {
				x = b.Dense(name, x, 8)
			}
			return x
		})
		m := map[string][]float64{}
		for _, p := range params.All() {
			m[p.Name()] = values(t, p.Value())
		}
		return m
	}
	a, again, longer, other := start(1, "fc1", "fc2"), start(1, "fc1", "fc2"), start(1, "new", "fc2", "fc1"), start(2, "fc1", "fc2")
	for _, name := range []string{"fc1.weight", "fc2.weight"} {
		if !slices.Equal(a[name], again[name]) {
			t.Errorf("%s: the same seed gives other initial values", name)
		}
		if !slices.Equal(a[name], longer[name]) {
			t.Errorf("%s: another layer changes the initial values", name)
		}
		if slices.Equal(a[name], other[name]) {
			t.Errorf("%s: seeds 1 and 2 give the same initial values", name)
		}
	}
	if slices.Equal(a["fc1.weight"], a["fc2.weight"]) {
		t.Error("two names give the same initial values")
	}
}
