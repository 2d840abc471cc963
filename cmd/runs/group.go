package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"inkstone/internal/table"
	"inkstone/train/metrics"
	"inkstone/train/runfolder"
)

// ignoredSettings are the settings in which the runs of a group may differ: the seed, and
// those that affect neither the resulting model nor the speed.
var ignoredSettings = []string{"seed", "data", "offline", "require-acc", "checkpoint-steps", "checkpoint-minutes", "report"}

// group is a set of runs that differ only in ignoredSettings.
type group struct {
	runs []*runfolder.Run
}

// groupRuns returns the groups of the finished runs, in the order of the first run of each
// group, and the number of unfinished runs.
func groupRuns(runs []*runfolder.Run) (list []*group, unfinished int) {
	compared := slices.DeleteFunc(settingKeys(runs), func(key string) bool { return slices.Contains(ignoredSettings, key) })
	byKey := map[string]*group{}
	for _, r := range runs {
		if r.State() != runfolder.Finished {
			unfinished++
			continue
		}
		id := fmt.Sprintf("%q %q", r.Model(), r.Dataset())
		for _, key := range compared {
			id += fmt.Sprintf(" %q", lookup(r, key).text)
		}
		if byKey[id] == nil {
			byKey[id] = &group{}
			list = append(list, byKey[id])
		}
		byKey[id].runs = append(byKey[id].runs, r)
	}
	return list, unfinished
}

// summary returns the mean and the spread of a value over the runs that have it, or nil if
// none has it.
func (g *group) summary(value func(*runfolder.Run) *float64) (*metrics.Summary, error) {
	var values []float64
	for _, r := range g.runs {
		if v := value(r); v != nil {
			values = append(values, *v)
		}
	}
	if values == nil {
		return nil, nil
	}
	s, err := metrics.Summarize(values)
	return &s, err
}

// groupLine is a group as JSON. Accuracies are fractions of 1.
type groupLine struct {
	Names              []string         `json:"names"`
	Seeds              []any            `json:"seeds"`
	Model              string           `json:"model"`
	Dataset            string           `json:"dataset"`
	Settings           map[string]any   `json:"settings"` // of the group's first run
	ValidationAccuracy *metrics.Summary `json:"validation_accuracy"`
	TestAccuracy       *metrics.Summary `json:"test_accuracy"`
	TrainSeconds       *metrics.Summary `json:"train_seconds"`
	ImagesPerSecond    *metrics.Summary `json:"train_images_per_second"`
}

// line returns the group as JSON.
func (g *group) line() (*groupLine, error) {
	first := g.runs[0]
	l := &groupLine{Model: first.Model(), Dataset: first.Dataset(), Settings: first.Settings}
	for _, r := range g.runs {
		l.Names = append(l.Names, r.Path)
		l.Seeds = append(l.Seeds, r.Settings["seed"])
	}
	for _, s := range []struct {
		field *(*metrics.Summary)
		value func(*runfolder.Run) *float64
	}{
		{&l.ValidationAccuracy, (*runfolder.Run).ValidationAccuracy},
		{&l.TestAccuracy, (*runfolder.Run).TestAccuracy},
		{&l.TrainSeconds, func(r *runfolder.Run) *float64 { v := r.TrainSeconds(); return &v }},
		{&l.ImagesPerSecond, func(r *runfolder.Run) *float64 { v := r.ImagesPerSecond(); return &v }},
	} {
		var err error
		if *s.field, err = g.summary(s.value); err != nil {
			return nil, fmt.Errorf("runs %s: %w", list(l.Names), err)
		}
	}
	return l, nil
}

// printGroups prints the mean and the standard deviation of each group.
func printGroups(s *options, runs []*runfolder.Run, stdout, stderr io.Writer) error {
	all, unfinished := groupRuns(runs)
	if unfinished > 0 {
		fmt.Fprintf(stderr, "%d of %d runs are not finished and are left out\n", unfinished, len(runs))
	}
	var firsts []*runfolder.Run
	for _, g := range all {
		firsts = append(firsts, g.runs[0])
	}
	differing := slices.DeleteFunc(differingSettings(firsts), func(key string) bool { return slices.Contains(ignoredSettings, key) })
	t := &table.Table{Columns: table.Columns(2, "model", "dataset")}
	for _, key := range differing {
		t.Columns = append(t.Columns, table.Column{Head: key, Right: numeric(firsts, key)})
	}
	t.Columns = append(t.Columns, table.Columns(1, "seeds", "runs", "validation", "accuracy", "time (s)", "images/s")...)
	enc := json.NewEncoder(stdout)
	for _, g := range all {
		l, err := g.line()
		if err != nil {
			return err
		}
		if s.json {
			if err := enc.Encode(l); err != nil {
				return err
			}
			continue
		}
		row := []string{textValue(l.Model).text, textValue(l.Dataset).text}
		for _, key := range differing {
			row = append(row, lookup(g.runs[0], key).text)
		}
		t.Add(append(row, seeds(g), fmt.Sprint(len(g.runs)),
			spread(l.ValidationAccuracy, 100, 3, " %"), spread(l.TestAccuracy, 100, 3, " %"),
			spread(l.TrainSeconds, 1, 1, ""), spread(l.ImagesPerSecond, 1, 0, ""))...)
	}
	if s.json {
		return nil
	}
	_, err := io.WriteString(stdout, t.String())
	return err
}

// spread formats mean ± standard deviation, or only the mean of a single run.
func spread(s *metrics.Summary, scale float64, decimals int, unit string) string {
	switch {
	case s == nil:
		return none
	case s.Runs == 1:
		return fmt.Sprintf("%.*f%s", decimals, scale*s.Mean, unit)
	}
	return fmt.Sprintf("%.*f ± %.*f%s", decimals, scale*s.Mean, decimals, scale*s.Deviation, unit)
}

// seeds returns the seeds of the runs, separated by commas.
func seeds(g *group) string {
	var texts []string
	for _, r := range g.runs {
		texts = append(texts, lookup(r, "seed").text)
	}
	return strings.Join(texts, ",")
}
