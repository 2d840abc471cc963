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
	"cnn":  {"epochs": "4", "augment": "shift=1"},
	"fast": {"epochs": "2", "lr": "0.02", "schedule": "onecycle:warmup=0.2", "label-smoothing": "0.05"},
	"tiny": {"epochs": "15", "lr": "0.01", "augment": "light"},
}

// follow sets the flags that nobody has set to what the model's recipe says.
func follow(fs *flag.FlagSet, model string) error {
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range recipes[model] {
		if given[name] {
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
