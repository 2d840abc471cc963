package model

import (
	"fmt"
	"slices"
	"strings"

	"inkstone/graph"
	"inkstone/internal/failed"
	"inkstone/internal/pattern"
	"inkstone/internal/table"
)

// Freeze excludes parameters from training: those that match one of the patterns (see
// [graph.Params.Match]) or, without patterns, those of the convolutional part (see
// [Model.Convolutional]), except layers to which [Start.Load] gave initial values: frozen, they
// would keep random values. A batch normalization counts as a part of the layer before it,
// see [Model.Groups]. Training then does not change their bytes, no gradient is
// computed with respect to them or to anything below them, and frozen batch
// normalization keeps its running statistics. Freeze adds to what is already frozen and
// affects trainers created afterwards.
func (m *Model) Freeze(patterns ...string) error {
	if err := m.usable("freezing parameters"); err != nil {
		return err
	}
	if len(patterns) == 0 {
		names, err := m.Convolutional()
		if err != nil {
			return err
		}
		fresh := m.freshGroups()
		names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(fresh, name) })
		patterns = pattern.Quote(names...)
	}
	if err := m.Params.Freeze(patterns...); err != nil {
		return fmt.Errorf("freezing parameters of model %q: %w", m.Preset, err)
	}
	return nil
}

// Unfreeze reverses [Model.Freeze] for the parameters that match one of the patterns
// or, without patterns, for all parameters.
func (m *Model) Unfreeze(patterns ...string) error {
	if err := m.usable("unfreezing parameters"); err != nil {
		return err
	}
	if len(patterns) == 0 {
		patterns = []string{"*"}
	}
	if err := m.Params.Unfreeze(patterns...); err != nil {
		return fmt.Errorf("unfreezing parameters of model %q: %w", m.Preset, err)
	}
	return nil
}

// Convolutional returns the names of the parameters of the convolutional part: those of
// the convolutions and of the batch normalizations of feature maps.
func (m *Model) Convolutional() ([]string, error) {
	if err := m.usable("the convolutional part"); err != nil {
		return nil, err
	}
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

// freshGroups returns the parameters of the groups that have a parameter with initial values.
func (m *Model) freshGroups() []string {
	var names []string
	for _, group := range m.Groups() {
		if slices.ContainsFunc(group, func(name string) bool { return slices.Contains(m.fresh, name) }) {
			names = append(names, group...)
		}
	}
	return names
}

// Head returns the names of the parameters of the head: those whose shape depends on
// the number of classes. A task with another number of classes needs new ones.
func (m *Model) Head() ([]string, error) {
	if err := m.usable("the head"); err != nil {
		return nil, err
	}
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

// Groups returns the parameter names by layer, the head first. The parameters of a
// batch normalization belong to the group of the layer before it. Gradual unfreezing
// unfreezes one group at a time, and layer-wise learning-rate decay multiplies the rate
// once per group.
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

// Freezing is a table of a model's parameters that shows which are frozen.
type Freezing struct {
	Title             string
	Params            []FreezingParam
	Frozen, Trainable int // numbers of elements, without the running statistics

	err error // of the model
}

// FreezingParam is a row of a [Freezing].
type FreezingParam struct {
	Name      string
	Shape     []int // in PyTorch's axis order
	Len       int   // number of elements
	Statistic bool  // a running statistic of batch normalization, which is not learned
	Frozen    bool
}

// Freezing returns the table of the model's parameters. For a model that could not be made it
// shows the model's error.
func (m *Model) Freezing() *Freezing {
	if err := m.usable("the frozen parameters"); err != nil {
		return &Freezing{err: err}
	}
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

func (f *Freezing) table() *table.Table {
	t := &table.Table{Title: f.Title, Indent: "  ", Columns: table.Columns(3, "parameter", "shape", "state", "elements")}
	for _, p := range f.Params {
		state := "trainable"
		switch {
		case p.Frozen:
			state = "frozen"
		case p.Statistic:
			state = "measured"
		}
		t.Add(p.Name, sizes(p.Shape), state, count(int64(p.Len)))
	}
	t.Add("frozen", "", "", number(f.Frozen))
	t.Add("trainable", "", "", number(f.Trainable))
	return t
}

func number(n int) string {
	if n == 0 {
		return "0"
	}
	return count(int64(n))
}

// String returns the table as plain text.
func (f *Freezing) String() string {
	if f.err != nil {
		return failed.Text("table of parameters", f.err)
	}
	return f.table().String()
}

// HTML returns the table as HTML, for a notebook or a web page.
func (f *Freezing) HTML() string {
	if f.err != nil {
		return failed.HTML("table of parameters", f.err)
	}
	return f.table().HTML()
}

// Brief returns one line with the number of frozen and of trainable parameters.
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
