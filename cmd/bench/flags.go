package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"inkstone/cmd/internal/cli"
	"inkstone/graph/kernelbench"
	"inkstone/model"
)

const about = `
Measure this machine, the kernels, and the networks beside the same networks on
gorgonia's own operations.

  go run ./cmd/bench                               everything, in under a minute
  go run ./cmd/bench -model cnn -threads 1         one network on one core
  go run ./cmd/bench -path avx2 -stock=false       the kernels of another processor
  go run ./cmd/bench -json > bench.json            for a program to read

Compare figures of one run only: the clock of a processor drifts from run to run.`

// maxBatch is the number of built-in digits that are drawn.
const maxBatch = 4096

// representative is the network whose figures stand for all where one must.
const representative = "cnn"

type settings struct {
	model   string // "" for all
	data    string
	path    string
	batch   int
	threads int
	seconds float64
	kernels bool
	stock   bool
	json    bool
	list    bool
}

func parse(args []string, stdout io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.StringVar(&s.model, "model", "", "`name` of the network (default all, with the figures of cnn where there is room for one)")
	fs.StringVar(&s.data, "data", "", "`folder` with MNIST to train on (default the built-in digits)")
	fs.StringVar(&s.path, "path", "", "`name` of the kernel path to force (default the fastest, or "+kernelbench.EnvPath+")")
	fs.IntVar(&s.batch, "batch", 64, "images in a training step, and in a run of a kernel")
	fs.IntVar(&s.threads, "threads", runtime.NumCPU(), "threads to compute on, also for gorgonia's operations")
	fs.Float64Var(&s.seconds, "seconds", 1, "how long to measure each training figure; others take a fraction")
	fs.BoolVar(&s.kernels, "kernels", true, "measure the kernels one by one")
	fs.BoolVar(&s.stock, "stock", true, "measure the networks on gorgonia's own operations too")
	fs.BoolVar(&s.json, "json", false, "print one JSON object instead of tables")
	fs.BoolVar(&s.list, "list", false, "list the networks and the kernel paths of this machine")
	if err := cli.Parse(fs, about, args, stdout); err != nil {
		return nil, err
	}
	if fs.NArg() > 0 {
		return nil, cli.Usagef("unexpected argument %q: every setting is a flag", fs.Arg(0))
	}
	return &s, s.check()
}

func (s *settings) check() error {
	if s.model != "" {
		if _, err := model.Lookup(s.model); err != nil {
			return cli.Usagef("-model: %w", err)
		}
	}
	return cli.Check(
		cli.Rule{Holds: s.batch >= 1 && s.batch <= maxBatch, Else: fmt.Sprintf("-batch is %d, want 1 to %d", s.batch, maxBatch)},
		cli.Rule{Holds: s.threads >= 1 && s.threads <= 1024, Else: fmt.Sprintf("-threads is %d, want 1 to 1024", s.threads)},
		cli.Rule{Holds: s.seconds > 0 && s.seconds <= 3600, Else: fmt.Sprintf("-seconds is %v, want a number above 0, at most 3600", s.seconds)},
	)
}

// models are the names of the networks to measure.
func (s *settings) models() []string {
	if s.model != "" {
		return []string{s.model}
	}
	var names []string
	for _, p := range model.Presets() {
		names = append(names, p.Name)
	}
	return names
}

// top is the network whose figures stand for all.
func (s *settings) top() string {
	names := s.models()
	if slices.Contains(names, representative) {
		return representative
	}
	return names[0]
}

// time is that share of the time to measure a training figure.
func (s *settings) time(share float64) time.Duration {
	return time.Duration(math.Ceil(share * s.seconds * float64(time.Second)))
}

func printList(w io.Writer) {
	fmt.Fprintln(w, "Networks (-model):")
	for _, p := range model.Presets() {
		fmt.Fprintf(w, "  %-10s  %s\n", p.Name, p.Doc)
	}
	fmt.Fprintf(w, "\nKernel paths of this machine (-path), the fastest first: %s\n", strings.Join(kernelbench.Paths(), ", "))
}
