package runfolder

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"inkstone/train"
)

// NoSetting is the text of a setting that a run does not have.
const NoSetting = "-"

// SettingNames returns the names of the settings of all runs, sorted.
func SettingNames(runs []*Run) []string {
	set := map[string]bool{}
	for _, r := range runs {
		for name := range r.Settings {
			set[name] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// DifferingSettings returns the names of the settings in which the runs differ, sorted.
func DifferingSettings(runs []*Run) []string {
	return slices.DeleteFunc(SettingNames(runs), func(name string) bool {
		return !slices.ContainsFunc(runs, func(r *Run) bool { return r.Setting(name) != runs[0].Setting(name) })
	})
}

// Setting returns the text of a setting: [NoSetting] if the run does not have it, and "" in
// quotes for an empty string.
func (r *Run) Setting(name string) string {
	switch v := r.Settings[name].(type) {
	case nil:
		return NoSetting
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		if v == "" {
			return `""`
		}
		return v
	default:
		return fmt.Sprint(v)
	}
}

// History returns the finished epochs. Its Best is the last epoch that is better than the ones
// before it or, without a validation set, the last one.
func (r *Run) History() *train.History {
	h := &train.History{
		Epochs: r.Epochs, Best: max(0, len(r.Epochs)-1),
		TrainSeconds: r.TrainSeconds(), ImagesPerSecond: r.ImagesPerSecond(),
	}
	for i := len(r.Epochs) - 1; i >= 0; i-- {
		if e := &r.Epochs[i]; e.Best && e.Validation != nil {
			h.Best = i
			break
		}
	}
	if r.Result != nil {
		h.Interrupted, h.Ended = r.Result.Interrupted, r.Result.Ended
	}
	return h
}
