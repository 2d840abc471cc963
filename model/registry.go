package model

import (
	"fmt"
	"slices"
	"strings"

	"inkstone/graph"
)

// Preset is a network with a name.
type Preset struct {
	Name string
	Doc  string // one line on what it is
	Net  graph.Net
}

var presets []Preset

// Register makes net known under name. It panics if the name is taken or the
// network nil, since both are mistakes in the program. The result has no meaning;
// it lets a package-level declaration make the call.
func Register(name, doc string, net graph.Net) struct{} {
	if name == "" || net == nil {
		panic(fmt.Sprintf("model: Register(%q) needs a name and a network", name))
	}
	at, taken := slices.BinarySearchFunc(presets, name, func(p Preset, n string) int { return strings.Compare(p.Name, n) })
	if taken {
		panic(fmt.Sprintf("model: the name %q is registered twice", name))
	}
	presets = slices.Insert(presets, at, Preset{name, doc, net})
	return struct{}{}
}

// Presets lists the known networks by name.
func Presets() []Preset { return slices.Clone(presets) }

// Lookup returns the network of that name.
func Lookup(name string) (Preset, error) {
	var names []string
	for _, p := range presets {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Preset{}, fmt.Errorf("unknown model %q; the known ones are %s", name, strings.Join(names, ", "))
}
