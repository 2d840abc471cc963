package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/train/runfolder"
)

// value is what a run has under a key: a text as the table shows it and, if it is
// one, a number.
type value struct {
	text   string
	number float64
	is     kind
}

type kind int

const (
	absent kind = iota
	text
	number
)

// none stands in the table for what a run does not have.
const none = "-"

func textValue(s string) value {
	if s == "" {
		return value{text: none}
	}
	return value{text: s, is: text}
}

func numberValue(v float64, decimals int) value {
	return value{strconv.FormatFloat(v, 'f', decimals, 64), v, number}
}

// percentValue takes a fraction of 1, nil for none.
func percentValue(v *float64) value {
	if v == nil {
		return value{text: none}
	}
	percent := math.Round(1e6**v) / 1e4 // 0.57 is 57 and not 56.99999999999999
	return value{fmt.Sprintf("%.2f %%", percent), percent, number}
}

// positive takes a measured number, 0 for none.
func positive(v float64, decimals int) value {
	if v == 0 {
		return value{text: none}
	}
	return numberValue(v, decimals)
}

// field is a column that every table has, and a key to sort and filter by.
type field struct {
	key, head string
	number    bool
	value     func(*runfolder.Run) value
}

var fields = []field{
	{"name", "name", false, func(r *runfolder.Run) value { return textValue(r.Path) }},
	{"model", "model", false, func(r *runfolder.Run) value { return textValue(r.Model()) }},
	{"dataset", "dataset", false, func(r *runfolder.Run) value { return textValue(r.Dataset()) }},
	{"done", "done", true, func(r *runfolder.Run) value { return numberValue(float64(len(r.Epochs)), 0) }},
	{"validation", "validation", true, func(r *runfolder.Run) value { return percentValue(r.ValidationAccuracy()) }},
	{"accuracy", "accuracy", true, func(r *runfolder.Run) value { return percentValue(r.TestAccuracy()) }},
	{"time", "time (s)", true, func(r *runfolder.Run) value { return positive(r.TrainSeconds(), 1) }},
	{"speed", "images/s", true, func(r *runfolder.Run) value { return positive(r.ImagesPerSecond(), 0) }},
	{"state", "state", false, func(r *runfolder.Run) value { return textValue(r.State()) }},
}

// lookup is what a run has under the key of a field or of a setting.
func lookup(r *runfolder.Run, key string) value {
	if i := slices.IndexFunc(fields, func(f field) bool { return f.key == key }); i >= 0 {
		return fields[i].value(r)
	}
	switch v := r.Settings[key].(type) {
	case nil:
		return value{text: none}
	case int64:
		return value{strconv.FormatInt(v, 10), float64(v), number}
	case float64:
		return value{strconv.FormatFloat(v, 'g', -1, 64), v, number}
	case string:
		if v == "" {
			v = `""`
		}
		return value{text: v, is: text}
	default:
		return value{text: fmt.Sprint(v), is: text}
	}
}

// settingKeys are the settings that any of the runs has, sorted, but for those that
// are fields.
func settingKeys(runs []*runfolder.Run) []string {
	set := map[string]bool{}
	for _, r := range runs {
		for key := range r.Settings {
			set[key] = true
		}
	}
	for _, f := range fields {
		delete(set, f.key)
	}
	return slices.Sorted(maps.Keys(set))
}

// keys are those to sort and filter by.
func keys(runs []*runfolder.Run) []string {
	var known []string
	for _, f := range fields {
		known = append(known, f.key)
	}
	return append(known, settingKeys(runs)...)
}

// differing are the settings that not all runs have alike.
func differing(runs []*runfolder.Run) []string {
	return slices.DeleteFunc(settingKeys(runs), func(key string) bool {
		return !slices.ContainsFunc(runs, func(r *runfolder.Run) bool {
			return lookup(r, key) != lookup(runs[0], key)
		})
	})
}

// numeric reports whether no run has a text under the key.
func numeric(runs []*runfolder.Run, key string) bool {
	return !slices.ContainsFunc(runs, func(r *runfolder.Run) bool { return lookup(r, key).is == text })
}

// order sorts the runs by a key, or by -key the other way round; runs without such a
// value come last.
func order(runs []*runfolder.Run, by string, known []string) error {
	key, reversed := strings.CutPrefix(by, "-")
	if !slices.Contains(known, key) {
		return cli.Usagef("-sort: unknown key %q; the known ones are %s", key, list(known))
	}
	slices.SortStableFunc(runs, func(a, b *runfolder.Run) int {
		x, y := lookup(a, key), lookup(b, key)
		if x.is == absent || y.is == absent {
			return cmp.Compare(y.is, x.is)
		}
		if reversed {
			x, y = y, x
		}
		return x.compare(y)
	})
	return nil
}

// compare puts numbers in their order, before texts in theirs.
func (v value) compare(w value) int {
	if v.is == number && w.is == number {
		return cmp.Compare(v.number, w.number)
	}
	return cmp.Or(-cmp.Compare(v.is, w.is), cmp.Compare(v.text, w.text))
}
