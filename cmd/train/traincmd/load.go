package traincmd

import (
	"context"
	"fmt"
	"io"

	"inkstone/cmd/internal/cli"
	"inkstone/internal/oneline"
	"inkstone/train/data/sets"
	"inkstone/train/runfolder"
)

// load loads the sets of the run, with a bar for downloads. Its messages go to stderr and to
// the log.
func load(ctx context.Context, c *command, stderr io.Writer, out *runfolder.Output) (*sets.Sets, error) {
	bars := cli.NewFileBars(stderr)
	defer bars.Clear()
	all, err := sets.Load(ctx, c.data, c.config.Seed, sets.Options{
		Logf: func(format string, args ...any) {
			bars.Clear()
			line := []byte(oneline.Escape(fmt.Sprintf(format, args...)) + "\n")
			stderr.Write(line)
			out.Log(line)
		},
		Progress: bars.Set,
	})
	switch {
	case err != nil && c.options.resume != "":
		return nil, fmt.Errorf("%w (if the images have moved, add -data FOLDER or -images FOLDER to -resume)", err)
	case err != nil:
		return nil, err
	case c.options.overfit > 0:
		err = all.Overfit(c.options.overfit * c.config.Batch)
	}
	return all, err
}
