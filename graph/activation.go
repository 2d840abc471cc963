package graph

import (
	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// ReLU declares max(x, 0), elementwise, for x of any shape. Its derivative at 0 is 0.
func (b *Builder) ReLU(x *gorgonia.Node) *gorgonia.Node {
	return b.activation("relu", kernel.ReLU, 0, x)
}

// LeakyReLU declares x for x > 0 and slope*x otherwise: Maas et al., "Rectifier
// nonlinearities improve neural network acoustic models", 2013.
func (b *Builder) LeakyReLU(x *gorgonia.Node, slope float64) *gorgonia.Node {
	return b.activation("leakyrelu", kernel.LeakyReLU, slope, x)
}

// GELU declares x*Φ(x), where Φ is the standard normal distribution function, in
// its exact form: Hendrycks and Gimpel, arXiv:1606.08415.
func (b *Builder) GELU(x *gorgonia.Node) *gorgonia.Node {
	return b.activation("gelu", kernel.GELU, 0, x)
}

// SiLU declares x/(1+exp(-x)), also called swish: Elfwing et al.,
// arXiv:1702.03118.
func (b *Builder) SiLU(x *gorgonia.Node) *gorgonia.Node {
	return b.activation("silu", kernel.SiLU, 0, x)
}

// Tanh declares the hyperbolic tangent, elementwise.
func (b *Builder) Tanh(x *gorgonia.Node) *gorgonia.Node {
	return b.activation("tanh", kernel.Tanh, 0, x)
}

// Sigmoid declares 1/(1+exp(-x)), elementwise.
func (b *Builder) Sigmoid(x *gorgonia.Node) *gorgonia.Node {
	return b.activation("sigmoid", kernel.Sigmoid, 0, x)
}

func (b *Builder) activation(kind string, a kernel.Activation, alpha float64, x *gorgonia.Node) *gorgonia.Node {
	return b.addLayer(kind, b.nextName(kind), []*gorgonia.Node{x}, func(l *Layer) (*gorgonia.Node, error) {
		l.Attributes.Slope = alpha
		return forDtype(b,
			func() (*gorgonia.Node, error) { return activation[float32](b, kind, a, alpha, x) },
			func() (*gorgonia.Node, error) { return activation[float64](b, kind, a, alpha, x) })
	})
}

func activation[T kernel.Float](b *Builder, kind string, a kernel.Activation, alpha float64, x *gorgonia.Node) (*gorgonia.Node, error) {
	value, y := newBuffer[T](x.Shape()...)
	o := &op{name: kind, out: value, needsGrad: []bool{b.needsGradient(x)}}
	if a == kernel.ReLU {
		o.follower = &follower{relu: true}
	}
	o.run = func(in []gorgonia.Value) error {
		x, err := elements[T](in[0])
		if err != nil {
			return err
		}
		return kernel.Activate(b.state.workers, a, T(alpha), y, x)
	}
	// The backward pass reads either the input or the output, so that gorgonia need not keep
	// the other.
	readsOutput := a == kernel.ReLU || a == kernel.Tanh || a == kernel.Sigmoid
	o.gradient = func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		var dx []T
		run := func(in []gorgonia.Value) error {
			var xOrY, dy []T
			if err := readInputs(in, &xOrY, &dy); err != nil {
				return err
			}
			return kernel.ActivateGrad(b.state.workers, a, T(alpha), dx, dy, xOrY, xOrY)
		}
		xOrY := in[0]
		if readsOutput {
			xOrY = out
		}
		return applyBackward(o, newGradients(o, in, &dx), run, xOrY, grad)
	}
	return applyOp(o, x)
}
