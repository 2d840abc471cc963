package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train/mnist"
)

const about = `
Train a network on handwritten digits.

  go run ./cmd/train                              MNIST if it can be found or downloaded,
                                                  else the built-in digits
  go run ./cmd/train -model lenet5 -epochs 5      another network, for longer
  go run ./cmd/train -dataset fashion-mnist       another data set
  go run ./cmd/train -list                        the names that -model, -dataset and
                                                  -optimizer know

The model and an account of the run are left in a new folder under runs.`

// settings are the flags. Their JSON is a run's configuration.
type settings struct {
	Data       string  `json:"data"`
	Dataset    string  `json:"dataset"`
	Model      string  `json:"model"`
	Epochs     int     `json:"epochs"`
	Batch      int     `json:"batch"`
	Rate       float64 `json:"lr"`
	Optimizer  string  `json:"optimizer"`
	Seed       uint64  `json:"seed"`
	Workers    int     `json:"workers"`
	Limit      int     `json:"limit"`
	Validation int     `json:"val"`
	RequireAcc float64 `json:"require_acc"`

	out     string
	list    bool
	offline bool
}

// automatic stands for a number of validation images that follows the set's size.
const automatic = -1

func parse(args []string, stdout io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("train", flag.ContinueOnError)
	fs.StringVar(&s.Data, "data", "", "`folder` with the data set's files; without it INKSTONE_DATA, the cache, then a download")
	fs.StringVar(&s.Dataset, "dataset", "", "`name` of the data set (default mnist, or builtin if there is no MNIST to be had)")
	fs.StringVar(&s.Model, "model", "cnn", "`name` of the network")
	fs.IntVar(&s.Epochs, "epochs", 2, "how often each image is trained on")
	fs.IntVar(&s.Batch, "batch", 64, "images in a training step")
	fs.Float64Var(&s.Rate, "lr", 0, "learning `rate` (default 0.001 for adam, 0.05 for sgd)")
	fs.StringVar(&s.Optimizer, "optimizer", "adam", "`name` of the optimizer")
	fs.Uint64Var(&s.Seed, "seed", 1, "what all random choices follow from")
	fs.IntVar(&s.Workers, "workers", 0, "threads to compute on, 0 for one per processor; the result does not depend on it")
	fs.IntVar(&s.Limit, "limit", 0, "train on only so many images, validation included; 0 for all")
	fs.IntVar(&s.Validation, "val", automatic, "training images set aside for validation, 0 for none (default 5000, or a twelfth of a smaller set)")
	fs.StringVar(&s.out, "out", "", "`folder` for the model and the account of the run, which must not exist (default runs/<time>-<model>)")
	fs.Float64Var(&s.RequireAcc, "require-acc", 0, "end with status 1 if the test accuracy is below so many `percent`")
	fs.BoolVar(&s.list, "list", false, "list the known models, data sets and optimizers")
	fs.BoolVar(&s.offline, "offline", false, "download nothing")
	if err := cli.Parse(fs, about, args, stdout); err != nil {
		return nil, err
	}
	if s.list {
		return &s, nil
	}
	if fs.NArg() > 0 {
		return nil, cli.Usagef("unexpected argument %q: every setting is a flag", fs.Arg(0))
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return &s, nil
}

func (s *settings) check() error {
	if _, err := model.Lookup(s.Model); err != nil {
		return cli.Usagef("-model: %w", err)
	}
	if s.Dataset != "" && !slices.Contains(mnist.Names(), s.Dataset) {
		return cli.Usagef("-dataset: unknown data set %q; the known ones are %s", s.Dataset, strings.Join(mnist.Names(), ", "))
	}
	if !slices.Contains(solver.Names(), s.Optimizer) {
		return cli.Usagef("-optimizer: unknown optimizer %q; the known ones are %s", s.Optimizer, strings.Join(solver.Names(), ", "))
	}
	return cli.Check(
		cli.Rule{Holds: s.Epochs >= 1, Else: fmt.Sprintf("-epochs is %d, want at least 1", s.Epochs)},
		cli.Rule{Holds: s.Batch >= 1, Else: fmt.Sprintf("-batch is %d, want at least 1", s.Batch)},
		cli.Rule{Holds: s.Rate >= 0 && !math.IsInf(s.Rate, 0), Else: fmt.Sprintf("-lr is %v, want a positive number, or 0 for the optimizer's default", s.Rate)},
		cli.Rule{Holds: s.Workers >= 0, Else: fmt.Sprintf("-workers is %d, want at least 0", s.Workers)},
		cli.Rule{Holds: s.Limit >= 0, Else: fmt.Sprintf("-limit is %d, want at least 0", s.Limit)},
		cli.Rule{Holds: s.Validation >= automatic, Else: fmt.Sprintf("-val is %d, want at least 0", s.Validation)},
		cli.Rule{Holds: s.RequireAcc >= 0 && s.RequireAcc <= 100, Else: fmt.Sprintf("-require-acc is %v, want a percentage from 0 to 100", s.RequireAcc)},
		cli.Rule{Holds: s.Dataset != mnist.Builtin || s.Data == "", Else: fmt.Sprintf("-data %s and -dataset builtin exclude each other: the built-in digits are drawn, not read", s.Data)},
	)
}

// validation is the number of images to set aside from a set of n.
func (s *settings) validation(n int) (int, error) {
	v := s.Validation
	if v == automatic {
		v = min(5000, n/12)
	}
	if v >= n {
		return 0, cli.Usagef("-val is %d, but there are only %d training images", v, n)
	}
	if s.Batch > n-v {
		return 0, cli.Usagef("-batch is %d, but there are only %d images to train on", s.Batch, n-v)
	}
	return v, nil
}

func printList(w io.Writer) {
	fmt.Fprintln(w, "Models (-model):")
	for _, p := range model.Presets() {
		fmt.Fprintf(w, "  %-14s  %s\n", p.Name, p.Doc)
	}
	fmt.Fprintln(w, "\nData sets (-dataset):")
	for _, d := range mnist.Catalogue() {
		fmt.Fprintf(w, "  %s\n", d)
	}
	fmt.Fprintln(w, "\nOptimizers (-optimizer):")
	for _, name := range solver.Names() {
		fmt.Fprintf(w, "  %-14s  learning rate %g unless -lr says otherwise\n", name, solver.DefaultRate(name))
	}
}
