package traincmd

import (
	"context"
	"io"

	"inkstone/cmd/internal/cli"
	"inkstone/train"
	"inkstone/train/mpi"
)

// Main runs the command with the arguments of the process and ends the process. The processes
// of an MPI job make one run together.
func Main() {
	cli.Main("train", func(ctx context.Context, args []string, stdout, stderr io.Writer) error {
		return mpi.Run(func(ranks train.Communicator) error { return runRank(ctx, args, ranks, stdout, stderr) })
	})
}

// runRank runs the command on one of the ranks of a job, or alone if ranks is nil. Rank 0 has
// the run folder; the others print and write nothing.
func runRank(ctx context.Context, args []string, ranks train.Communicator, stdout, stderr io.Writer) error {
	if ranks == nil {
		return Run(ctx, args, stdout, stderr)
	}
	if ranks.Rank() > 0 {
		stdout, stderr = io.Discard, io.Discard
	}
	c, err := parse(args, stdout)
	if err != nil {
		return err
	}
	c.config.Ranks = ranks
	switch o := &c.options; {
	case o.seeds > 1 || o.findRate || o.baseline:
		return cli.Usagef("-seeds, -find-lr and -baseline are for one process, and this is one of %d", ranks.Size())
	case ranks.Rank() == 0:
		return run(ctx, c, stdout, stderr)
	case o.list:
		return nil
	}
	return follow(ctx, c)
}

// follow trains on a rank above 0.
func follow(ctx context.Context, c *command) error {
	all, err := load(ctx, c, io.Discard, func([]byte) {})
	if err != nil {
		return err
	}
	m, _, err := newModel(c, all)
	switch {
	case err != nil:
	case c.options.dryRun:
		_, err = train.DryRun(ctx, m, all.Training, all.Validation, all.Test, c.config)
	default:
		c.config.Test = all.Test
		_, err = train.Fit(ctx, m, all.Training, all.Validation, c.config)
	}
	return err
}
