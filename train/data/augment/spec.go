package augment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// presets are options with a name, from the weakest to the strongest.
var presets = []struct {
	name    string
	options Options
}{
	{"none", Options{}},
	// Leaves a digit as easy to read as before.
	{"light", Options{Shift: 2, Rotation: 10, Scale: 0.1, Shear: 0.1}},
	// For long runs: stronger than light, with an elastic distortion weaker than Simard's.
	{"strong", Options{
		Shift: 2, Rotation: 12, Scale: 0.15, Shear: 0.2,
		Elastic: Elastic{Alpha: 28, Sigma: 4}, Thickness: 0.5,
	}},
}

// presetNames returns the names of the presets.
func presetNames() []string {
	var names []string
	for _, p := range presets {
		names = append(names, p.name)
	}
	return names
}

// Parse reads options from text. The text is a list of key=value settings, separated by
// commas:
//
//	shift=2,rotate=10,scale=0.1,shear=0.1,elastic=30:4,thickness=0.5,noise=0.02,cutout=8
//
// The value of elastic is alpha:sigma. The list may begin with the name of a preset, none,
// light or strong, and the settings after it replace those of the preset: "strong,cutout=8".
// Empty text is the preset none.
//
// Parse returns an error for an unknown name, a setting that is given twice, and a value
// that is out of range.
func Parse(text string) (Options, error) {
	var o Options
	if strings.TrimSpace(text) == "" {
		return o, nil
	}
	var seen []string
	for i, item := range strings.Split(text, ",") {
		item = strings.TrimSpace(item)
		key, value, ok := strings.Cut(item, "=")
		key = strings.TrimSpace(key)
		switch {
		case !ok && i == 0:
			p, err := preset(item)
			if err != nil {
				return Options{}, err
			}
			o = p
			continue
		case !ok:
			return Options{}, fmt.Errorf("augmentation: %q, want key=value (a preset comes first)", item)
		case slices.Contains(seen, key):
			return Options{}, fmt.Errorf("augmentation: %s is set twice in %q", key, text)
		}
		seen = append(seen, key)
		if err := o.set(key, value); err != nil {
			return Options{}, err
		}
	}
	if err := o.check(); err != nil {
		return Options{}, err
	}
	return o, nil
}

// preset returns the options of a preset.
func preset(name string) (Options, error) {
	for _, p := range presets {
		if p.name == name {
			return p.options, nil
		}
	}
	return Options{}, fmt.Errorf("augmentation: unknown preset %q, want one of %s, or settings key=value with %s",
		name, strings.Join(presetNames(), ", "), strings.Join(keys(), ", "))
}

// set parses the value of a setting and stores it.
func (o *Options) set(key, value string) error {
	var fields []*strength
	var form []string
	for i := range strengths {
		if s := &strengths[i]; s.key == key {
			fields = append(fields, s)
			form = append(form, s.name)
		}
	}
	if fields == nil {
		return fmt.Errorf("augmentation: unknown setting %q, want one of %s", key, strings.Join(keys(), ", "))
	}
	words := strings.Split(value, ":")
	if len(words) != len(fields) {
		return fmt.Errorf("augmentation: %s of %q, want one number for each of %s", key, value, strings.Join(form, ":"))
	}
	for i, word := range words {
		v, err := strconv.ParseFloat(strings.TrimSpace(word), 64)
		if err != nil {
			return fmt.Errorf("augmentation: %s of %q, want a number", fields[i].name, word)
		}
		if err := fields[i].check(v); err != nil {
			return err
		}
		fields[i].set(o, v)
	}
	return nil
}

// keys returns the keys of the settings, each once.
func keys() []string {
	var list []string
	for i := range strengths {
		list = append(list, strengths[i].key)
	}
	return slices.Compact(list)
}

// String returns the settings that are not 0 in the form that [Parse] reads, or "none".
func (o Options) String() string {
	var items []string
	for _, key := range keys() {
		item, sep, used := key, "=", false
		for i := range strengths {
			if s := &strengths[i]; s.key == key {
				v := s.get(&o)
				item += sep + strconv.FormatFloat(v, 'g', -1, 64)
				sep, used = ":", used || v != 0
			}
		}
		if used {
			items = append(items, item)
		}
	}
	if items == nil {
		return presets[0].name
	}
	return strings.Join(items, ",")
}

// MarshalText returns the text of [Options.String], for JSON and other encodings.
func (o Options) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText sets the options as [Parse] does, for [flag.TextVar] and encodings.
func (o *Options) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil {
		*o = parsed
	}
	return err
}
