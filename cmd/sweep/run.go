package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/cmd/train/traincmd"
	"inkstone/internal/smallfile"
	"inkstone/train/settings"
	"inkstone/train/sweep"
)

const usage = `
Try many settings of a training, and find the ones with the best validation score.

  go run ./cmd/sweep -config sweep.toml                run it in runs/sweep; again: go on
  go run ./cmd/sweep -config sweep.toml -folds 5       score each trial by cross-validation
  go run ./cmd/sweep -config sweep.toml -list          print the plain commands
  go run ./cmd/sweep -config sweep.toml -part 2/8      one of eight jobs in one folder

docs/usage.md has an example of the file, docs/scaling.md has job arrays.`

// options are the command-line settings.
type options struct {
	config, out, part string
	folds, jobs       int
	list              bool
}

func parse(args []string, stdout io.Writer) (*options, error) {
	var o options
	fs := flag.NewFlagSet("sweep", flag.ContinueOnError)
	fs.StringVar(&o.config, "config", "", "TOML `file` with the settings to try")
	fs.StringVar(&o.out, "out", "", "`folder` of the sweep; by default runs and the name of the -config file without .toml")
	fs.IntVar(&o.folds, "folds", 0, "score each trial by a cross-validation with this number of folds; 0 for what the file says")
	fs.IntVar(&o.jobs, "jobs", 0, "number of runs side by side; 0 for one per processor")
	fs.StringVar(&o.part, "part", "", "run only this `share`, as in 2/8 for the second of eight; by default that of the job of a Slurm array or of a Kubernetes Indexed Job, or everything")
	fs.BoolVar(&o.list, "list", false, "print the commands of the runs and do nothing else")
	if err := cli.Parse(fs, usage, args, stdout); err != nil {
		return nil, err
	}
	return &o, cli.Check(
		cli.Rule{Holds: fs.NArg() == 0, Else: fmt.Sprintf("unexpected argument %q", fs.Arg(0))},
		cli.Rule{Holds: o.config != "", Else: "name the file with the settings to try: -config sweep.toml"},
		cli.Rule{Holds: o.folds == 0 || o.folds >= 2, Else: fmt.Sprintf("-folds is %d, want at least 2, or 0", o.folds)},
		cli.Rule{Holds: o.jobs >= 0, Else: fmt.Sprintf("-jobs is %d, want at least 0", o.jobs)},
	)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stdout)
	if err != nil {
		return err
	}
	spec, err := readSpec(o)
	if err != nil {
		return err
	}
	share, err := o.share()
	if err != nil {
		return cli.Usagef("%w", err)
	}
	folder := cmp.Or(o.out, filepath.Join("runs", strings.TrimSuffix(filepath.Base(o.config), ".toml")))
	command := sweep.Command{
		Name:  "go run ./cmd/train",
		Parse: func(args []string) (settings.Lists, error) { return traincmd.Parse(args) },
		Run: func(ctx context.Context, args []string) error {
			return traincmd.Run(ctx, args, io.Discard, io.Discard) // the run folder has its log
		},
	}
	if o.list {
		lines, err := sweep.Commands(spec, command, folder, share)
		if err != nil {
			return fmt.Errorf("%s: %w", o.config, err)
		}
		_, err = fmt.Fprintln(stdout, strings.Join(lines, "\n"))
		return err
	}
	s, err := sweep.Open(ctx, folder, spec, command, share)
	if err != nil {
		return fmt.Errorf("%s: %w", o.config, err)
	}
	defer s.Close()
	for _, w := range s.Warnings {
		fmt.Fprintf(stderr, "NOTE: %s\n", w)
	}
	fmt.Fprintf(stdout, "sweep  %s\nfolder %s\n", s, folder)
	result, err := s.Run(ctx, sweep.Options{Jobs: o.jobs, Done: func(name string, score *sweep.Score) {
		fmt.Fprintf(stdout, "done   %s: %s\n", name, score)
	}})
	switch {
	case err != nil && (ctx.Err() != nil || errors.Is(err, cli.ErrInterrupted)):
		return fmt.Errorf("%w; the same command goes on", cli.ErrInterrupted)
	case err != nil:
		return fmt.Errorf("%w (the same command goes on with the other runs)", err)
	}
	fmt.Fprintf(stdout, "\n%s", result)
	if err := result.Write(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "\nresult in %s, curves in %s\n", filepath.Join(folder, sweep.ResultFile), filepath.Join(folder, sweep.PageFile))
	return err
}

// readSpec reads the configuration file.
func readSpec(o *options) (*sweep.Spec, error) {
	content, err := smallfile.Read(o.config, settings.MaxBytes)
	if err != nil {
		return nil, err
	}
	spec, err := sweep.ParseSpec(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.config, err)
	}
	if o.folds > 0 {
		spec.Folds = o.folds
	}
	return spec, nil
}

// share returns the share that -part names, or that of the job.
func (o *options) share() (sweep.Share, error) {
	if o.part == "" {
		return sweep.ShareOfJob(os.Getenv)
	}
	s, err := sweep.ParseShare(o.part)
	if err != nil {
		return s, fmt.Errorf("-part is %w", err)
	}
	return s, nil
}
