package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/train/runfolder"
)

// value is the value of a field or a setting of a run.
type value struct {
	text   string  // as the table shows it
	number float64 // if kind is number
	kind   kind
}

// kind is the type of a value.
type kind int

const (
	absent kind = iota
	text
	number
)

// none is the text of an absent value.
const none = runfolder.NoSetting

func textValue(s string) value {
	if s == "" {
		return value{text: none}
	}
	return value{text: s, kind: text}
}

func numberValue(v float64, decimals int) value {
	return value{strconv.FormatFloat(v, 'f', decimals, 64), v, number}
}

// percentValue returns a fraction as a percentage; nil is absent.
func percentValue(v *float64) value {
	if v == nil {
		return value{text: none}
	}
	percent := math.Round(1e6**v) / 1e4 // 0.57 is 57 and not 56.99999999999999
	return value{fmt.Sprintf("%.2f %%", percent), percent, number}
}

// positiveValue returns a measured number; 0 is absent.
func positiveValue(v float64, decimals int) value {
	if v == 0 {
		return value{text: none}
	}
	return numberValue(v, decimals)
}

// field is a column of the table of runs and a key of -sort and -filter.
type field struct {
	key, head string
	number    bool
	shared    bool // the table has no such column if all runs have the same value
	rank      int  // see column
	value     func(*runfolder.Run) value
}

var fields = []field{
	{"name", "name", false, false, 0, func(r *runfolder.Run) value { return textValue(r.Path) }},
	{"model", "model", false, true, 1, func(r *runfolder.Run) value { return textValue(r.Model()) }},
	{"dataset", "dataset", false, true, 7, func(r *runfolder.Run) value { return textValue(r.Dataset()) }},
	{"done", "done", true, false, 8, func(r *runfolder.Run) value { return numberValue(float64(len(r.Epochs)), 0) }},
	{"validation", "validation", true, false, 3, func(r *runfolder.Run) value { return percentValue(r.ValidationAccuracy()) }},
	{"accuracy", "accuracy", true, false, 0, func(r *runfolder.Run) value { return percentValue(r.TestAccuracy()) }},
	{"time", "time (s)", true, false, 9, func(r *runfolder.Run) value { return positiveValue(r.TrainSeconds(), 1) }},
	{"speed", "images/s", true, false, 10, func(r *runfolder.Run) value { return positiveValue(r.ImagesPerSecond(), 0) }},
	{"state", "state", false, true, 6, func(r *runfolder.Run) value { return textValue(r.State()) }},
}

// lookup returns the value of a field or a setting of a run.
func lookup(r *runfolder.Run, key string) value {
	if i := slices.IndexFunc(fields, func(f field) bool { return f.key == key }); i >= 0 {
		return fields[i].value(r)
	}
	v := value{text: r.Setting(key), kind: text}
	switch n := r.Settings[key].(type) {
	case nil:
		v.kind = absent
	case int64:
		v.number, v.kind = float64(n), number
	case float64:
		v.number, v.kind = n, number
	}
	return v
}

// settingKeys returns the names of the settings of all runs, sorted, without those that
// are fields.
func settingKeys(runs []*runfolder.Run) []string { return withoutFields(runfolder.SettingNames(runs)) }

// differingSettings returns the names of the settings in which the runs differ.
func differingSettings(runs []*runfolder.Run) []string {
	return withoutFields(runfolder.DifferingSettings(runs))
}

// withoutFields returns the names that are not keys of fields.
func withoutFields(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		return slices.ContainsFunc(fields, func(f field) bool { return f.key == name })
	})
}

// keys returns the keys of -sort and -filter.
func keys(runs []*runfolder.Run) []string {
	var known []string
	for _, f := range fields {
		known = append(known, f.key)
	}
	return append(known, settingKeys(runs)...)
}

// numeric reports whether the values of a key are numbers, where they are present.
func numeric(runs []*runfolder.Run, key string) bool {
	return !slices.ContainsFunc(runs, func(r *runfolder.Run) bool { return lookup(r, key).kind == text })
}

// sortRuns sorts the runs by a key in ascending order, or by -key in descending order.
// Runs without the value come last.
func sortRuns(runs []*runfolder.Run, by string, known []string) error {
	key, reversed := strings.CutPrefix(by, "-")
	if !slices.Contains(known, key) {
		return cli.Usagef("-sort: unknown key %q; the known ones are %s", key, list(known))
	}
	slices.SortStableFunc(runs, func(a, b *runfolder.Run) int {
		x, y := lookup(a, key), lookup(b, key)
		if x.kind == absent || y.kind == absent {
			return cmp.Compare(y.kind, x.kind)
		}
		if reversed {
			x, y = y, x
		}
		return x.compare(y)
	})
	return nil
}

// compare returns -1, 0 or 1. Numbers come before texts.
func (v value) compare(w value) int {
	if v.kind == number && w.kind == number {
		return cmp.Compare(v.number, w.number)
	}
	return cmp.Or(-cmp.Compare(v.kind, w.kind), cmp.Compare(v.text, w.text))
}
