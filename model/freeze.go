package model

import (
	"fmt"
	"slices"
	"strings"

	"inkstone/graph"
)

// Freeze leaves parameters out of training: those that the patterns choose (see
// [graph.Params.Match]) or, without a pattern, those of the convolutional part, see
// [Model.Convolutional]. Their bytes do not change any more, no derivative is computed
// by them or below them, and a frozen batch normalisation keeps its statistics. It
// freezes beside what is frozen already; a trainer made afterwards heeds it.
func (m *Model) Freeze(patterns ...string) error {
	if len(patterns) == 0 {
		var err error
		if patterns, err = m.Convolutional(); err != nil {
			return err
		}
	}
	if err := m.Params.Freeze(patterns...); err != nil {
		return fmt.Errorf("freezing in model %q: %w", m.Preset, err)
	}
	return nil
}

// Unfreeze takes back what [Model.Freeze] did for the parameters that the patterns
// choose, or without a pattern for all.
func (m *Model) Unfreeze(patterns ...string) error {
	if len(patterns) == 0 {
		patterns = []string{"*"}
	}
	if err := m.Params.Unfreeze(patterns...); err != nil {
		return fmt.Errorf("unfreezing in model %q: %w", m.Preset, err)
	}
	return nil
}

// Convolutional lists the parameters of the convolutional part: those of every
// convolution, and of every batch normalisation of images.
func (m *Model) Convolutional() ([]string, error) {
	var names []string
	for _, l := range m.layers {
		if l.Kind == "conv" || l.Kind == "batchnorm" && len(l.Output) == 4 {
			for _, p := range l.Params {
				names = append(names, p.Name())
			}
		}
	}
	if names == nil {
		return nil, fmt.Errorf("model %q has no convolution", m.Preset)
	}
	return names, nil
}

// Head lists the parameters of the head: those whose shape depends on the number of
// classes, which another task needs anew.
func (m *Model) Head() ([]string, error) {
	cfg := m.Config(1, 1)
	cfg.Classes++
	other := graph.NewParams(0)
	if _, err := graph.Describe(other, m.net, cfg); err != nil {
		return nil, fmt.Errorf("model %q with %d classes: %w", m.Preset, cfg.Classes, err)
	}
	var names []string
	for _, p := range m.Params.All() {
		if o := other.Get(p.Name()); o == nil || !slices.Equal(o.PortableShape(), p.PortableShape()) {
			names = append(names, p.Name())
		}
	}
	return names, nil
}

// Groups lists the layers with parameters from the head down, each with the names of
// its own and of the batch normalisations behind it: what gradual unfreezing takes at
// a time, and what learning rates that fall from layer to layer count.
func (m *Model) Groups() [][]string {
	var groups [][]string
	for _, l := range m.layers {
		if len(l.Params) == 0 {
			continue
		}
		if l.Kind != "batchnorm" || groups == nil {
			groups = append(groups, nil)
		}
		last := &groups[len(groups)-1]
		for _, p := range l.Params {
			*last = append(*last, p.Name())
		}
	}
	slices.Reverse(groups)
	return groups
}

// Freezing is a table of a model's parameters that says which are frozen.
type Freezing struct {
	Title             string
	Params            []FreezingParam
	Frozen, Trainable int // elements, statistics left out
}

// FreezingParam is a row of a [Freezing].
type FreezingParam struct {
	Name      string
	Shape     []int // in PyTorch's axis order
	Len       int   // elements
	Statistic bool  // of batch normalisation: measured, not learned
	Frozen    bool
}

// Freezing tells which parameters are frozen, and which learn.
func (m *Model) Freezing() *Freezing {
	f := &Freezing{Title: fmt.Sprintf("parameters of %s", m.Preset)}
	for _, p := range m.Params.All() {
		f.Params = append(f.Params, FreezingParam{p.Name(), p.PortableShape(), p.Len(), p.Statistic(), p.Frozen()})
		switch {
		case p.Statistic():
		case p.Frozen():
			f.Frozen += p.Len()
		default:
			f.Trainable += p.Len()
		}
	}
	return f
}

func (f *Freezing) table() table {
	rows := [][]string{{"parameter", "shape", "state", "elements"}}
	for _, p := range f.Params {
		state := "trainable"
		switch {
		case p.Frozen:
			state = "frozen"
		case p.Statistic:
			state = "measured"
		}
		rows = append(rows, []string{p.Name, sizes(p.Shape), state, count(int64(p.Len))})
	}
	rows = append(rows, []string{"frozen", "", "", number(f.Frozen)}, []string{"trainable", "", "", number(f.Trainable)})
	return table{f.Title, rows, 3}
}

func number(n int) string {
	if n == 0 {
		return "0"
	}
	return count(int64(n))
}

// String is the table in plain text.
func (f *Freezing) String() string { return f.table().text() }

// HTML is the table for a notebook or a page.
func (f *Freezing) HTML() string { return f.table().html() }

// Brief says in one line how much is frozen.
func (f *Freezing) Brief() string {
	var names []string
	for _, p := range f.Params {
		layer := p.Name[:max(0, strings.LastIndexByte(p.Name, '.'))]
		if p.Frozen && !slices.Contains(names, layer) {
			names = append(names, layer)
		}
	}
	if names == nil {
		return fmt.Sprintf("nothing is frozen, %s parameters train", number(f.Trainable))
	}
	return fmt.Sprintf("%s parameters are frozen (%s), %s train", number(f.Frozen), strings.Join(names, ", "), number(f.Trainable))
}
