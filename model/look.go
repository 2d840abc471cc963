package model

import (
	"fmt"

	"inkstone/graph"
	"inkstone/graph/diagram"
)

// Diagram returns a drawing of the model's layers. With an error it returns a drawing that shows the
// error.
func (m *Model) Diagram() (d *diagram.Diagram, err error) {
	defer func() {
		if err != nil {
			d = diagram.Failed(err)
		}
	}()
	if err := m.usable("drawing the layers"); err != nil {
		return nil, err
	}
	layers, err := graph.Describe(m.Params, m.net, m.Config(1, 1))
	if err != nil {
		return nil, err
	}
	return diagram.Layers(layers), nil
}

// Filters returns the weights of a convolution as maps, with a column for each output
// channel and a row for each input channel. With a single input channel the maps form a
// grid. With an error Filters returns maps that show the error.
func (m *Model) Filters(layer string) (maps *Maps, err error) {
	defer carryMaps(&maps, &err)
	if err := m.usable("showing filters"); err != nil {
		return nil, err
	}
	p := m.Params.Get(layer + ".weight")
	if p == nil || len(p.Value().Shape()) != 4 {
		return nil, fmt.Errorf("model %q: %q is not the name of a convolution; the parameters are %v", m.Preset, layer, m.Params.Names())
	}
	s := p.PortableShape() // output channels, input channels, height, width
	outputs, inputs, size := s[0], s[1], s[2]*s[3]
	values, columns := make([]float32, 0, p.Len()), outputs
	flat := p.Portable()
	for i := range inputs {
		for o := range outputs {
			start := (o*inputs + i) * size
			values = append(values, flat[start:start+size]...)
		}
	}
	if inputs == 1 {
		columns = 0
	}
	return NewMaps(fmt.Sprintf("filters of %s", layer), s[2], s[3], columns, values)
}

// Features evaluates the network on one image, height x width bytes, and returns the
// output of a layer as maps: one for each channel, or a single row if the output is a
// vector. With an error Features returns maps that show the error.
func (m *Model) Features(layer string, pixels []byte) (maps *Maps, err error) {
	defer carryMaps(&maps, &err)
	if err := m.usable("showing features"); err != nil {
		return nil, err
	}
	a, err := graph.NewActivations(m.Params, m.net, m.Config(1, 0), layer)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", m.Preset, err)
	}
	defer a.Close()
	input := a.Input().Data().([]float32)
	if len(pixels) != len(input) {
		return nil, fmt.Errorf("model %q: the image has %d pixels, want %dx%d = %d", m.Preset, len(pixels), m.Height, m.Width, len(input))
	}
	m.Normalizer()(input, pixels)
	if err := a.Run(); err != nil {
		return nil, err
	}
	out := a.Outputs()[0]
	data, s := out.Data().([]float32), out.Shape()
	height, width, channels := 1, s.TotalSize(), 1
	if len(s) == 4 {
		height, width, channels = s[1], s[2], s[3]
	}
	values := make([]float32, len(data))
	for i, v := range data { // channels last to channels first
		values[i%channels*height*width+i/channels] = v
	}
	return NewMaps(fmt.Sprintf("output of %s", layer), height, width, 0, values)
}

// carryMaps makes maps stand for the error of the function that returns them, if there is one.
func carryMaps(maps **Maps, err *error) {
	if *err != nil {
		*maps = &Maps{err: *err}
	}
}
