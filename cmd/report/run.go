package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/internal/oneline"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/report"
	"inkstone/train/runfolder"
)

const usage = `
Write the report of a training run as one HTML file for a browser: settings, curves, mistakes,
confusion matrix, reliability, robustness, filters. For several runs, compare them.

  go run ./cmd/report runs/NAME                     write runs/NAME/report.html
  go run ./cmd/report -out all.html runs/A runs/B   compare runs
  go run ./cmd/report -lang zh runs/NAME            in Chinese

A folder of -seeds stands for its runs. The command looks for the images of a run, to measure the
accuracy on distorted validation images; the test images are not read.`

// options are the command-line settings.
type options struct {
	folders      []string
	out, lang    string
	robustness   bool
	data, images string
	workers      int
}

func parse(args []string, stdout io.Writer) (*options, error) {
	var o options
	fs := flag.NewFlagSet("report", flag.ContinueOnError)
	fs.StringVar(&o.out, "out", "", "`file` to write; by default report.html in the folder of the run")
	fs.StringVar(&o.lang, "lang", "en", "`language` of the report: "+strings.Join(report.Languages(), " or "))
	fs.BoolVar(&o.robustness, "robustness", true, "measure the accuracy on distorted validation images")
	fs.StringVar(&o.data, "data", "", "`folder` with the files of the data set, if it has moved")
	fs.StringVar(&o.images, "images", "", "`folder` of pictures, if it has moved")
	fs.IntVar(&o.workers, "workers", 0, "number of goroutines; 0 for one per processor")
	if err := cli.Parse(fs, usage, args, stdout); err != nil {
		return nil, err
	}
	for _, path := range fs.Args() {
		if path = filepath.Clean(path); !slices.Contains(o.folders, path) {
			o.folders = append(o.folders, path)
		}
	}
	return &o, cli.Check(
		cli.Rule{Holds: len(o.folders) > 0, Else: "name the folder of a run, such as runs/NAME"},
		cli.Rule{Holds: slices.Contains(report.Languages(), o.lang), Else: fmt.Sprintf("-lang is %q, want one of %s", o.lang, strings.Join(report.Languages(), ", "))},
		cli.Rule{Holds: o.workers >= 0, Else: fmt.Sprintf("-workers is %d, want at least 0", o.workers)},
		cli.Rule{Holds: o.data == "" || o.images == "", Else: "-data and -images exclude each other"},
	)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stdout)
	if err != nil {
		return err
	}
	var runs []report.Run
	for _, path := range o.folders {
		list, err := runfolder.SeedRuns(path)
		if err != nil {
			return err
		}
		for _, folder := range list {
			runs = append(runs, report.Run{Folder: folder})
		}
	}
	if len(runs) > 1 && o.out == "" {
		return cli.Usagef("-out: name the file for the comparison of %d runs", len(runs))
	}
	for i := range runs {
		if _, err := runfolder.Read(runs[i].Folder); err != nil {
			return err // before the work on the other runs
		}
	}
	for i := range runs {
		if !o.robustness {
			break
		}
		runs[i].Robustness, err = measure(ctx, o, runs[i].Folder, stderr)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(stderr, "warning: the robustness of %s is not measured: %s\n", runs[i].Folder, oneline.Escape(err.Error()))
		}
	}
	out := cmp.Or(o.out, filepath.Join(runs[0].Folder, runfolder.PageFile))
	if err := report.WritePage(out, runs, o.lang); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "report in %s\n", oneline.Escape(out))
	return err
}

// measure measures the robustness of a run, with a progress bar.
func measure(ctx context.Context, o *options, folder string, stderr io.Writer) (*train.Robustness, error) {
	m, all, err := runfolder.LoadTrained(ctx, folder, func(s *data.Selection) {
		if o.data != "" {
			s.Dir = o.data
		}
		if o.images != "" {
			s.Images = o.images
		}
	})
	if err != nil {
		return nil, err
	}
	set := all.Validation
	if set == nil || set.Len() == 0 {
		return nil, errors.New("the run has no validation images")
	}
	if set, err = set.Limit(train.RobustnessImages); err != nil {
		return nil, err
	}
	bar := cli.NewBar(stderr, int64(train.RobustnessSteps()), "evaluations")
	defer bar.Clear()
	return train.MeasureRobustness(ctx, m, set, o.workers, func() { bar.Add(1, "robustness of %s", filepath.Base(folder)) })
}
