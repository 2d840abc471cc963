package traincmd

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/mnist"
	"inkstone/train/schedule"
	"inkstone/train/settings"
)

const about = `Train a network on handwritten digits.

  go run ./cmd/train                              MNIST if it can be found or downloaded,
                                                  else the built-in digits
  go run ./cmd/train -model lenet5 -epochs 5      another network, more epochs
  go run ./cmd/train -dataset fashion-mnist       another data set
  go run ./cmd/train -resume runs/NAME            resume a run that was stopped
  go run ./cmd/train -finetune FILE -classes 5-9  fine-tune a trained model
  go run ./cmd/train -list                        the names of models, data sets, optimizers
  go run ./cmd/train -model best -help            the defaults for that model

The model and a report of the run are left in a new folder under runs.`

// printHelp prints every flag by topic, with the defaults for the chosen model.
func printHelp(w io.Writer, c *command) {
	fmt.Fprintln(w, about)
	what := "-model " + c.options.preset
	if c.options.start.Path != "" {
		what = "-finetune"
	}
	fmt.Fprintf(w, "\nThe flags, with their defaults for %s:\n", what)
	c.tables().WriteHelp(w, topics)
}

// printList prints the names that settings know.
func printList(w io.Writer) {
	fmt.Fprintln(w, "Models (-model), and the flags that their defaults stand for:")
	for _, p := range model.Presets() {
		fmt.Fprintf(w, "  %-14s  %s\n", p.Name, p.Doc)
		for _, line := range settings.Wrap(cmp.Or(recipeFlags(p.Name), "(those of -help)"), 88) {
			fmt.Fprintf(w, "  %-14s    %s\n", "", line)
		}
	}
	fmt.Fprintln(w, "\nData sets (-dataset):")
	for _, d := range mnist.Catalog() {
		fmt.Fprintf(w, "  %s\n", d)
	}
	fmt.Fprintln(w, "\nOptimizers (-optimizer), with their default settings:")
	for _, name := range solver.Names() {
		if o, err := solver.Defaults(name); err == nil {
			fmt.Fprintf(w, "  %s\n", o)
		}
	}
	fmt.Fprintln(w, "\nSchedules (-schedule), with their settings; fractions are of the run's steps or of -lr:")
	for line := range strings.Lines(schedule.Describe()) {
		fmt.Fprint(w, "  ", line)
	}
}

// recipeFlags returns the flags that a preset's recipe stands for, "" for none.
func recipeFlags(preset string) string {
	var plain, c command
	plain.config, plain.data = train.Recipe("")
	c.config, c.data = train.Recipe(preset)
	return c.tables().Differences(plain.tables())
}
