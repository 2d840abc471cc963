package traincmd

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/sets"
)

// startModel makes the model that -finetune starts from, for the classes of the data. The
// recipe of a fine-tuning depends on what the file gives, so the settings are resolved
// once more.
func startModel(c *command, all *sets.Sets) (*model.Model, *model.Transfer, error) {
	start := c.options.start
	start.Preset, start.Classes, start.Seed = c.options.preset, all.Training.Classes(), c.config.Seed
	start.Height, start.Width = all.Training.Height(), all.Training.Width()
	m, transfer, err := start.Load()
	if err != nil {
		return nil, nil, fmt.Errorf("-finetune: %w", err)
	}
	if err := c.resolve(c.recipe(transfer)); err != nil {
		return nil, nil, err
	}
	c.options.preset = m.Preset
	return m, transfer, nil
}

// freeze freezes what -freeze names, or by default the convolutional part of a model that
// is fine-tuned, except layers that are new.
func freeze(o *options, m *model.Model) error {
	if o.freeze == "" && o.start.Path == "" {
		return nil
	}
	var patterns []string
	for _, p := range strings.Split(o.freeze, ",") {
		if p = strings.TrimSpace(p); p != "" {
			patterns = append(patterns, p)
		}
	}
	if err := m.Freeze(patterns...); err != nil {
		return fmt.Errorf("-freeze: %w", err)
	}
	if all, err := m.Convolutional(); patterns == nil && err == nil && len(m.Params.Frozen()) < len(all) {
		// Some layers are new. The run folder does not say so, and thus its settings name
		// what is frozen.
		o.freeze = cmp.Or(strings.Join(m.Params.Frozen(), ","), "none")
	}
	if f := m.Freezing(); f.Trainable == 0 {
		return cli.Usagef("-freeze %s freezes all of the %d parameters of %s: nothing is left to train", o.freeze, f.Frozen, m.Preset)
	}
	return nil
}

// printStart prints what the model started from, and which parameters train.
func (r *runner) printStart(out io.Writer) {
	if r.transfer != nil {
		fmt.Fprintf(out, "from   %s\n", r.options.start.Path)
		for line := range strings.Lines(r.transfer.String()) {
			fmt.Fprintf(out, "       %s", line)
		}
		r.printNew(out)
	}
	if f := r.model.Freezing(); f.Frozen > 0 {
		fmt.Fprint(out, f)
	}
}

// printNew prints which parameters with initial values train although they belong to the
// convolutional part, and which are frozen.
func (r *runner) printNew(out io.Writer) {
	convolutional, err := r.model.Convolutional()
	if err != nil {
		return // there is none
	}
	var train, frozen []string
	for _, name := range r.transfer.New {
		switch {
		case r.model.Params.Get(name).Frozen():
			frozen = append(frozen, name)
		case slices.Contains(convolutional, name):
			train = append(train, name)
		}
	}
	if train != nil {
		fmt.Fprintf(out, "       these new parameters of the convolutional part train: %s\n", strings.Join(train, ", "))
	}
	if frozen != nil {
		fmt.Fprintf(out, "NOTE: -freeze keeps new parameters at their random values: %s\n", strings.Join(frozen, ", "))
	}
}

// stage prints which parameters begin to train, and whether features are kept.
func (r *runner) stage(s train.Stage) error {
	r.progress.clear()
	if text := s.String(); text != "" {
		fmt.Fprintln(r.out, text)
	}
	return nil
}
