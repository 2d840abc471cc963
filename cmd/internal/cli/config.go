package cli

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// ReadConfig sets the flags of fs from a TOML file whose keys are flag names. Flags
// that the command line gave keep their values. Keys that are no flags, and those in
// except, are refused. It returns the names of the flags that it set.
func ReadConfig(fs *flag.FlagSet, path string, except ...string) ([]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration %w", err)
	}
	values := map[string]any{}
	if _, err := toml.Decode(string(content), &values); err != nil {
		return nil, fmt.Errorf("configuration %s: %w", path, err)
	}
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var set []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if fs.Lookup(key) == nil || slices.Contains(except, key) {
			return nil, fmt.Errorf("configuration %s: unknown key %q; the known ones are %s", path, key, strings.Join(names(fs, except), ", "))
		}
		if given[key] {
			continue
		}
		text, err := scalar(values[key])
		if err == nil {
			err = fs.Set(key, text)
		}
		if err != nil {
			return nil, fmt.Errorf("configuration %s: %s = %v: %w", path, key, values[key], err)
		}
		set = append(set, key)
	}
	return set, nil
}

// scalar is a TOML value as a flag takes it.
func scalar(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	}
	return "", fmt.Errorf("want a text, a number or a truth value, not a %T", v)
}

// FormatConfig writes the values of all flags of fs but those in except as TOML that
// ReadConfig reads.
func FormatConfig(fs *flag.FlagSet, except ...string) ([]byte, error) {
	values := map[string]any{}
	for _, name := range names(fs, except) {
		v := fs.Lookup(name).Value
		values[name] = v.String()
		if g, ok := v.(flag.Getter); ok {
			switch x := g.Get().(type) {
			case int, bool, float64:
				values[name] = x
			case uint64:
				if x <= math.MaxInt64 { // TOML's largest number; beyond it a text
					values[name] = x
				}
			}
		}
	}
	return toml.Marshal(values)
}

// names lists the flags but those in except, sorted.
func names(fs *flag.FlagSet, except []string) []string {
	var list []string
	fs.VisitAll(func(f *flag.Flag) {
		if !slices.Contains(except, f.Name) {
			list = append(list, f.Name)
		}
	})
	slices.SortFunc(list, cmp.Compare)
	return list
}
