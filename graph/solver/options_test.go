package solver

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestNew(t *testing.T) {
	for name, want := range map[string]string{
		"adadelta": "adadelta (learning rate 1, rho 0.9, epsilon 1e-06)",
		"adagrad":  "adagrad (learning rate 0.01, epsilon 1e-10)",
		"adam":     "adam (learning rate 0.002, betas 0.9 and 0.999, epsilon 1e-08)",
		"adamw":    "adamw (learning rate 0.002, betas 0.9 and 0.999, epsilon 1e-08, weight decay 0.01)",
		"lion":     "lion (learning rate 0.0003, betas 0.9 and 0.99)",
		"rmsprop":  "rmsprop (learning rate 0.001, rho 0.99, epsilon 1e-08)",
		"sgd":      "sgd (learning rate 0.05, momentum 0.9)",
	} {
		o, err := Defaults(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []Solver{must(t)(New(name, o.LearningRate, 1)), must(t)(NewWith(o))} {
			if s.String() != want {
				t.Errorf("%s shows as %q, want %q", name, s, want)
			}
		}
	}
	if got, want := strings.Join(Names(), " "), "adadelta adagrad adam adamw lion rmsprop sgd"; got != want {
		t.Errorf("names %q, want %q", got, want)
	}
	const unknown = `unknown optimizer "adamax"; the known ones are adadelta, adagrad, adam, adamw, lion, rmsprop, sgd`
	_, err := New("adamax", 0.1, 1)
	mustFail(t, err, unknown)
	_, err = NewWith(Options{Name: "adamax"})
	mustFail(t, err, "solver: "+unknown)
	_, err = Defaults("adamax")
	mustFail(t, err, unknown)
	if !errors.Is(err, ErrUnknown) {
		t.Errorf("%v is not ErrUnknown", err)
	}
}

func TestNewSGDMomentum(t *testing.T) {
	for momentum, want := range map[float64]string{
		1:    "solver: momentum is 1, want at least 0 and below 1",
		-0.1: "solver: momentum is -0.1, want at least 0 and below 1",
	} {
		_, err := NewSGD(0.1, momentum, 1)
		mustFail(t, err, want)
	}
	_, err := NewSGD(0.1, math.NaN(), 1)
	mustFail(t, err, "solver: momentum is NaN, want at least 0 and below 1")
}

func TestOptionsShow(t *testing.T) {
	for _, tc := range []struct {
		o    Options
		want string
	}{
		{Options{Name: "sgd", Nesterov: true, L2: 1e-4, ClipValue: 0.5}, "sgd (learning rate 0.05, Nesterov momentum 0.9, L2 0.0001, gradients clipped to 0.5)"},
		{Options{Name: "adamw", WeightDecay: 0.05, Decayed: []string{"conv*", "fc1.weight"}, ClipNorm: 1, Multipliers: Multipliers{{"conv1*", 0.01}, {"fc*", 2}}},
			"adamw (learning rate 0.002, betas 0.9 and 0.999, epsilon 1e-08, weight decay 0.05 of conv*,fc1.weight, gradient norm clipped to 1, multipliers conv1*=0.01,fc*=2)"},
		{Options{Name: "sgd", Momentum: -1}, "sgd (learning rate 0.05)"},
	} {
		if s := must(t)(newFilled(tc.o)); s.String() != tc.want {
			t.Errorf("shows as %q, want %q", s, tc.want)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, tc := range []struct {
		o    Options
		want string
	}{
		{Options{Name: "sgd", LearningRate: nan}, "solver: the learning rate is NaN, want a finite number above 0"},
		{Options{Name: "sgd", LearningRate: -2}, "solver: the learning rate is -2, want a finite number above 0"},
		{Options{Name: "sgd", Momentum: 1}, "solver: momentum is 1, want at least 0 and below 1"},
		{Options{Name: "sgd", Momentum: nan}, "solver: momentum is NaN, want at least 0 and below 1"},
		{Options{Name: "sgd", Momentum: -0.5}, "solver: momentum is -0.5, want at least 0 and below 1"},
		{Options{Name: "adamw", WeightDecay: -0.5}, "solver: weight decay is -0.5, want a finite number of at least 0"},
		{Options{Name: "sgd", Momentum: none, Nesterov: true}, "solver: nesterov momentum without momentum"},
		{Options{Name: "adam", Momentum: 0.9}, "solver: adam has no momentum"},
		{Options{Name: "rmsprop", Nesterov: true}, "solver: rmsprop has no nesterov momentum"},
		{Options{Name: "sgd", Beta1: 0.9}, "solver: sgd has no beta1"},
		{Options{Name: "adagrad", Beta2: 0.9}, "solver: adagrad has no beta2"},
		{Options{Name: "adam", Rho: 0.9}, "solver: adam has no rho"},
		{Options{Name: "lion", Epsilon: 1e-8}, "solver: lion has no epsilon"},
		{Options{Name: "adam", Beta1: 1}, "solver: beta1 is 1, want above 0 and below 1"},
		{Options{Name: "adam", Beta2: -0.5}, "solver: beta2 is -0.5, want above 0 and below 1"},
		{Options{Name: "adadelta", Rho: nan}, "solver: rho is NaN, want above 0 and below 1"},
		{Options{Name: "adagrad", Epsilon: inf}, "solver: epsilon is +Inf, want above 0 and below +Inf"},
		{Options{Name: "adagrad", Epsilon: 1e-60}, "solver: epsilon is 1e-60, which is 0 as a float32"},
		{Options{Name: "adam", WeightDecay: nan}, "solver: weight decay is NaN, want a finite number of at least 0"},
		{Options{Name: "adam", WeightDecay: inf}, "solver: weight decay is +Inf, want a finite number of at least 0"},
		{Options{Name: "adam", L2: -1}, "solver: L2 is -1, want a finite number of at least 0"},
		{Options{Name: "adam", L2: nan}, "solver: L2 is NaN, want a finite number of at least 0"},
		{Options{Name: "adam", ClipNorm: -1}, "solver: the norm to clip gradients to is -1, want at least 0"},
		{Options{Name: "adam", ClipValue: nan}, "solver: the value to clip gradients to is NaN, want at least 0"},
		{Options{Name: "adam", Decayed: []string{"[a"}}, `solver: pattern "[a" is not valid, want one such as conv1* or *.bias`},
		{Options{Name: "adam", Multipliers: Multipliers{{"", 1}}}, `solver: pattern "" is not valid, want one such as conv1* or *.bias`},
		{Options{Name: "adam", Multipliers: Multipliers{{"a", nan}}}, `solver: the multiplier of "a" is NaN, want a finite number of at least 0`},
	} {
		s, err := newFilled(tc.o)
		mustFail(t, err, tc.want)
		if err == nil {
			t.Errorf("%+v gives %v", tc.o, s)
		}
	}
}

// Zero means zero: what Defaults did not fill in is refused where it makes no sense.
func TestZeroOptionsRefused(t *testing.T) {
	_, err := NewWith(Options{Name: "sgd", Momentum: 0.9})
	mustFail(t, err, "solver: the learning rate is 0, want a finite number above 0")
	_, err = NewWith(Options{Name: "adam", LearningRate: 0.1})
	mustFail(t, err, "solver: beta1 is 0, want above 0 and below 1")
	if s := must(t)(NewWith(Options{Name: "sgd", LearningRate: 0.1})); s.String() != "sgd (learning rate 0.1)" {
		t.Errorf("sgd without momentum shows as %q", s)
	}
}
