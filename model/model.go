package model

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"inkstone/graph"
)

// Model is a network with its parameters and all that is needed to use it.
type Model struct {
	Preset string        // name of the network, see [Presets]
	Params *graph.Params // its parameters, by name

	Height, Width, Channels int      // size of an input image
	Classes                 []string // names of the classes, in the order of the logits
	Mean, Std               float64  // of the pixels of the training images, scaled to 0..1; see [Model.Normalizer]

	Dataset  string  // name of the data set that the model was trained on, "" if none
	Accuracy float64 // on that data set's test images, a fraction of 1; 0 if not measured

	net    graph.Net
	layers []graph.Layer // of the network, without nodes
}

// Spec says what model to make. What is left out is as for MNIST.
type Spec struct {
	Preset        string // name of the network, see [Presets]; cnn unless named
	Seed          uint64
	Height, Width int      // of the images, which are grey; 0 and 0 stand for 28 and 28
	Classes       []string // names of the classes; nil stands for [Digits]
	Mean, Std     float64  // of the pixels, scaled to 0..1; 0 and 0 stand for MNIST's 0.1307 and 0.3081
}

// New makes a model of fresh parameters.
func New(s Spec) (*Model, error) {
	if s.Preset == "" {
		s.Preset = "cnn"
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
	return build(s)
}

// build is New with nothing left out.
func build(s Spec) (*Model, error) {
	p, err := Lookup(s.Preset)
	if err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	m := &Model{
		Preset: p.Name, Params: graph.NewParams(s.Seed),
		Height: s.Height, Width: s.Width, Channels: 1,
		Classes: slices.Clone(s.Classes), Mean: s.Mean, Std: s.Std,
		net: p.Net,
	}
	if m.layers, err = graph.Describe(m.Params, m.net, m.Config(1, 1)); err != nil {
		return nil, fmt.Errorf("model %q on images of %dx%d: %w", m.Preset, m.Height, m.Width, err)
	}
	for i := range m.layers {
		m.layers[i].Node = nil // so that the graph is not kept
	}
	return m, nil
}

func (s Spec) check() error {
	switch {
	case s.Height < 1 || s.Width < 1 || s.Height > 4096 || s.Width > 4096:
		return fmt.Errorf("model %q: images of %dx%d, want sizes from 1x1 to 4096x4096", s.Preset, s.Height, s.Width)
	case len(s.Classes) < 2:
		return fmt.Errorf("model %q: %d classes, want at least 2", s.Preset, len(s.Classes))
	case !(s.Std > 0) || math.IsInf(s.Std, 0) || math.IsNaN(s.Mean) || math.IsInf(s.Mean, 0):
		return fmt.Errorf("model %q: pixel mean %v and deviation %v, want finite numbers and a deviation above 0", s.Preset, s.Mean, s.Std)
	}
	return nil
}

// Layers returns the layers of the network in the order of their declaration, as
// [graph.Describe] does, but without nodes. It does not declare the network again.
func (m *Model) Layers() []graph.Layer { return slices.Clone(m.layers) }

// Net is the model's network.
func (m *Model) Net() graph.Net { return m.net }

// Config is the configuration of a session of the model with that batch size and
// number of workers.
func (m *Model) Config(batch, workers int) graph.Config {
	return graph.Config{
		Batch: batch, Height: m.Height, Width: m.Width, Channels: m.Channels,
		Classes: len(m.Classes), Workers: workers,
	}
}

// Normalizer returns the function that writes the pixels (0 to 255) of an image as
// the network expects them:
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

// Digits are the class names of MNIST: "0" to "9".
func Digits() []string {
	names := make([]string, 10)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}

// String says what the model is in one line.
func (m *Model) String() string {
	s := fmt.Sprintf("%s: %dx%dx%d to %d classes, %s parameters", m.Preset, m.Height, m.Width, m.Channels, len(m.Classes), count(int64(m.Params.Count())))
	if m.Dataset != "" {
		s += fmt.Sprintf(", trained on %s", m.Dataset)
	}
	if m.Accuracy > 0 {
		s += fmt.Sprintf(", test accuracy %.2f %%", 100*m.Accuracy)
	}
	return s
}
