package traincmd

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/internal/oneline"
	"inkstone/train/data/sets"
)

// load loads the sets of the run, with a bar for downloads.
func load(ctx context.Context, c *command, stderr io.Writer) (*sets.Sets, error) {
	var bar *cli.Bar
	clearBar := func() {
		if bar != nil {
			bar.Clear()
		}
	}
	defer clearBar()
	var file string
	all, err := sets.Load(ctx, c.data, c.config.Seed, sets.Options{
		Logf: func(format string, args ...any) {
			clearBar()
			fmt.Fprintln(stderr, oneline.Escape(fmt.Sprintf(format, args...)))
		},
		Progress: func(done, total int64, name string) {
			if name != file {
				clearBar()
				bar, file = cli.NewBar(stderr, total, "B"), name
			}
			bar.Set(done, "%s", filepath.Base(name))
		},
	})
	if err != nil || c.options.overfit == 0 {
		return all, err
	}
	n := min(c.options.overfit*c.config.Batch, all.Training.Len())
	if all.Training, err = all.Training.Limit(n); err != nil {
		return nil, err
	}
	all.Validation = all.Training
	all.Note = strings.TrimPrefix(all.Note+"; ", "; ") + fmt.Sprintf("trained and validated on the same %d images, without -augment, -finish, -label-smoothing and -mixup: the accuracy says nothing about others", n)
	return all, nil
}
