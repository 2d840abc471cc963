package graph

import (
	"errors"
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
)

// ImageGradients evaluates the logits of a network and the gradient of a weighted sum of them
// with respect to the images, and with respect to the outputs of chosen layers:
//
//	s = sum over n,k of weights[n,k] * logits[n,k]
//
// The network is the one of evaluation: dropout is off, and batch normalization uses its running
// statistics. No operation is fused, so every value on the way is computed.
type ImageGradients struct {
	*session
	weights   *tensor.Dense
	gradient  gorgonia.Value
	outputs   gorgonia.Nodes // copies of the outputs of the layers
	gradients gorgonia.Nodes // copies of the gradients with respect to these
}

// NewImageGradients declares net for evaluation, differentiates the weighted sum of its logits
// with respect to the images and to the outputs of the named layers, and compiles the graph.
// [Describe] lists the names of the layers. Each layer must be computed from the images. Config.From is
// refused.
func NewImageGradients(params *Params, net Net, cfg Config, layers ...string) (*ImageGradients, error) {
	if len(cfg.From) > 0 {
		return nil, errors.New("gradients with respect to the images: Config.From replaces the images, want it empty")
	}
	cfg.KeepValues = true
	c := &compilation{purpose: forImageGradients, params: params, net: net, cfg: cfg, requested: layers}
	if err := runPasses(c, passes); err != nil {
		return nil, err
	}
	n := len(layers)
	return &ImageGradients{
		session: c.session(), weights: c.logitWeights.Value().(*tensor.Dense), gradient: c.gradients[0].Op().(*op).out,
		outputs: c.outputs[:n], gradients: c.gradients[1:],
	}, nil
}

// Weights returns the weights of the logits, of shape batch, classes, to fill before each run. An
// entry of 1 in a row of zeros chooses one logit of an image.
func (g *ImageGradients) Weights() *tensor.Dense { return g.weights }

// Run evaluates the logits and the gradients for the images and the weights.
func (g *ImageGradients) Run() error {
	return g.runAfter(func() { g.builder.state.rows = g.logits.Shape()[0] })
}

// Gradient returns the gradient with respect to the images in the last run, of shape batch,
// height, width, channels. The next run overwrites it.
func (g *ImageGradients) Gradient() *tensor.Dense { return g.gradient.(*tensor.Dense) }

// Outputs returns the outputs of the layers in the last run, in the order in which
// [NewImageGradients] names them. The next run overwrites them.
func (g *ImageGradients) Outputs() []*tensor.Dense { return outputsOf(g.outputs) }

// LayerGradients returns the gradients with respect to [ImageGradients.Outputs], in the same order and
// of the same shapes. The next run overwrites them.
func (g *ImageGradients) LayerGradients() []*tensor.Dense { return outputsOf(g.gradients) }

// outputsOf returns the tensors that the operations of the nodes own.
func outputsOf(nodes gorgonia.Nodes) []*tensor.Dense {
	list := make([]*tensor.Dense, len(nodes))
	for i, n := range nodes {
		list[i] = n.Op().(*op).out.(*tensor.Dense)
	}
	return list
}

// differentiateLogits adds the weights of the logits and the nodes of the gradients with respect
// to the images and to the requested layers. What the caller reads are copies, because operations
// of gorgonia may overwrite their inputs.
func differentiateLogits(c *compilation) (err error) {
	b := c.builder
	defer func() {
		if r := recover(); r != nil { // gorgonia panics on some operations without a gradient
			err = fmt.Errorf("differentiating the logits: %v", r)
		}
	}()
	wrt := gorgonia.Nodes{c.images}
	for _, name := range c.requested {
		n := b.layerNode(name)
		switch {
		case n == nil:
			return fmt.Errorf("gradients: there is no layer %q; there are %s", name, b.layerNames())
		case !b.needsGradient(n):
			return fmt.Errorf("gradients: the layer %q is not computed from the images", name)
		}
		wrt = append(wrt, n)
	}
	c.logitWeights = b.newInput("weights of the logits", tensor.New(tensor.WithShape(c.logits.Shape().Clone()...), tensor.Of(b.params.dtype)))
	found, err := gorgonia.Backpropagate(gorgonia.Nodes{c.logits}, gorgonia.Nodes{c.logitWeights}, wrt)
	if err != nil {
		return fmt.Errorf("differentiating the logits: %w", err)
	}
	for i := range wrt {
		gradient, err := b.copyOf(found[i])
		if err != nil {
			return err
		}
		c.gradients = append(c.gradients, gradient)
		if i > 0 {
			output, err := b.copyOf(wrt[i])
			if err != nil {
				return err
			}
			c.outputs = append(c.outputs, output)
		}
	}
	return nil
}

// copyOf declares a node that copies x to memory of its own.
func (b *Builder) copyOf(x *gorgonia.Node) (*gorgonia.Node, error) {
	return forDtype(b,
		func() (*gorgonia.Node, error) { return copyOf[float32](x) },
		func() (*gorgonia.Node, error) { return copyOf[float64](x) })
}

func copyOf[T kernel.Float](x *gorgonia.Node) (*gorgonia.Node, error) {
	out, y := newBuffer[T](x.Shape()...)
	return applyOp(&op{name: "copy", out: out, run: func(in []gorgonia.Value) error {
		var from []T
		if err := readInputs(in, &from); err != nil {
			return err
		}
		copy(y, from)
		return nil
	}}, x)
}
