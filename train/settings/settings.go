// Package settings describes the settings of a struct in one table. The flags, the keys of a
// configuration file, and the settings that a checkpoint compares are derived from it.
//
// A struct has a method that returns its table, a [List] whose values point to the fields:
//
//	func (c *Config) Settings() settings.List {
//		return settings.List{
//			{Name: "epochs", Topic: "training", Help: "passes over the training images", Value: settings.Int(&c.Epochs).Min(1)},
//			...
//		}
//	}
//
// [Lists.Apply] sets the values in the order of the table, so a setting that resets others comes
// before them.
package settings

import (
	"fmt"
	"slices"
	"strings"
)

// Setting is one setting of a struct.
type Setting struct {
	Name  string   // name of the flag and of the key in a configuration file
	Topic string   // heading in the help
	Help  string   // effect and unit; a word in backquotes is the name of the argument
	Value Accessor // reads and writes the field

	// Unsaved marks a setting that is not stored in configuration files.
	Unsaved bool
	// Resumable marks a setting that may change when a run is resumed. It does not affect the
	// trained parameters, except for the number of epochs: the learning rate follows the new
	// number from there on.
	Resumable bool

	// Identity is the key of the value in a checkpoint, for a setting that must not change
	// when a run is resumed, or "". A checkpoint does not store a value whose text is Absent,
	// since older checkpoints do not have the setting.
	Identity string
	Absent   string
}

// List is the table of the settings of a struct.
type List []Setting

// Lists are the tables of several structs.
type Lists []List

// Find returns the setting with the given name, or nil.
func (ls Lists) Find(name string) *Setting {
	for _, l := range ls {
		if i := slices.IndexFunc(l, func(s Setting) bool { return s.Name == name }); i >= 0 {
			return &l[i]
		}
	}
	return nil
}

// ApplyFile sets the values from the texts of a configuration file, by name, in the order of
// each table. It returns an error for a name that no table has or that is not stored in files.
func (ls Lists) ApplyFile(texts map[string]string) error {
	for name := range texts {
		if s := ls.Find(name); s == nil || s.Unsaved {
			return ls.Unknown(name)
		}
	}
	return ls.Apply(texts)
}

// Apply sets the values from texts, by name, in the order of each table. It ignores names that no
// table has.
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

// Unknown returns an error for a name that is not stored in files. It lists the names that are.
func (ls Lists) Unknown(name string) error {
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

// Check returns an error with the name of the first setting whose value is not valid.
func (l List) Check() error {
	for _, s := range l {
		if err := s.Value.Check(); err != nil {
			return fmt.Errorf("%s %w", s.Name, err)
		}
	}
	return nil
}
