package schedule

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

// The factors at some steps of 100 are calculated by hand from the definitions.
func TestFactors(t *testing.T) {
	for _, tc := range []struct {
		text string
		want map[int]float64
	}{
		{"constant", map[int]float64{0: 1, 50: 1, 100: 1}},
		{"linear", map[int]float64{0: 1, 25: 0.75, 99: 0.01, 100: 0}},
		{"linear:warmup=0.1,floor=0.2", map[int]float64{0: 1.0 / 11, 9: 10.0 / 11, 10: 1, 55: 0.6, 100: 0.2}},
		{"cosine", map[int]float64{0: 1, 50: 0.5, 100: 0}},
		{"cosine:restarts=1", map[int]float64{0: 1, 25: 0.5, 50: 1, 75: 0.5, 100: 0}},
		{"cosine:floor=0.5,warmup=0.5", map[int]float64{0: 1.0 / 51, 50: 1, 75: 0.75, 100: 0.5}},
		{"onecycle", map[int]float64{0: 0.04, 15: 0.52, 30: 1, 65: (1 + 1e-4) / 2, 100: 1e-4}},
		{"onecycle:warmup=0", map[int]float64{0: 1, 100: 1e-4}},
		{"step", map[int]float64{0: 1, 33: 1, 34: 0.1, 66: 0.1, 67: 0.01, 99: 0.01}},
		{"step:factor=0.5,stages=2", map[int]float64{49: 1, 50: 0.5}},
		{"exponential", map[int]float64{0: 1, 50: 0.1, 100: 0.01}},
		{"linear:warmup=1", map[int]float64{0: 1.0 / 101, 99: 100.0 / 101}},
	} {
		s, err := Parse(tc.text)
		if err != nil {
			t.Fatal(err)
		}
		for step, want := range tc.want {
			if got := s.Factor(step, 100, nil); !(math.Abs(got-want) < 1e-12) {
				t.Errorf("%s: the factor at step %d of 100 is %v, want %v", tc.text, step, got, want)
			}
		}
	}
}

func TestPlateau(t *testing.T) {
	s, err := Parse("plateau:factor=0.5,patience=1")
	if err != nil {
		t.Fatal(err)
	}
	// The rate falls when the loss has not fallen for exactly as many epochs as the patience.
	losses := []float64{3, 2, 2.5, 2.1, 2.2, 1.9, 2, 2, 2, 2}
	for text, want := range map[string][]float64{
		"plateau:factor=0.5,patience=1": {1, 1, 1, 0.5, 0.25, 0.125, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125},
		"plateau:factor=0.5,patience=2": {1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125},
		"plateau:factor=0.5,patience=3": {1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25},
	} {
		if s, err = Parse(text); err != nil {
			t.Fatal(err)
		}
		for n := range want {
			if got := s.Factor(0, 1, losses[:n]); got != want[n] {
				t.Errorf("%s: after the losses %v the factor is %v, want %v", text, losses[:n], got, want[n])
			}
		}
	}
	if !s.Plateau() || (Schedule{}).Plateau() {
		t.Errorf("Plateau of plateau is %t and of constant %t, want true and false", s.Plateau(), (Schedule{}).Plateau())
	}
}

// Texts of files from before the patience meant what it says keep their meaning.
func TestFromVersion2(t *testing.T) {
	for text, want := range map[string]string{
		"plateau":                       "plateau:factor=0.3,patience=2",
		"plateau:factor=0.5":            "plateau:factor=0.5,patience=2",
		"plateau:patience=0":            "plateau:factor=0.3,patience=1",
		"plateau:factor=0.5,patience=4": "plateau:factor=0.5,patience=5",
		"plateau:patience=4,factor=0.5": "plateau:factor=0.5,patience=5",
		"cosine:warmup=0.1":             "cosine:warmup=0.1,floor=0,restarts=0",
	} {
		s, err := Parse(FromVersion2(text))
		if err != nil || s.String() != want {
			t.Errorf("%s is now %s, %v, want %s", text, s, err, want)
		}
	}
	for _, text := range []string{"plateau:patience=-1", "plateau:patience=x", "plateau:patience=0.5", "plateau:"} {
		if s, err := Parse(FromVersion2(text)); err == nil {
			t.Errorf("%s is read as %s", text, s)
		}
	}
}

// The factor of every schedule is from 0 to 1, never NaN, for any number of steps.
func TestRange(t *testing.T) {
	for _, text := range append(kindNames(), "linear:warmup=1", "cosine:warmup=1,restarts=3", "onecycle:warmup=1") {
		s, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, total := range []int{0, 1, 2, 7, 1000} {
			for step := -1; step <= total+1; step++ {
				if f := s.Factor(step, total, []float64{1, math.NaN(), 1}); !(f >= 0 && f <= 1) {
					t.Errorf("%s: the factor at step %d of %d is %v", text, step, total, f)
				}
			}
		}
	}
}

func TestParse(t *testing.T) {
	for _, name := range kindNames() {
		s, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(s.String())
		if err != nil || again.String() != s.String() {
			t.Errorf("%s prints as %s, which reads as %v, %v", name, s, again, err)
		}
		if !strings.Contains(Describe(), s.String()+": ") {
			t.Errorf("the description lacks %s:\n%s", s, Describe())
		}
	}
	for _, tc := range []struct{ text, want string }{
		{"", `unknown schedule ""; the known ones are constant, linear`},
		{"cosin", `unknown schedule "cosin"`},
		{"cosine:", `no setting ""; it has warmup, floor, restarts`},
		{"cosine:warm=1", `no setting "warm"`},
		{"constant:x=1", `no setting "x"; it has none`},
		{"cosine:warmup", `warmup is ""`},
		{"cosine:warmup=2", "want a number from 0 to 1"},
		{"cosine:warmup=NaN", "want a number from 0 to 1"},
		{"cosine:restarts=1.5", "want a whole number of at least 0"},
		{"cosine:floor=0,floor=1", `"floor" is given twice`},
		{"step:factor=0", "above 0 and below 1"},
		{"step:stages=0", "want a whole number of at least 1"},
		{"plateau:patience=0", "want a whole number of at least 1"},
	} {
		if _, err := Parse(tc.text); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: error is %v, want %q in it", tc.text, err, tc.want)
		}
	}
}

func TestParseUnknown(t *testing.T) {
	if _, err := Parse("cosin"); !errors.Is(err, ErrUnknown) {
		t.Errorf("error is %v, want ErrUnknown", err)
	}
	if _, err := Parse("cosine:warmup=2"); err == nil || errors.Is(err, ErrUnknown) {
		t.Errorf("error is %v, want one about the setting", err)
	}
}

func Example() {
	s, err := Parse("cosine:warmup=0.1")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range []int{0, 100, 500, 1000} {
		fmt.Printf("step %4d: %.3f of the base rate\n", step, s.Factor(step, 1000, nil))
	}
	// Output:
	// step    0: 0.010 of the base rate
	// step  100: 1.000 of the base rate
	// step  500: 0.587 of the base rate
	// step 1000: 0.000 of the base rate
}
