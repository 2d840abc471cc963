package augment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// presets are the strengths that have a name.
var presets = []struct {
	name    string
	options Options
}{
	{"none", Options{}},
	// What leaves a digit as easy to read as it was.
	{"light", Options{Shift: 2, Rotation: 10, Scale: 0.1, Shear: 0.1}},
	// For long runs: Simard's elastic distortion, somewhat weaker, on top of a firmer hand.
	{"strong", Options{
		Shift: 2, Rotation: 12, Scale: 0.15, Shear: 0.2,
		Elastic: Elastic{Alpha: 28, Sigma: 4}, Thickness: 0.5,
	}},
}

// Presets lists the names that [Parse] knows, from the weakest to the strongest.
func Presets() []string {
	var names []string
	for _, p := range presets {
		names = append(names, p.name)
	}
	return names
}

// Parse reads options from text: settings key=value with commas between them, as in
//
//	shift=2,rotate=10,scale=0.1,shear=0.1,elastic=30:4,thickness=0.5,noise=0.02,cutout=8
//
// where elastic takes alpha:sigma. The name of a preset may stand first; settings
// after it replace its own: "strong,cutout=8". Empty text is the preset "none".
//
// It refuses unknown names, a setting given twice, and values out of range.
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
			return Options{}, fmt.Errorf("augmentation: %q, want key=value (a preset may only stand first)", item)
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

func preset(name string) (Options, error) {
	for _, p := range presets {
		if p.name == name {
			return p.options, nil
		}
	}
	return Options{}, fmt.Errorf("augmentation: unknown preset %q, want one of %s, or settings key=value with %s",
		name, strings.Join(Presets(), ", "), strings.Join(keys(), ", "))
}

// set reads the value of a setting into its field or fields.
func (o *Options) set(key, value string) error {
	var at []*strength
	var form []string
	for i := range strengths {
		if s := &strengths[i]; s.key == key {
			at = append(at, s)
			form = append(form, s.name)
		}
	}
	if at == nil {
		return fmt.Errorf("augmentation: unknown setting %q, want one of %s", key, strings.Join(keys(), ", "))
	}
	words := strings.Split(value, ":")
	if len(words) != len(at) {
		return fmt.Errorf("augmentation: %s of %q, want one number for each of %s", key, value, strings.Join(form, ":"))
	}
	for i, word := range words {
		v, err := strconv.ParseFloat(strings.TrimSpace(word), 64)
		if err != nil {
			return fmt.Errorf("augmentation: %s of %q, want a number", at[i].name, word)
		}
		if err := at[i].check(v); err != nil {
			return err
		}
		at[i].set(o, v)
	}
	return nil
}

// keys lists the settings, each once.
func keys() []string {
	var list []string
	for i := range strengths {
		list = append(list, strengths[i].key)
	}
	return slices.Compact(list)
}

// String gives the settings that are not 0 in the form that [Parse] reads, or "none".
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

// MarshalText gives [Options.String], so that JSON and the like hold one line.
func (o Options) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText is [Parse]; with it, flag.TextVar makes a flag of the options.
func (o *Options) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil {
		*o = parsed
	}
	return err
}
