package sweep

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"inkstone/internal/random"
	"inkstone/train/settings"
)

// Trial is a combination of values to try.
type Trial struct {
	Number int // from 1
	// Values are the texts of the settings in Search, by name.
	Values map[string]string
}

// repeats is the number of draws in a row without a new combination after which a random search
// gives up.
const repeats = 1000

// List returns the trials. They follow from the Spec: a random search with more trials has the
// same ones first, and the values of a setting do not depend on the other settings in Search.
// The tables say which settings are whole numbers.
func (s *Spec) List(tables settings.Lists) ([]Trial, error) {
	names := slices.Sorted(maps.Keys(s.Search))
	if s.Method == Grid {
		return s.grid(names, tables)
	}
	var trials []Trial
	known := map[string]bool{}
	for draw, last := 0, 0; len(trials) < s.Trials; draw++ {
		if draw-last > repeats {
			return nil, fmt.Errorf("trials is %d, but search seems to have only %d combinations", s.Trials, len(trials))
		}
		t := Trial{Number: len(trials) + 1, Values: map[string]string{}}
		for _, name := range names {
			v := s.Search[name]
			r := random.Trial(s.Seed, name, draw)
			if v.List != nil {
				t.Values[name] = v.List[r.IntN(len(v.List))]
			} else {
				t.Values[name] = v.number(r.Float64(), isWhole(tables, name))
			}
		}
		if key := t.key(names); !known[key] {
			known[key], last = true, draw
			trials = append(trials, t)
		}
	}
	return trials, nil
}

// grid returns every combination. The value of the last name changes fastest.
func (s *Spec) grid(names []string, tables settings.Lists) ([]Trial, error) {
	combinations := []map[string]string{{}}
	for _, name := range names {
		v := s.Search[name]
		list := v.List
		for k := range v.Steps {
			t := v.number(float64(k)/float64(v.Steps-1), isWhole(tables, name))
			if !slices.Contains(list, t) { // whole numbers may coincide
				list = append(list, t)
			}
		}
		if len(combinations)*len(list) > maxTrials {
			return nil, fmt.Errorf("the grid has more than %d combinations", maxTrials)
		}
		var next []map[string]string
		for _, c := range combinations {
			for _, t := range list {
				more := maps.Clone(c)
				more[name] = t
				next = append(next, more)
			}
		}
		combinations = next
	}
	var trials []Trial
	for i, c := range combinations {
		trials = append(trials, Trial{Number: i + 1, Values: c})
	}
	return trials, nil
}

// key returns a text that two trials share only if they have the same values.
func (t Trial) key(names []string) string {
	key := ""
	for _, name := range names {
		key += strconv.Quote(t.Values[name])
	}
	return key
}

// number returns the number at a fraction of the way from From to To, with four digits or, if it is
// whole, rounded.
func (v Values) number(fraction float64, whole bool) string {
	x := v.From + fraction*(v.To-v.From)
	if v.Log {
		x = math.Exp(math.Log(v.From) + fraction*(math.Log(v.To)-math.Log(v.From)))
	}
	if whole {
		return strconv.FormatFloat(math.Round(x), 'f', -1, 64)
	}
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', 4, 64), 64)
	return strconv.FormatFloat(min(max(x, v.From), v.To), 'g', -1, 64)
}

// isWhole reports whether a setting is a whole number.
func isWhole(tables settings.Lists, name string) bool {
	if s := tables.Find(name); s != nil {
		switch s.Value.Get().(type) {
		case int, uint64:
			return true
		}
	}
	return false
}

// rungs returns the numbers of epochs of successive halving, in ascending order, and the number of
// trials with each. Without halving there is one rung, with 0 for the epochs that the settings say.
//
// The trials of a rung train from the start, not on from the rung before: the learning rate follows
// the number of epochs, so a run that goes on is not the run that its settings describe. Jamieson
// and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", 2016
// (arXiv:1502.07943), describe the method.
func (s *Spec) rungs(trials int) (epochs, counts []int, err error) {
	if s.Method != Halving {
		return []int{0}, []int{trials}, nil
	}
	most, err := strconv.Atoi(s.Settings["epochs"])
	switch {
	case err != nil:
		return nil, nil, errors.New("settings: the method halving needs epochs, the number for the trials of the last rung")
	case most <= s.MinEpochs:
		return nil, nil, fmt.Errorf("settings: epochs is %d, want more than the min-epochs of the method halving, %d", most, s.MinEpochs)
	}
	for e := most; e >= s.MinEpochs && (len(epochs) == 0 || e < epochs[0]); e /= s.Keep {
		epochs = slices.Insert(epochs, 0, e)
		if e == 1 {
			break
		}
	}
	for n := trials; len(counts) < len(epochs); n /= s.Keep {
		counts = append(counts, max(n, 1))
	}
	return epochs, counts, nil
}
