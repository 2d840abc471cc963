package main

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// recipes give settings, by flag, to networks that want others than the defaults. What
// the command line or a configuration says goes before them.
var recipes = map[string]map[string]string{
	"best": {
		"epochs": "56", "optimizer": "adamw", "lr": "0.003", "weight-decay": "0.05", "schedule": "onecycle:warmup=0.25",
		"augment": "shift=2,rotate=15,scale=0.15,shear=0.2,elastic=8:4,thickness=0.4", "finish": "0.2:shift=1,rotate=8,scale=0.08,shear=0.08",
		"label-smoothing": "0.05", "average": "0.999", "val": "0",
	},
	"cnn":  {"epochs": "4", "augment": "shift=1,rotate=8,scale=0.08,shear=0.08"},
	"fast": {"epochs": "2", "lr": "0.02", "schedule": "onecycle:warmup=0.2", "label-smoothing": "0.05"},
	"tiny": {"epochs": "20", "lr": "0.01", "schedule": "onecycle:warmup=0.25", "augment": "shift=1,rotate=8,scale=0.08,shear=0.08", "average": "0.999"},
	tuned:  {"epochs": "5"},
}

// tuned is the recipe of fine-tuning, whatever the network.
const tuned = "finetune"

// follow sets the flags that nobody has set to what the model's recipe says. A recipe's
// finish goes with its distortions: who sets -augment gets these to the end.
func follow(fs *flag.FlagSet, model string) error {
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range recipes[model] {
		if given[name] || name == "finish" && given["augment"] {
			continue
		}
		if err := fs.Set(name, value); err != nil {
			return fmt.Errorf("recipe of %s: -%s %s: %w", model, name, value, err)
		}
	}
	return nil
}

// recipe shows a model's recipe as flags, "" if it has none.
func recipe(model string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(recipes[model])) {
		parts = append(parts, "-"+name+" "+recipes[model][name])
	}
	return strings.Join(parts, " ")
}
