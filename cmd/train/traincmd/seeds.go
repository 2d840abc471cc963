package traincmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"strconv"

	"inkstone/train/metrics"
	"inkstone/train/runfolder"
)

// repeat makes a run with each of several seeds, in a folder of its own, and prints mean
// and spread of their test accuracies. With -resume it goes on with the first run that is
// not finished.
func repeat(ctx context.Context, c *command, stdout, stderr io.Writer) error {
	first, runs, require, out := c.config.Seed, c.options.seeds, c.options.requireAccuracy, cmp.Or(c.options.resume, c.options.out)
	toml, err := c.format("")
	switch {
	case err != nil:
	case c.options.resume != "":
		err = runfolder.UpdateSeeds(out, toml, runs)
	case out != "":
		err = runfolder.CreateSeeds(out, toml, runs)
	default:
		out, err = runfolder.CreateSeedsNext(defaultOut("seeds"), toml, runs)
	}
	if err != nil {
		return err
	}
	var accuracies []float64
	for i := range uint64(runs) {
		seed := first + i
		path := runfolder.SeedPath(out, seed)
		fmt.Fprintf(stdout, "run %d of %d, seed %d\n", i+1, runs, seed)
		if a := runfolder.FinishedAccuracy(path, c.config.Epochs); a != nil {
			fmt.Fprintf(stdout, "       finished before, test accuracy %.2f %%\n", 100**a)
			accuracies = append(accuracies, *a)
			continue
		}
		one, err := c.withSeed(seed, path)
		if err != nil {
			return err
		}
		one.resumeWith = out
		m, err := once(ctx, one, path, stdout, stderr)
		if err != nil {
			return err
		}
		accuracies = append(accuracies, m.Accuracy)
	}
	sum, err := metrics.Summarize(accuracies)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(stdout, "all    test accuracy over the seeds %d to %d: %s\n", first, first+uint64(runs)-1, sum); err != nil {
		return err
	}
	if 100*sum.Mean < require {
		return fmt.Errorf("the mean test accuracy is %.2f %%, -require-acc asks for %g %%", 100*sum.Mean, require)
	}
	return nil
}

// withSeed returns the command for the run with a seed. If there is a folder of that run, the
// command resumes it, with what may change as it is now.
func (c *command) withSeed(seed uint64, path string) (*command, error) {
	one := &command{file: c.file, given: maps.Clone(c.given)}
	if delete(one.given, "resume"); runfolder.IsRun(path) {
		one.given = c.tables().Resumable()
		one.given["resume"], one.options.resume = path, path
		if err := one.readFile(); err != nil {
			return nil, err
		}
	} else {
		one.given["seed"] = strconv.FormatUint(seed, 10)
	}
	one.given["require-acc"] = "0" // of the mean alone
	return one, one.resolve(one.recipe(nil))
}
