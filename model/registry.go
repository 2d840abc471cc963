package model

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"inkstone/graph"
)

// Preset is a network with a name.
type Preset struct {
	Name string
	Doc  string // one line on what it is
	Net  graph.Net

	place string // where it was registered, as file:line
}

var presets []Preset

// Register makes net known under name, which has letters, digits, - and _, since runs are
// named after it. It panics if the name is taken or unfit or the network nil, since these are
// mistakes in the program. The result has no meaning; it lets a package-level declaration
// make the call.
func Register(name, doc string, net graph.Net) struct{} {
	place := "an unknown place"
	if _, file, line, ok := runtime.Caller(1); ok {
		place = fmt.Sprintf("%s:%d", filepath.Base(file), line)
	}
	if name == "" || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		panic(fmt.Sprintf("model: %s registers a network as %q: take letters, digits, - and _", place, name))
	}
	if net == nil {
		panic(fmt.Sprintf("model: %s registers %q without a network", place, name))
	}
	at, taken := slices.BinarySearchFunc(presets, name, func(p Preset, n string) int { return strings.Compare(p.Name, n) })
	if taken {
		panic(fmt.Sprintf("model: %s and %s both register a network as %q: give each a name of its own", presets[at].place, place, name))
	}
	presets = slices.Insert(presets, at, Preset{name, doc, net, place})
	return struct{}{}
}

// Replace makes net known under name, whatever the name stood for before. It is for
// notebooks, where a cell that declares a network is run again after each change;
// elsewhere [Register] finds out that a name is used twice.
func Replace(name, doc string, net graph.Net) {
	if name == "" || net == nil {
		panic(fmt.Sprintf("model: Replace(%q) needs a name and a network", name))
	}
	presets = slices.DeleteFunc(presets, func(p Preset) bool { return p.Name == name })
	Register(name, doc, net)
}

// Presets lists the known networks by name.
func Presets() []Preset { return slices.Clone(presets) }

// Lookup returns the network of that name.
func Lookup(name string) (Preset, error) {
	for _, p := range presets {
		if p.Name == name {
			return p, nil
		}
	}
	return Preset{}, fmt.Errorf("unknown model %q; the known ones are %s", name, strings.Join(names(), ", "))
}

func names() []string {
	var names []string
	for _, p := range presets {
		names = append(names, p.Name)
	}
	return names
}
