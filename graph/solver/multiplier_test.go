package solver

import (
	"slices"
	"testing"
)

func TestParseMultipliers(t *testing.T) {
	for text, want := range map[string]Multipliers{
		"":                           nil,
		"  ":                         nil,
		"conv1*=0.01":                {{"conv1*", 0.01}},
		" conv1* = 0.01 , fc?.*=1e2": {{"conv1*", 0.01}, {"fc?.*", 100}},
		"*=0.1,fc2*=1":               {{"*", 0.1}, {"fc2*", 1}},
		"a=b=0":                      {{"a=b", 0}},
	} {
		got, err := ParseMultipliers(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q reads as %v, error %v; want %v", text, got, err, want)
		}
		again, err := ParseMultipliers(got.String())
		if err != nil || !slices.Equal(again, want) {
			t.Errorf("%q, written as %q, reads as %v, error %v", text, got.String(), again, err)
		}
	}
	for text, want := range map[string]string{
		"conv1*":          `multiplier "conv1*", want pattern=factor, such as conv1*=0.01`,
		"a=1,":            `multiplier "", want pattern=factor, such as conv1*=0.01`,
		"a=fast":          `multiplier "a=fast": the factor "fast" is no number`,
		"a=":              `multiplier "a=": the factor "" is no number`,
		"a=-1":            `the multiplier of "a" is -1, want a finite number of at least 0`,
		"a=inf":           `the multiplier of "a" is +Inf, want a finite number of at least 0`,
		"a=NaN":           `the multiplier of "a" is NaN, want a finite number of at least 0`,
		"=1":              `pattern "" is not valid, want one such as conv1* or *.bias`,
		"fc1.[weight=0.1": `pattern "fc1.[weight" is not valid, want one such as conv1* or *.bias`,
	} {
		got, err := ParseMultipliers(text)
		mustFail(t, err, want)
		if got != nil {
			t.Errorf("%q reads as %v beside the error", text, got)
		}
	}
}

func FuzzParseMultipliers(f *testing.F) {
	for _, s := range []string{"", "conv1*=0.01,fc*=2", "a=b=0", "[a-c]=1", "a=", ",", "=", "\\=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseMultipliers(text)
		if err != nil {
			return
		}
		if again, err := ParseMultipliers(list.String()); err != nil || !slices.Equal(list, again) {
			t.Errorf("%q reads as %v, and that as %v, error %v", text, list, again, err)
		}
		if _, err := newFilled(Options{Name: "sgd", Multipliers: list}); err != nil {
			t.Errorf("%q reads, but %v", text, err)
		}
	})
}
