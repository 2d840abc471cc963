package model

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"inkstone/graph"
	"inkstone/internal/oneline"
)

// Model is a network with its parameters, its classes and the scale of its input.
type Model struct {
	Preset string        // name of the network, see [Presets]
	Params *graph.Params // its parameters, by name

	Height, Width, Channels int      // shape of an input image
	Classes                 []string // names of the classes, in the order of the logits
	Mean, Std               float64  // mean and standard deviation of the training images' pixels, scaled to 0..1; see [Model.Normalizer]

	Dataset  string  // name of the data set that the model was trained on, "" if none
	Accuracy float64 // fraction of that data set's test images that are classified correctly; 0 if not measured

	net    graph.Net
	layers []graph.Layer // of the network, without nodes
	fresh  []string      // parameters with initial values in a model that [Start] loaded

	imported *imported // the network of an ONNX file, nil for a preset

	unchecked bool // the model was loaded from a file of Inkstone that has no checksum

	err error // of the call that should have made the model, see Failed
}

// Spec describes a new model. Fields left at zero take the values for MNIST.
type Spec struct {
	Preset        string   // name of the network, see [Presets]; "" means cnn
	Seed          uint64   // determines the initial parameters
	Height, Width int      // size of the images, which are gray; 0 and 0 mean 28 and 28
	Classes       []string // names of the classes; nil means [Digits]
	Mean, Std     float64  // of the pixels, scaled to 0..1; 0 and 0 mean MNIST's 0.1307 and 0.3081

	imported *imported // the network, in place of a preset's
}

// DefaultPreset is the network of a [Spec] that names none.
const DefaultPreset = "cnn"

// New returns a model with initial parameters. The error wraps [ErrUnknownPreset] if no
// network has the name.
func New(s Spec) (*Model, error) { return build(s.withDefaults(), 0) }

// Fresh returns a model of the same network, classes and images with initial parameters.
func (m *Model) Fresh(seed uint64) (*Model, error) {
	if err := m.usable("new parameters"); err != nil {
		return Failed(err), err
	}
	return build(Spec{
		Preset: m.Preset, Seed: seed, Height: m.Height, Width: m.Width,
		Classes: m.Classes, Mean: m.Mean, Std: m.Std, imported: m.imported,
	}, 0)
}

// withDefaults returns s with the values for MNIST in place of zero fields.
func (s Spec) withDefaults() Spec {
	if s.Preset == "" {
		s.Preset = DefaultPreset
	}
	if s.Height == 0 && s.Width == 0 {
		s.Height, s.Width = 28, 28
	}
	if s.Classes == nil {
		s.Classes = Digits()
	}
	if s.Mean == 0 && s.Std == 0 {
		s.Mean, s.Std = 0.1307, 0.3081
	}
	return s
}

// build returns the model that s describes. Unlike New, it fills in no defaults. It refuses
// a network whose parameters have more than limit elements, 0 for no limit.
func build(s Spec, limit int) (m *Model, err error) {
	defer carry(&m, &err)
	p, err := s.lookup()
	if err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	m = &Model{
		Preset: p.Name, Params: graph.NewParams(s.Seed),
		Height: s.Height, Width: s.Width, Channels: 1,
		Classes: slices.Clone(s.Classes), Mean: s.Mean, Std: s.Std,
		net: p.Net, imported: s.imported,
	}
	m.Params.SetLimit(limit)
	defer m.Params.SetLimit(0)
	if m.layers, err = graph.Describe(m.Params, m.net, m.Config(1, 1)); err != nil {
		return nil, fmt.Errorf("model %q on images of %dx%d: %w", m.Preset, m.Height, m.Width, err)
	}
	for i := range m.layers {
		m.layers[i].Node, m.layers[i].Inputs = nil, nil // so that the graph is not kept
	}
	return m, nil
}

// check returns an error if a field is out of range.
func (s Spec) check() error {
	switch {
	case s.Height < 1 || s.Width < 1 || s.Height > 4096 || s.Width > 4096:
		return fmt.Errorf("model %q: images of %dx%d, want sizes from 1x1 to 4096x4096", s.Preset, s.Height, s.Width)
	case len(s.Classes) < 2:
		return fmt.Errorf("model %q: %d classes, want at least 2", s.Preset, len(s.Classes))
	case slices.ContainsFunc(s.Classes, func(name string) bool { return oneline.Check(name) != nil }):
		k := slices.IndexFunc(s.Classes, func(name string) bool { return oneline.Check(name) != nil })
		return fmt.Errorf("model %q: the name of class %d, %w", s.Preset, k, oneline.Check(s.Classes[k]))
	case !(s.Std > 0) || math.IsInf(s.Std, 0) || math.IsNaN(s.Mean) || math.IsInf(s.Mean, 0):
		return fmt.Errorf("model %q: pixel mean %v and standard deviation %v, want finite numbers and a deviation above 0", s.Preset, s.Mean, s.Std)
	}
	return nil
}

// Layers returns the layers of the network in the order of their declaration, as
// [graph.Describe] does, but without nodes. It does not declare the network again.
func (m *Model) Layers() []graph.Layer { return slices.Clone(m.layers) }

// Net returns the model's network.
func (m *Model) Net() graph.Net { return m.net }

// Config returns the configuration of a session that evaluates or trains the model with
// that batch size and number of workers (0 for one per processor).
func (m *Model) Config(batch, workers int) graph.Config {
	return graph.Config{
		Batch: batch, Height: m.Height, Width: m.Width, Channels: m.Channels,
		Classes: len(m.Classes), Workers: workers,
	}
}

// Normalizer returns a function that converts the pixels of an image (0 to 255) to the
// network's input:
//
//	dst[i] = (pixels[i]/255 - Mean) / Std
func (m *Model) Normalizer() func(dst []float32, pixels []byte) {
	var table [256]float32
	for i := range table {
		table[i] = float32((float64(i)/255 - m.Mean) / m.Std)
	}
	return func(dst []float32, pixels []byte) {
		for i, p := range pixels {
			dst[i] = table[p]
		}
	}
}

// Digits returns the class names of MNIST: "0" to "9".
func Digits() []string {
	names := make([]string, 10)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}

// String returns one line with the preset, the input, the size and the accuracy.
func (m *Model) String() string {
	if m.err != nil {
		return fmt.Sprintf("no model: %v", m.err)
	}
	s := fmt.Sprintf("%s: %dx%dx%d to %d classes, %s parameters", m.Preset, m.Height, m.Width, m.Channels, len(m.Classes), count(int64(m.Params.Count())))
	if m.Dataset != "" {
		s += fmt.Sprintf(", trained on %s", m.Dataset)
	}
	if m.Accuracy > 0 {
		s += fmt.Sprintf(", test accuracy %.2f %%", 100*m.Accuracy)
	}
	return s
}
