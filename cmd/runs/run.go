package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"

	"inkstone/cmd/internal/cli"
	"inkstone/internal/oneline"
	"inkstone/train/report"
	"inkstone/train/runfolder"
)

const usage = `
List the training runs below the given folders, by default below the folder runs.

  go run ./cmd/runs                                all runs, with the settings in which they differ
  go run ./cmd/runs -sort -accuracy                sort by test accuracy, the highest first
  go run ./cmd/runs -filter 'model=cnn,epochs>2'   only the runs that satisfy both conditions
  go run ./cmd/runs -group                         mean and standard deviation over the seeds
  go run ./cmd/runs -html runs.html                the table for a browser, with small curves

What all runs share stands above the table. The table fits the terminal; -wide shows all.

The keys of -sort and -filter are the settings of the runs (epochs for -epochs of
train) and
  name, model, dataset, done (number of finished epochs), validation and accuracy
  (percent; accuracy is that on the test images), time (training time in seconds),
  speed (images/s), and state (finished, interrupted, unfinished: running or killed, or
  damaged: a file does not hold what was written)`

// options are the command-line settings.
type options struct {
	folders     []string
	sort        string
	conditions  []condition
	json, group bool
	wide        bool
	html        string
}

func parse(args []string, stdout io.Writer) (*options, error) {
	var s options
	fs := flag.NewFlagSet("runs", flag.ContinueOnError)
	fs.StringVar(&s.sort, "sort", "name", "sort by `key` in ascending order, or by -key in descending order")
	fs.Func("filter", "list only runs that satisfy all `conditions`, separated by commas: key=value, with one of = != < <= > >=; quote a condition that contains a comma, as in '\"augment=shift=2,rotate=9\"'", func(text string) error {
		list, err := parseConditions(text)
		s.conditions = append(s.conditions, list...)
		return err
	})
	fs.BoolVar(&s.json, "json", false, "print JSON, one object per line")
	fs.BoolVar(&s.group, "group", false, "average finished runs that differ only in the seed")
	fs.BoolVar(&s.wide, "wide", false, "show whole paths and all columns, also those with one value and those that do not fit the terminal")
	fs.StringVar(&s.html, "html", "", "write the table to this HTML `file`, with a small curve of the errors of each run")
	if err := cli.Parse(fs, usage, args, stdout); err != nil {
		return nil, err
	}
	if err := cli.Check(cli.Rule{Holds: s.html == "" || !s.json && !s.group, Else: "-html excludes -json and -group"}); err != nil {
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
	runs, err := runfolder.Find(s.folders, func(err error) { fmt.Fprintf(stderr, "warning: %s\n", oneline.Escape(err.Error())) })
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
	if s.html != "" {
		if err := report.WriteTable(s.html, runs, "en"); err != nil {
			return err
		}
		_, err := fmt.Fprintf(stdout, "table in %s\n", oneline.Escape(s.html))
		return err
	}
	_, err = io.WriteString(stdout, newTable(runs, cli.Width(stdout), s.wide).String())
	return err
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
