package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"

	"inkstone/cmd/internal/cli"
	"inkstone/internal/oneline"
	"inkstone/internal/table"
	"inkstone/train/runfolder"
)

const usage = `
List the training runs below the given folders, by default below the folder runs.

  go run ./cmd/runs                                all runs, with the settings in which they differ
  go run ./cmd/runs -sort -accuracy                sort by test accuracy, the highest first
  go run ./cmd/runs -filter 'model=cnn,epochs>2'   only the runs that satisfy both conditions
  go run ./cmd/runs -group                         mean and standard deviation over the seeds

The keys of -sort and -filter are the settings of the runs (epochs for -epochs of
train) and
  name, model, dataset, done (number of finished epochs), validation and accuracy
  (percent; accuracy is that on the test images), time (training time in seconds),
  speed (images/s), and state (finished, interrupted, unfinished: running or killed, or
  damaged: a file does not hold what was written)`

// settings are the command-line settings.
type settings struct {
	folders     []string
	sort        string
	conditions  []condition
	json, group bool
}

func parse(args []string, stdout io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("runs", flag.ContinueOnError)
	fs.StringVar(&s.sort, "sort", "name", "sort by `key` in ascending order, or by -key in descending order")
	fs.Func("filter", "list only runs that satisfy all `conditions`, separated by commas: key=value, with one of = != < <= > >=; quote a condition that contains a comma, as in '\"augment=shift=2,rotate=9\"'", func(text string) error {
		list, err := parseConditions(text)
		s.conditions = append(s.conditions, list...)
		return err
	})
	fs.BoolVar(&s.json, "json", false, "print JSON, one object per line")
	fs.BoolVar(&s.group, "group", false, "average finished runs that differ only in the seed")
	if err := cli.Parse(fs, usage, args, stdout); err != nil {
		return nil, err
	}
	if s.folders = fs.Args(); len(s.folders) == 0 {
		s.folders = []string{"runs"}
	}
	return &s, nil
}

func run(_ context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stdout)
	if err != nil {
		return err
	}
	runs, err := findRuns(s.folders, func(err error) { fmt.Fprintf(stderr, "warning: %s\n", oneline.Escape(err.Error())) })
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		fmt.Fprintf(stderr, "no run folders in %s\n", list(s.folders))
		return nil
	}
	// The keys of all runs are valid, also those that no run has after filtering.
	known := keys(runs)
	if runs, err = filter(runs, s.conditions, known); err != nil {
		return err
	}
	if err := sortRuns(runs, s.sort, known); err != nil {
		return err
	}
	if s.group {
		return printGroups(s, runs, stdout, stderr)
	}
	if s.json {
		return printJSON(runs, stdout)
	}
	_, err = io.WriteString(stdout, runTable(runs).String())
	return err
}

// runTable returns a table with a row for each run.
func runTable(runs []*runfolder.Run) *table.Table {
	differing := differingSettings(runs)
	t := &table.Table{}
	for _, f := range fields {
		if f.key == "done" { // settings stand before results
			for _, key := range differing {
				t.Columns = append(t.Columns, table.Column{Head: key, Right: numeric(runs, key)})
			}
		}
		t.Columns = append(t.Columns, table.Column{Head: f.head, Right: f.number})
	}
	for _, r := range runs {
		var row []string
		for _, f := range fields {
			if f.key == "done" {
				for _, key := range differing {
					row = append(row, lookup(r, key).text)
				}
			}
			row = append(row, f.value(r).text)
		}
		t.Add(row...)
	}
	return t
}

// runLine is a run as JSON. Accuracies are fractions of 1.
type runLine struct {
	Name               string            `json:"name"`
	State              string            `json:"state"`
	Model              string            `json:"model"`
	Dataset            string            `json:"dataset"`
	Done               int               `json:"done"` // number of finished epochs
	ValidationAccuracy *float64          `json:"validation_accuracy"`
	TestAccuracy       *float64          `json:"test_accuracy"`
	TrainSeconds       float64           `json:"train_seconds"`
	ImagesPerSecond    float64           `json:"train_images_per_second"`
	Settings           map[string]any    `json:"settings"`
	Result             *runfolder.Result `json:"result"`
}

// printJSON prints a line for each run.
func printJSON(runs []*runfolder.Run, stdout io.Writer) error {
	enc := json.NewEncoder(stdout)
	for _, r := range runs {
		err := enc.Encode(runLine{
			r.Path, r.State(), r.Model(), r.Dataset(), len(r.Epochs), r.ValidationAccuracy(), r.TestAccuracy(),
			r.TrainSeconds(), r.ImagesPerSecond(), r.Settings, r.Result,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
