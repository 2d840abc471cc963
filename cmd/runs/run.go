package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"

	"inkstone/cmd/internal/cli"
	"inkstone/internal/table"
	"inkstone/train/runfolder"
)

const about = `
List training runs: the run folders in the folders named, by default runs.

  go run ./cmd/runs                                the runs, with the settings in which they differ
  go run ./cmd/runs -sort -accuracy                the most accurate first
  go run ./cmd/runs -filter 'model=cnn,epochs>2'   only some of them
  go run ./cmd/runs -group                         mean and standard deviation over the seeds

Sort and filter by any setting of the runs (-epochs of train is epochs) and by
  name, model, dataset, done (epochs), validation, accuracy (percent, of the test),
  time (seconds), speed (images/s), state (finished, interrupted, or unfinished: under
  way or killed)`

type settings struct {
	folders     []string
	sort        string
	conditions  []condition
	json, group bool
}

func parse(args []string, stdout io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("runs", flag.ContinueOnError)
	fs.StringVar(&s.sort, "sort", "name", "order by that `key`, or by -key the other way round")
	fs.Func("filter", "list only runs for which the `conditions` hold: key=value with = != < <= > >=, commas between them; quote one that has a comma in it, as in '\"augment=shift=2,rotate=9\"'", func(text string) error {
		list, err := parseConditions(text)
		s.conditions = append(s.conditions, list...)
		return err
	})
	fs.BoolVar(&s.json, "json", false, "print JSON, an object in a line")
	fs.BoolVar(&s.group, "group", false, "put finished runs together that differ only in the seed")
	if err := cli.Parse(fs, about, args, stdout); err != nil {
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
	runs, err := find(s.folders, func(err error) { fmt.Fprintf(stderr, "warning: %s\n", err) })
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		fmt.Fprintf(stderr, "no run folders in %s\n", list(s.folders))
		return nil
	}
	// Keys are checked against all runs, so that a filter that leaves none is no mistake.
	known := keys(runs)
	if runs, err = filter(runs, s.conditions, known); err != nil {
		return err
	}
	if err := order(runs, s.sort, known); err != nil {
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

// runTable has a row for each run.
func runTable(runs []*runfolder.Run) *table.Table {
	differing := differing(runs)
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

// line is a run as JSON; accuracies are fractions of 1.
type line struct {
	Name               string            `json:"name"`
	State              string            `json:"state"`
	Model              string            `json:"model"`
	Dataset            string            `json:"dataset"`
	Done               int               `json:"done"` // epochs
	ValidationAccuracy *float64          `json:"validation_accuracy"`
	TestAccuracy       *float64          `json:"test_accuracy"`
	TrainSeconds       float64           `json:"train_seconds"`
	ImagesPerSecond    float64           `json:"train_images_per_second"`
	Settings           map[string]any    `json:"settings"`
	Result             *runfolder.Result `json:"result"`
}

func printJSON(runs []*runfolder.Run, stdout io.Writer) error {
	enc := json.NewEncoder(stdout)
	for _, r := range runs {
		err := enc.Encode(line{
			r.Path, r.State(), r.Model(), r.Dataset(), len(r.Epochs), r.ValidationAccuracy(), r.TestAccuracy(),
			r.TrainSeconds(), r.ImagesPerSecond(), r.Settings, r.Result,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
