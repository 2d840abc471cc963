package model

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"inkstone/graph"
)

// Preset is a registered network.
type Preset struct {
	Name string
	Doc  string // one line about the network
	Net  graph.Net

	source string // file:line of the call of Register
}

var presets []Preset

// Register adds net to the presets under name. The name consists of letters, digits, -
// and _, because run folders are named after it. Register panics if the name is taken or
// malformed or net is nil, which are mistakes in the program. It returns an empty value,
// so that a package-level declaration can call it.
func Register(name, doc string, net graph.Net) struct{} {
	source := "an unknown file"
	if _, file, line, ok := runtime.Caller(1); ok {
		source = fmt.Sprintf("%s:%d", filepath.Base(file), line)
	}
	if name == "" || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		panic(fmt.Sprintf("model: %s registers a network as %q: a name has only letters, digits, - and _", source, name))
	}
	if net == nil {
		panic(fmt.Sprintf("model: %s registers %q with a nil network", source, name))
	}
	index, taken := slices.BinarySearchFunc(presets, name, func(p Preset, n string) int { return strings.Compare(p.Name, n) })
	if taken {
		panic(fmt.Sprintf("model: %s and %s both register a network as %q: rename one of them", presets[index].source, source, name))
	}
	presets = slices.Insert(presets, index, Preset{name, doc, net, source})
	return struct{}{}
}

// Replace adds net to the presets under name and removes an earlier preset of that
// name. It is for notebooks, where the cell that declares a network runs again after each
// change. Programs use [Register], which reports a name that is used twice.
func Replace(name, doc string, net graph.Net) {
	if name == "" || net == nil {
		panic(fmt.Sprintf("model: Replace(%q) with an empty name or a nil network", name))
	}
	presets = slices.DeleteFunc(presets, func(p Preset) bool { return p.Name == name })
	Register(name, doc, net)
}

// Presets returns the registered networks, sorted by name.
func Presets() []Preset { return slices.Clone(presets) }

// Lookup returns the network of that name. The error wraps [ErrUnknownPreset].
func Lookup(name string) (Preset, error) {
	for _, p := range presets {
		if p.Name == name {
			return p, nil
		}
	}
	return Preset{}, fmt.Errorf("%w %q; the known ones are %s", ErrUnknownPreset, name, strings.Join(names(), ", "))
}

// names returns the names of the presets.
func names() []string {
	var names []string
	for _, p := range presets {
		names = append(names, p.Name)
	}
	return names
}
