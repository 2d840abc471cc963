package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
)

// Scale declares the product of each channel and a learned factor:
//
//	y[n,...,c] = weight[c] * x[n,...,c]
//
// x and y have shape batch, ..., channels. It creates the parameter name.weight (ones), of
// shape channels.
func (b *Builder) Scale(name string, x *gorgonia.Node) *gorgonia.Node {
	return b.addLayer("scale", name, []*gorgonia.Node{x}, func(l *Layer) (*gorgonia.Node, error) {
		s := x.Shape()
		if len(s) < 2 {
			return nil, fmt.Errorf("input has shape %v, want batch, ..., channels", s)
		}
		c := s[len(s)-1]
		p, n, err := b.declareParam(name+".weight", []int{c}, b.channelOrder(x), false, Ones, Fan{})
		if err != nil {
			return nil, err
		}
		l.Params = []*Param{p}
		factors := slices.Repeat([]int{1}, len(s))
		factors[len(s)-1] = c
		return b.mul("scale "+name, []*gorgonia.Node{x, n}, s, factors)
	})
}

// SqueezeExcite declares squeeze-and-excitation, which multiplies each channel of an image
// by a factor between 0 and 1 that is computed from the means of all channels:
//
//	s[n,c] = mean over i,j of x[n,i,j,c]
//	f      = sigmoid(expand(relu(reduce(s))))
//	y[n,i,j,c] = f[n,c] * x[n,i,j,c]
//
// reduce and expand are [Builder.Dense] layers of units and of channels units, name.reduce
// and name.expand. Usual is a sixteenth of the channels for units. x and y have shape batch,
// height, width, channels. Source: Hu et al., arXiv:1709.01507.
func (b *Builder) SqueezeExcite(name string, x *gorgonia.Node, units int) *gorgonia.Node {
	if b.err == nil && x != nil && x.Dims() != 4 {
		b.Fail(fmt.Errorf("squeezeexcite %q: input has shape %v, want an image: batch, height, width, channels", name, x.Shape()))
	}
	s := b.ReLU(b.Dense(name+".reduce", b.GlobalAvgPool(x), units))
	if s == nil {
		return nil // after an error
	}
	return b.Mul(x, b.Sigmoid(b.Dense(name+".expand", s, x.Shape()[3])))
}
