package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Activations evaluates the outputs of chosen layers, such as the feature maps of a
// convolution, and only the part of the network that these depend on.
type Activations struct {
	*session
	outputs []*gorgonia.Node
}

// NewActivations declares net for evaluation and compiles the part that the outputs of the
// named layers depend on. [Describe] lists the names.
func NewActivations(params *Params, net Net, cfg Config, layers ...string) (*Activations, error) {
	c := &compilation{purpose: forActivations, params: params, net: net, cfg: cfg, requested: layers}
	if err := runPasses(c, passes); err != nil {
		return nil, err
	}
	return &Activations{c.session(), c.outputs}, nil
}

// Run evaluates the layers for the images in the input.
func (a *Activations) Run() error {
	return a.runAfter(func() { a.builder.state.rows = a.inputs[0].Shape()[0] })
}

// Outputs returns the outputs of the layers in the last run, in the order in which
// [NewActivations] names them. The first axis of each is the batch; images have shape
// batch, height, width, channels. The next run overwrites them.
func (a *Activations) Outputs() []*tensor.Dense {
	list := make([]*tensor.Dense, len(a.outputs))
	for i, n := range a.outputs {
		list[i], _ = n.Value().(*tensor.Dense)
	}
	return list
}
