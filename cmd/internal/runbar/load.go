package runbar

import (
	"context"
	"fmt"
	"io"

	"inkstone/cmd/internal/cli"
	"inkstone/internal/oneline"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/sets"
)

// Load loads the sets of a run, with a bar for downloads. Its messages go to stderr and to log.
// Of several ranks, rank 0 loads first, so that files are downloaded once.
func Load(ctx context.Context, s data.Selection, cfg train.Config, stderr io.Writer, log func(line []byte)) (all *sets.Sets, err error) {
	bars := cli.NewFileBars(stderr)
	defer bars.Clear()
	err = train.Rank0First(cfg.Ranks, func() error {
		all, err = sets.Load(ctx, s, cfg.Seed, sets.Options{
			Logf: func(format string, args ...any) {
				bars.Clear()
				line := []byte(oneline.Escape(fmt.Sprintf(format, args...)) + "\n")
				stderr.Write(line)
				log(line)
			},
			Progress: bars.Set,
		})
		return err
	})
	return all, err
}
