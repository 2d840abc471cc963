package sweep

import (
	"reflect"
	"strings"
	"testing"
)

const example = `
method = "halving"
trials = 9
seed = 7
folds = 3
keep = 2
min-epochs = 2
[settings]
model = "tiny"
epochs = 8
offline = true
[search]
lr = {from = 0.001, to = 1, log = true}
batch = {from = 16, to = 64}
augment = ["none", "light"]
mixup = [0, 0.2]
`

func parse(t *testing.T, text string) *Spec {
	t.Helper()
	s, err := ParseSpec([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseSpec(t *testing.T) {
	s := parse(t, example)
	want := &Spec{Method: Halving, Trials: 9, Seed: 7, Folds: 3, Keep: 2, MinEpochs: 2,
		Settings: map[string]string{"model": "tiny", "epochs": "8", "offline": "true"},
		Search: map[string]Values{
			"lr": {From: 0.001, To: 1, Log: true}, "batch": {From: 16, To: 64},
			"augment": {List: []string{"none", "light"}}, "mixup": {List: []string{"0", "0.2"}},
		}}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("read %+v, want %+v", s, want)
	}
	for _, text := range []string{example, "method='grid'\n[search]\na={from=1,to=2,steps=3}\nb=['']", "trials=2\n[search]\na=[1,2]"} {
		s := parse(t, text)
		content, err := s.Format()
		if err != nil {
			t.Fatal(err)
		}
		if again := parse(t, string(content)); !reflect.DeepEqual(s, again) {
			t.Errorf("%+v is written as\n%s\nand read as %+v", s, content, again)
		}
	}
}

func TestParseSpecRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"method = 'magic'\n[search]\na=[1]":        `method is "magic", want grid, random or halving`,
		"[search]\na=[1]":                          "trials is 0, want 1 to 100000",
		"method='grid'\ntrials=3\n[search]\na=[1]": "leave trials out",
		"trials=3":                                                "there is no setting to try",
		"trials=3\nseed=-1\n[search]\na=[1]":                      "seed is -1",
		"trials=3\nfolds=1\n[search]\na=[1]":                      "folds is 1",
		"trials=3\nkeep=2\n[search]\na=[1]":                       "keep and min-epochs are for the method halving",
		"method='halving'\ntrials=3\nkeep=1\n[search]\na=[1]":     "keep is 1",
		"method='halving'\ntrials=3\nmin-epochs=0\n[search]\na=1": "search: a: want a list",
		"trails=3\n[search]\na=[1]":                               `unknown key "trails"`,
		"trials=3\n[search]\na=[]":                                "from 0 to 0, want at least one value",
		"trials=3\n[search]\na=[1,1]":                             "1 is in the list twice",
		"trials=3\n[search]\na=[[1]]":                             "want a string, a number or a boolean",
		"trials=3\n[search]\na={from=2,to=1}":                     "from 2 to 1",
		"trials=3\n[search]\na={from=0,to=1,log=true}":            "above 0 with log",
		"trials=3\n[search]\na={from=0,to=inf}":                   "from 0 to +Inf",
		"trials=3\n[search]\na={from=nan,to=1}":                   "from NaN to 1",
		"trials=3\n[search]\na={from='x',to=1}":                   "from is x",
		"trials=3\n[search]\na={from=0,to=1,step=3}":              `unknown key "step"`,
		"trials=3\n[search]\na={from=0,to=1,steps=3}":             "steps are for a grid",
		"method='grid'\n[search]\na={from=0,to=1}":                "steps is 0, want 2",
		"trials=3\n[settings]\na=1\n[search]\na=[1]":              "a is in settings and in search",
		"trials=3\n[settings.a]\nb=1\n[search]\na=[1]":            "settings: a",
		"trials=":                  "toml",
		strings.Repeat(" ", 1<<17): "131072 bytes",
	} {
		if s, err := ParseSpec([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is read as %+v, error %v, want %q", text, s, err, want)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte("method='grid'\n[search]\na={from=1,to=2,steps=3}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		s, err := ParseSpec(content)
		if err != nil {
			return
		}
		text, err := s.Format()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseSpec(text); err != nil || !reflect.DeepEqual(s, again) {
			t.Fatalf("%+v is written as\n%s\nand read as %+v, %v", s, text, again, err)
		}
	})
}
