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
Measure the speed of this machine, of the networks, and of each kernel. For
comparison, train the same networks on gorgonia's own operations, called "stock".

  go run ./cmd/bench                               everything, in under a minute
  go run ./cmd/bench -model cnn -threads 1         one network on one thread
  go run ./cmd/bench -path avx2 -stock=false       the AVX2 kernels, without stock
  go run ./cmd/bench -json > bench.json            JSON for other programs
  go run ./cmd/bench -compare bench.json           what has changed since that run
  go run ./cmd/bench -peers                        in turn with PyTorch and ONNX Runtime

-peers measures the networks only, with one thread and with -threads threads.
PyTorch is a module of Python; ONNX Runtime is the package onnxruntime-node of
Node.js (npm install onnxruntime-node). What is missing is left out.

Compare numbers of the same run only: the clock of a processor changes between runs.`

// maxBatch is the maximum batch, and the number of built-in digits to train on.
const maxBatch = 4096

// mainModel is the network whose results -json prints at the top level too, if it is measured.
const mainModel = "cnn"

// defaultModules is the folder in or above which Node.js looks for packages.
const defaultModules = "."

type settings struct {
	model   string // a preset, or "" for all
	data    string
	path    string
	batch   int
	threads int
	seconds float64
	kernels bool
	stock   bool
	json    bool
	list    bool

	peers   bool
	python  string
	modules string
	compare string // file of the run to compare with, or ""
}

func parse(args []string, stdout io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.StringVar(&s.model, "model", "", "measure only the network of this `name` (default all; -list lists them)")
	fs.StringVar(&s.data, "data", "", "train on the MNIST files in this `folder` (default the built-in digits)")
	fs.StringVar(&s.path, "path", "", "use this kernel `path`: avx512, avx2, neon or portable (default "+kernelbench.EnvPath+" if set, else the fastest)")
	fs.IntVar(&s.batch, "batch", 64, fmt.Sprintf("images in a training step and in a run of a kernel, 1 to %d", maxBatch))
	fs.IntVar(&s.threads, "threads", runtime.NumCPU(), "number of threads, also for stock operations")
	fs.Float64Var(&s.seconds, "seconds", 1, "seconds to measure the training of each network; other measurements take a fraction of that")
	fs.BoolVar(&s.kernels, "kernels", true, "measure each kernel")
	fs.BoolVar(&s.stock, "stock", true, "measure training on stock operations too")
	fs.BoolVar(&s.json, "json", false, "print one JSON object instead of tables")
	fs.BoolVar(&s.peers, "peers", false, "measure the networks in turn with PyTorch and ONNX Runtime, instead of stock operations and kernels")
	fs.StringVar(&s.python, "python", "", "with -peers: the `program` Python that has PyTorch (default python3, or else /usr/bin/python3)")
	fs.StringVar(&s.modules, "node-modules", defaultModules, "with -peers: a `folder` in or above which node_modules has the package onnxruntime-node")
	fs.StringVar(&s.compare, "compare", "", "show what has changed since the run whose -json output is in this `file`")
	fs.BoolVar(&s.list, "list", false, "list the networks and the kernel paths of this machine, and exit")
	if err := cli.Parse(fs, about, args, stdout); err != nil {
		return nil, err
	}
	if fs.NArg() > 0 {
		return nil, cli.Usagef("unexpected argument %q: every setting is a flag", fs.Arg(0))
	}
	if s.peers {
		s.stock, s.kernels = false, false
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
		cli.Rule{Holds: s.peers || s.python == "", Else: "-python is set, but -peers is not"},
		cli.Rule{Holds: s.peers || s.modules == defaultModules, Else: "-node-modules is set, but -peers is not"},
		cli.Rule{Holds: s.batch >= 1 && s.batch <= maxBatch, Else: fmt.Sprintf("-batch is %d, want 1 to %d", s.batch, maxBatch)},
		cli.Rule{Holds: s.threads >= 1 && s.threads <= 1024, Else: fmt.Sprintf("-threads is %d, want 1 to 1024", s.threads)},
		cli.Rule{Holds: s.seconds > 0 && s.seconds <= 3600, Else: fmt.Sprintf("-seconds is %v, want a number above 0, at most 3600", s.seconds)},
	)
}

// models returns the names of the networks to measure.
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

// mainModel returns the network whose results -json prints at the top level too.
func (s *settings) mainModel() string {
	names := s.models()
	if slices.Contains(names, mainModel) {
		return mainModel
	}
	return names[0]
}

// measureTime returns the given share of -seconds.
func (s *settings) measureTime(share float64) time.Duration {
	return time.Duration(math.Ceil(share * s.seconds * float64(time.Second)))
}

func printList(w io.Writer) {
	fmt.Fprintln(w, "Networks (-model):")
	for _, p := range model.Presets() {
		fmt.Fprintf(w, "  %-10s  %s\n", p.Name, p.Doc)
	}
	fmt.Fprintf(w, "\nKernel paths of this machine (-path), the fastest first: %s\n", strings.Join(kernelbench.Paths(), ", "))
}
