package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Activations evaluates the outputs of some layers, the feature maps of a convolution
// for example, and of the network only what these need.
type Activations struct {
	*session
	nodes []*gorgonia.Node // of the layers asked for
}

// NewActivations declares net for evaluation and compiles what the layers of these
// names need. The names are those of [Describe].
func NewActivations(params *Params, net Net, cfg Config, layers ...string) (*Activations, error) {
	s, err := declare(params, net, Eval, cfg)
	if err != nil {
		return nil, err
	}
	if len(layers) == 0 {
		return nil, fmt.Errorf("activations: no layer is named; there are %s", s.builder.names())
	}
	a := &Activations{session: s}
	for _, name := range layers {
		n := s.Node(name)
		if n == nil {
			return nil, fmt.Errorf("activations: there is no layer %q; there are %s", name, s.builder.names())
		}
		a.nodes = append(a.nodes, n)
		s.builder.kept[n] = true
	}
	roots := slices.Clone(a.nodes)
	return a, s.compile(cfg, roots...)
}

// Run evaluates the layers for the images in the input.
func (a *Activations) Run() error {
	a.builder.state.rows = a.inputs[0].Shape()[0]
	return a.run()
}

// Outputs are the values of the layers in the last run, in the order in which they
// were asked for, each with the batch as its first axis: batch, height, width,
// channels for images. They are overwritten by the next run.
func (a *Activations) Outputs() []*tensor.Dense {
	list := make([]*tensor.Dense, len(a.nodes))
	for i, n := range a.nodes {
		list[i], _ = n.Value().(*tensor.Dense)
	}
	return list
}
