package sweep

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"inkstone/train/settings"
)

// The methods of a [Spec].
const (
	Grid    = "grid"    // every combination of the values
	Random  = "random"  // random combinations
	Halving = "halving" // random combinations; the best go on with more epochs
)

// Spec describes a sweep.
type Spec struct {
	Method string
	Trials int    // number of trials of Random and Halving
	Seed   uint64 // of the random combinations
	// Folds is the number of parts of a cross-validation that scores each trial, 0 for the
	// validation images of the trials.
	Folds int
	// Halving trains one of Keep trials for Keep times as many epochs, from MinEpochs on.
	Keep, MinEpochs int

	Settings map[string]string // texts of the settings of all trials, by name
	Search   map[string]Values // of the settings that differ
}

// Values are the values that a sweep tries for a setting: the texts of List, or the numbers From
// to To.
type Values struct {
	List     []string
	From, To float64
	Log      bool // equal steps of the logarithm
	Steps    int  // number of values in a grid, with both ends
}

// specFile is the TOML of a Spec.
type specFile struct {
	Method    string         `toml:"method"`
	Trials    int            `toml:"trials,omitzero"`
	Seed      int64          `toml:"seed"`
	Folds     int            `toml:"folds,omitzero"`
	Keep      int            `toml:"keep,omitzero"`
	MinEpochs int            `toml:"min-epochs,omitzero"`
	Settings  map[string]any `toml:"settings"`
	Search    map[string]any `toml:"search"`
}

// Largest numbers in a Spec.
const maxTrials, maxFolds = 100000, 1000

// ParseSpec reads a Spec from TOML:
//
//	method = "random"             # or "grid" or "halving"
//	trials = 24
//	seed = 1
//
//	[settings]                    # of all trials
//	model = "lenet5"
//	epochs = 4
//
//	[search]                      # that differ
//	lr = {from = 0.0003, to = 0.03, log = true}
//	augment = ["none", "light"]
//
// It does not look at the names and the values of the settings, see [Spec.Check].
func ParseSpec(content []byte) (*Spec, error) {
	if len(content) > settings.MaxBytes {
		return nil, fmt.Errorf("%d bytes, want at most %d", len(content), settings.MaxBytes)
	}
	f := specFile{Method: Random, Seed: 1, Keep: 3, MinEpochs: 1}
	meta, err := toml.Decode(string(content), &f)
	if err != nil {
		return nil, err
	}
	if f.Seed < 0 {
		return nil, fmt.Errorf("seed is %d, want at least 0", f.Seed)
	}
	s := &Spec{Method: f.Method, Trials: f.Trials, Seed: uint64(f.Seed), Folds: f.Folds, Keep: f.Keep, MinEpochs: f.MinEpochs,
		Settings: map[string]string{}, Search: map[string]Values{}}
	for _, key := range meta.Undecoded() {
		if key[0] != "settings" && key[0] != "search" {
			return nil, fmt.Errorf("unknown key %q; the known ones are method, trials, seed, folds, keep, min-epochs and the tables settings and search", key)
		}
	}
	for name, v := range f.Settings {
		if s.Settings[name], err = text(v); err != nil {
			return nil, fmt.Errorf("settings: %s = %v: %w", name, v, err)
		}
	}
	for name, v := range f.Search {
		if s.Search[name], err = parseValues(v); err != nil {
			return nil, fmt.Errorf("search: %s: %w", name, err)
		}
	}
	if s.Method != Halving {
		s.Keep, s.MinEpochs = 0, 0
		if meta.IsDefined("keep") || meta.IsDefined("min-epochs") {
			return nil, fmt.Errorf("keep and min-epochs are for the method halving, but the method is %q", s.Method)
		}
	}
	return s, s.check()
}

// text returns a value of TOML as the text of a setting.
func text(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	case bool, int64:
		return fmt.Sprint(v), nil
	}
	return "", errors.New("want a string, a number or a boolean")
}

