package explain

import (
	"fmt"
	"slices"

	"inkstone/graph"
)

// Probabilities names, for [Explainer.Arithmetic], the softmax of the logits, which the network itself
// leaves to the loss. A layer of that name hides it.
const Probabilities = "probabilities"

// Values evaluates the network on an image and returns the output of a layer, or the [Probabilities], with
// the last axis varying fastest: for an image row by row, at each place its channels. They are the
// values that [Explainer.Arithmetic] explains.
func (e *Explainer) Values(pixels []byte, layer string) ([]float32, error) {
	if e.err != nil {
		return nil, e.err
	}
	if layer == Probabilities && !slices.Contains(e.Layers(), layer) {
		_, p, err := e.probabilities(pixels)
		return p.values, err
	}
	if _, err := e.layer(layer); err != nil {
		return nil, err
	}
	a, err := e.activations(pixels, layer)
	if err != nil {
		return nil, err
	}
	return slices.Clone(a.Outputs()[0].Data().([]float32)), nil
}

// probabilities evaluates the output of the last layer, which are the logits, and their softmax.
func (e *Explainer) probabilities(pixels []byte) (logits, p operand, err error) {
	if e.err != nil {
		return logits, p, e.err
	}
	last := e.layers[len(e.layers)-1].Name
	a, err := e.activations(pixels, last)
	if err != nil {
		return logits, p, err
	}
	shape := []int{len(e.model.Classes)}
	logits = operand{last, shape, slices.Clone(a.Outputs()[0].Data().([]float32))}
	wide := make([]float64, len(logits.values))
	for i, v := range logits.values {
		wide[i] = float64(v)
	}
	p = operand{Probabilities, shape, make([]float32, len(wide))}
	for i, v := range softmax(wide) {
		p.values[i] = float32(v)
	}
	return logits, p, nil
}

// probability returns how the probability of a class is computed from the logits.
func (e *Explainer) probability(pixels []byte, at []int) (*Arithmetic, error) {
	logits, out, err := e.probabilities(pixels)
	if err != nil {
		return nil, err
	}
	if err := out.check(at); err != nil {
		return nil, fmt.Errorf("explain: %s: %w", Probabilities, err)
	}
	c := &computation{layer: graph.Layer{Name: Probabilities, Kind: "softmax"}, at: at, inputs: []operand{logits}, out: out}
	return c.arithmetic(), nil
}

// maxKept bounds the values of the sessions that an explainer keeps for [Explainer.Values] and
// [Explainer.Arithmetic]: 64 MiB. It keeps one session of larger networks.
const maxKept = 1 << 24

// A valueSession evaluates a layer for one image.
type valueSession struct {
	layer string
	*graph.Activations
}

// activations evaluates a layer. The next call overwrites the values. It keeps the sessions of the
// layers that were asked for last.
func (e *Explainer) activations(pixels []byte, layer string) (*graph.Activations, error) {
	if _, err := e.scaled(pixels); err != nil {
		return nil, err
	}
	m := e.model
	at := slices.IndexFunc(e.kept, func(s valueSession) bool { return s.layer == layer })
	if at < 0 {
		if err := e.makeRoom(maxKept); err != nil {
			return nil, err
		}
		cfg := m.Config(1, e.workers)
		cfg.KeepValues = true // fusion would leave values out
		a, err := graph.NewActivations(m.Params, m.Net(), cfg, layer)
		if err != nil {
			return nil, fmt.Errorf("explain: model %q: %w", m.Preset, err)
		}
		at, e.kept = len(e.kept), append(e.kept, valueSession{layer, a})
	}
	s := e.kept[at]
	e.kept = append(slices.Delete(e.kept, at, at+1), s)
	m.Normalizer()(s.Input().Data().([]float32), pixels)
	if err := s.Run(); err != nil {
		return nil, fmt.Errorf("explain: model %q: %w", m.Preset, err)
	}
	return s.Activations, nil
}

// makeRoom closes the sessions that have not been used for the longest time until another one fits into
// limit values.
func (e *Explainer) makeRoom(limit int) error {
	values := 0
	for _, l := range e.layers {
		values += l.Output.TotalSize()
	}
	for len(e.kept) > 0 && (len(e.kept)+1)*values > limit {
		if err := e.kept[0].Close(); err != nil {
			return err
		}
		e.kept = slices.Delete(e.kept, 0, 1)
	}
	return nil
}
