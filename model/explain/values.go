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
	defer a.Close()
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
	defer a.Close()
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

// activations evaluates a layer. The caller must close the result.
func (e *Explainer) activations(pixels []byte, layer string) (*graph.Activations, error) {
	if _, err := e.scaled(pixels); err != nil {
		return nil, err
	}
	m := e.model
	cfg := m.Config(1, e.workers)
	cfg.KeepValues = true // fusion would leave values out
	a, err := graph.NewActivations(m.Params, m.Net(), cfg, layer)
	if err != nil {
		return nil, fmt.Errorf("explain: model %q: %w", m.Preset, err)
	}
	m.Normalizer()(a.Input().Data().([]float32), pixels)
	if err := a.Run(); err != nil {
		a.Close()
		return nil, fmt.Errorf("explain: model %q: %w", m.Preset, err)
	}
	return a, nil
}