// parseValues reads a list or a table with from and to.
func parseValues(v any) (values Values, err error) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			t, err := text(item)
			if err != nil {
				return values, fmt.Errorf("%v: %w", item, err)
			}
			if slices.Contains(values.List, t) {
				return values, fmt.Errorf("%s is in the list twice", t)
			}
			values.List = append(values.List, t)
		}
		return values, nil
	case map[string]any:
		for key, item := range v {
			number, isNumber := item.(float64)
			whole, isWhole := item.(int64)
			if isWhole {
				number, isNumber = float64(whole), true
			}
			ok := isNumber
			switch key {
			case "from":
				values.From = number
			case "to":
				values.To = number
			case "steps":
				values.Steps, ok = int(whole), isWhole
			case "log":
				values.Log, ok = item.(bool)
			default:
				return values, fmt.Errorf("unknown key %q; the known ones are from, to, log and steps", key)
			}
			if !ok {
				return values, fmt.Errorf("%s is %v, want a number, and for log true or false", key, item)
			}
		}
		return values, nil
	}
	return values, fmt.Errorf("want a list of values, or {from = ..., to = ...}, not %v", v)
}

// Format returns the TOML of the Spec.
func (s *Spec) Format() ([]byte, error) {
	f := specFile{Method: s.Method, Trials: s.Trials, Seed: int64(s.Seed), Folds: s.Folds, Keep: s.Keep, MinEpochs: s.MinEpochs,
		Settings: map[string]any{}, Search: map[string]any{}}
	for name, t := range s.Settings {
		f.Settings[name] = t
	}
	for name, v := range s.Search {
		if v.List != nil {
			f.Search[name] = v.List
			continue
		}
		table := map[string]any{"from": v.From, "to": v.To}
		if v.Log {
			table["log"] = true
		}
		if v.Steps > 0 {
			table["steps"] = v.Steps
		}
		f.Search[name] = table
	}
	var b bytes.Buffer
	enc := toml.NewEncoder(&b)
	enc.Indent = ""
	err := enc.Encode(f)
	return b.Bytes(), err
}

// check returns an error for the first value that is out of range.
func (s *Spec) check() error {
	switch {
	case !slices.Contains([]string{Grid, Random, Halving}, s.Method):
		return fmt.Errorf("method is %q, want grid, random or halving", s.Method)
	case s.Method == Grid && s.Trials != 0:
		return fmt.Errorf("trials is %d, but a grid tries every combination: leave trials out", s.Trials)
	case s.Method != Grid && (s.Trials < 1 || s.Trials > maxTrials):
		return fmt.Errorf("trials is %d, want 1 to %d", s.Trials, maxTrials)
	case s.Folds < 0 || s.Folds == 1 || s.Folds > maxFolds:
		return fmt.Errorf("folds is %d, want 2 to %d, or 0 for none", s.Folds, maxFolds)
	case s.Method == Halving && s.Keep < 2:
		return fmt.Errorf("keep is %d, want at least 2: one of keep trials goes on", s.Keep)
	case s.Method == Halving && s.MinEpochs < 1:
		return fmt.Errorf("min-epochs is %d, want at least 1", s.MinEpochs)
	case len(s.Search) == 0:
		return errors.New("search: there is no setting to try values of")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Search)) {
		if err := s.Search[name].check(s.Method); err != nil {
			return fmt.Errorf("search: %s: %w", name, err)
		}
		if _, both := s.Settings[name]; both {
			return fmt.Errorf("%s is in settings and in search, want it in one of them", name)
		}
	}
	return nil
}

// check returns an error for values that cannot be tried.
func (v Values) check(method string) error {
	switch {
	case v.List != nil:
		if strings.Contains(strings.Join(v.List, ""), "\n") {
			return errors.New("a value has a line break")
		}
		return nil
	case !(v.From < v.To) || math.IsInf(v.From, 0) || math.IsInf(v.To, 0):
		return fmt.Errorf("from %v to %v, want at least one value in a list, or a smaller number and a larger one", v.From, v.To)
	case v.Log && v.From <= 0:
		return fmt.Errorf("from is %v, want above 0 with log", v.From)
	case method == Grid && (v.Steps < 2 || v.Steps > maxTrials):
		return fmt.Errorf("steps is %d, want 2 to %d in a grid", v.Steps, maxTrials)
	case method != Grid && v.Steps != 0:
		return fmt.Errorf("steps is %d, but steps are for a grid", v.Steps)
	}
	return nil
}
