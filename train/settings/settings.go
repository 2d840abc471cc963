// Package settings describes the settings of a struct once, in a table. Flags, the keys
// of a configuration file and what a checkpoint must agree with all derive from it.
//
// A struct has a method that returns its table, a [List] whose values point at the
// fields:
//
//	func (c *Config) Settings() settings.List {
//		return settings.List{
//			{Name: "epochs", Topic: "training", Help: "passes over the training images", Value: settings.Int(&c.Epochs).Min(1)},
//			...
//		}
//	}
//
// The order of a table is the order in which [Lists.Apply] sets its values, so a setting
// whose change resets others stands before them.
package settings

import (
	"fmt"
	"slices"
	"strings"
)

// Setting is one setting of a struct.
type Setting struct {
	Name  string   // of the flag and of the key in a configuration file
	Topic string   // under which the help lists it
	Help  string   // what it does, in which unit; a word in backquotes names its argument
	Value Accessor // points at the field

	// Unsaved marks a setting of one call, which is not part of a configuration file.
	Unsaved bool
	// Resumable marks a setting that may change when a run is resumed: the parameters that
	// the run ends with do not depend on it, or the user wants a longer run.
	Resumable bool

	// Identity is the key under which a checkpoint notes the value, since a run can only be
	// resumed with the same one; "" for a setting that changes no result. A value whose
	// text is Absent is left out, as in checkpoints from before the setting existed.
	Identity string
	Absent   string
}

// List is the table of a struct's settings.
type List []Setting

// Lists are the tables of several structs.
type Lists []List

// Find returns the setting with a name, or nil.
func (ls Lists) Find(name string) *Setting {
	for _, l := range ls {
		if i := slices.IndexFunc(l, func(s Setting) bool { return s.Name == name }); i >= 0 {
			return &l[i]
		}
	}
	return nil
}

// ApplyFile sets the values whose texts a configuration file gives. It refuses names that
// none of the tables saves.
func (ls Lists) ApplyFile(texts map[string]string) error {
	for name := range texts {
		if s := ls.Find(name); s == nil || s.Unsaved {
			return ls.unknown(name)
		}
	}
	return ls.Apply(texts)
}

// Apply sets the values whose texts are given, in the order of each table.
func (ls Lists) Apply(texts map[string]string) error {
	for _, l := range ls {
		for _, s := range l {
			text, ok := texts[s.Name]
			if !ok {
				continue
			}
			if err := s.Value.Set(text); err != nil {
				return fmt.Errorf("%s = %s: %w", s.Name, text, err)
			}
		}
	}
	return nil
}

// Choose returns the names, sorted, of the settings in texts that the function chooses.
func (ls Lists) Choose(texts map[string]string, choose func(s *Setting) bool) []string {
	var names []string
	for name := range texts {
		if s := ls.Find(name); s != nil && choose(s) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Resumable returns the texts of the saved settings that may change when a run is resumed, by
// name.
func (ls Lists) Resumable() map[string]string {
	texts := map[string]string{}
	for _, l := range ls {
		for _, s := range l {
			if s.Resumable && !s.Unsaved {
				texts[s.Name] = s.Value.String()
			}
		}
	}
	return texts
}

// unknown returns an error about a name that none of the tables saves.
func (ls Lists) unknown(name string) error {
	var names []string
	for _, l := range ls {
		for _, s := range l {
			if !s.Unsaved {
				names = append(names, s.Name)
			}
		}
	}
	slices.Sort(names)
	return fmt.Errorf("unknown key %q; the known ones are %s", name, strings.Join(names, ", "))
}

// Check returns an error that names the first setting whose value is out of its range.
func (l List) Check() error {
	for _, s := range l {
		if err := s.Value.Check(); err != nil {
			return fmt.Errorf("%s %w", s.Name, err)
		}
	}
	return nil
}
