package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"

	"inkstone/cmd/internal/cli"
	"inkstone/graph/kernelbench"
	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/digits"
	"inkstone/train/data/mnist"
)

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stdout)
	if err != nil {
		return err
	}
	if s.list {
		printList(stdout)
		return nil
	}
	old, err := readSaved(s.compare)
	if err != nil {
		return err
	}
	restore, err := configure(s)
	if err != nil {
		return err
	}
	defer restore()
	set, err := load(ctx, s)
	if err != nil {
		return err
	}
	r, err := measure(ctx, s, set, stderr)
	if err != nil {
		return err
	}
	if old != nil {
		r.Compared = compare(old, r, s.compare)
	}
	if s.json {
		e := json.NewEncoder(stdout)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	return r.print(stdout)
}

// configure sets the kernel path and the number of threads of the process, and
// returns a function that restores them.
func configure(s *settings) (restore func(), err error) {
	before := kernelbench.Path()
	if s.path != "" {
		if err := kernelbench.SetPath(s.path); err != nil {
			return nil, cli.Usagef("-path: %w", err)
		}
	} else if err := kernelbench.Err(); err != nil {
		return nil, err
	}
	threads := runtime.GOMAXPROCS(s.threads)
	return func() {
		runtime.GOMAXPROCS(threads)
		if s.path != "" {
			_ = kernelbench.SetPath(before) // cannot fail: it was in use
		}
	}, nil
}

// load returns the images to train on.
func load(ctx context.Context, s *settings) (*data.Set, error) {
	if s.data != "" {
		training, _, err := mnist.Load(ctx, mnist.Options{Name: mnist.Default, Dir: s.data, Offline: true})
		if err == nil && training.Len() < s.batch {
			err = cli.Usagef("-batch is %d, want at most %d, the number of images", s.batch, training.Len())
		}
		return training, err
	}
	pixels, labels := digits.Generate(1, maxBatch)
	return data.New(mnist.Builtin, "package digits", digits.Size, digits.Size, model.Digits(), pixels, labels)
}

// measure makes the report. It shows on progress what it measures.
func measure(ctx context.Context, s *settings, set *data.Set, progress io.Writer) (*report, error) {
	r := &report{
		System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), Processors: runtime.NumCPU(), Threads: s.threads,
		Path: kernelbench.Path(), Batch: s.batch, Data: set.Name(), Seconds: s.seconds,
		Networks: []network{}, Kernels: []kernelResult{},
	}
	bar := cli.NewBar(progress, int64(1+len(s.models())), "")
	defer bar.Clear()
	bar.Add(0, "machine")
	r.measureMachine(s)
	networks := r.measureNetworks
	if s.peers {
		networks = r.measurePeers
	}
	if err := networks(ctx, s, set, bar); err != nil {
		return nil, err
	}
	bar.Add(0, "machine")
	r.measureMachine(s)
	r.setShares()
	return r, nil
}

// measureNetworks measures the networks and the kernels.
func (r *report) measureNetworks(ctx context.Context, s *settings, set *data.Set, bar *cli.Bar) (err error) {
	for _, name := range s.models() {
		bar.Add(1, "%s", name)
		n, err := measureNetwork(ctx, s, name, set)
		if err != nil {
			return networkError(name, err)
		}
		r.addNetwork(s, *n)
	}
	if s.kernels {
		bar.Add(1, "kernels")
		r.Kernels, err = measureKernels(ctx, s)
	}
	return err
}

func networkError(name string, err error) error { return fmt.Errorf("network %q: %w", name, err) }
