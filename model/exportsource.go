package model

import (
	"fmt"
	"io"

	"inkstone/model/source"
)

// WriteGo writes the model as a Go file that needs the standard library alone: package name, with
// Predict and Logits for one image. The error names the first layer that has no source.
func (m *Model) WriteGo(w io.Writer, name string) error {
	n, err := m.source(name)
	if err != nil {
		return err
	}
	return n.WriteGo(w)
}

// WriteC writes the model as a C file that needs libc alone, with the functions name_predict and
// name_logits for one image.
func (m *Model) WriteC(w io.Writer, name string) error {
	n, err := m.source(name)
	if err != nil {
		return err
	}
	return n.WriteC(w)
}

func (m *Model) source(name string) (*source.Network, error) {
	f, err := m.Forward()
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", m.Preset, err)
	}
	return &source.Network{
		Name: name, Doc: m.String(), Forward: f, Classes: m.Classes,
		Scale: 1 / (255 * m.Std), Shift: -m.Mean / m.Std,
	}, nil
}
