package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
)

// Flatten turns images of shape batch, height, width, channels into rows of shape
// batch, height*width*channels.
func (b *Builder) Flatten(x *gorgonia.Node) *gorgonia.Node {
	n := b.addLayer("flatten", b.nextName("flatten"), []*gorgonia.Node{x}, func(*Layer) (*gorgonia.Node, error) {
		n, h, w, c, err := imageDims(x)
		if err != nil {
			return nil, err
		}
		shape := []int{n, h * w * c}
		return forDtype(b,
			func() (*gorgonia.Node, error) { return flatten[float32](b, shape, x) },
			func() (*gorgonia.Node, error) { return flatten[float64](b, shape, x) })
	})
	if n != nil {
		s := x.Shape()
		b.flattenedFrom[n] = hwc{s[1], s[2], s[3]}
	}
	return n
}

// flatten declares the node. It copies, although a view would be enough: the TapeMachine
// lets some gorgonia operations overwrite values that no later operation reads, and does
// not know that a view shares the memory. Fusion avoids the copies: the operation before
// writes the output of flatten. Its backward operation then reads the output, which it does
// not need to copy the gradient.
func flatten[T kernel.Float](b *Builder, shape []int, x *gorgonia.Node) (*gorgonia.Node, error) {
	value, y := newBuffer[T](shape...)
	copyTo := func(to *[]T) func(in []gorgonia.Value) error {
		return func(in []gorgonia.Value) error {
			src, err := elements[T](in[len(in)-1])
			if err != nil {
				return err
			}
			dst := *to
			if len(src) != len(dst) {
				return fmt.Errorf("input has %d values, want %d", len(src), len(dst))
			}
			copy(dst, src)
			return nil
		}
	}
	o := &op{name: "flatten", layout: flattenOut, out: value, needsGrad: []bool{b.needsGradient(x)}, run: copyTo(&y),
		follower: &follower{flatten: true}}
	o.gradient = func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		var dx []T
		return applyBackward(o, newGradients(o, in, &dx), copyTo(&dx), out, grad)
	}
	return applyOp(o, x)
}

// Dense declares a fully connected layer:
//
//	y[n,k] = bias[k] + sum over i of x[n,i] * w[i,k]
//
// x has shape batch, inputs; y has shape batch, units. It takes the options NoBias, Weights
// and Bias. It creates the parameters name.weight, of shape inputs, units, and name.bias,
// of shape units.
func (b *Builder) Dense(name string, x *gorgonia.Node, units int, opts ...Option) *gorgonia.Node {
	return b.addLayer("dense", name, []*gorgonia.Node{x}, func(l *Layer) (*gorgonia.Node, error) {
		o, err := applyOptions(opts, options{weight: HeUniform, bias: Zeros}, "NoBias", "Weights", "Bias")
		if err != nil {
			return nil, err
		}
		s := x.Shape()
		switch {
		case len(s) == 4:
			return nil, fmt.Errorf("input has shape %v, want batch, inputs: call Flatten or GlobalAvgPool first", s)
		case len(s) != 2:
			return nil, fmt.Errorf("input has shape %v, want batch, inputs", s)
		case units < 1:
			return nil, fmt.Errorf("%d units, want at least 1", units)
		}
		fan := Fan{In: s[1], Out: units}
		native := []int{s[1], units}
		weight, wn, err := b.declareParam(name+".weight", native, b.denseOrder(x, units), false, o.weight, fan)
		if err != nil {
			return nil, err
		}
		if err := kernel.CheckDense(s[0], s[1], units); err != nil {
			return nil, err
		}
		b.setVersion1(weight, x)
		l.Params = append(l.Params, weight)
		l.FLOPs = 2 * int64(s[1]) * int64(units)
		in := []*gorgonia.Node{x, wn}
		if !o.noBias {
			bias, bn, err := b.declareParam(name+".bias", []int{units}, sameOrder([]int{units}), false, o.bias, fan)
			if err != nil {
				return nil, err
			}
			l.Params = append(l.Params, bias)
			in = append(in, bn)
		}
		return forDtype(b,
			func() (*gorgonia.Node, error) { return dense[float32](b, name, s, units, in) },
			func() (*gorgonia.Node, error) { return dense[float64](b, name, s, units, in) })
	})
}

// denseOrder relates the layout of a dense weight to PyTorch's, which is outputs, inputs. The
// inputs have the order of the units of x.
func (b *Builder) denseOrder(x *gorgonia.Node, out int) axisOrder {
	return axisOrder{native: []int{x.Shape()[1], out}, perm: []int{1, 0}, flat: b.channelOrder(x).flat}
}

func dense[T kernel.Float](b *Builder, name string, in tensor.Shape, units int, nodes []*gorgonia.Node) (*gorgonia.Node, error) {
	return applyAffine(b, "dense "+name, &affine[T]{
		shape: []int{in[0], units}, layout: rowsOut,
		newKernel: func(chain []follower, _ bool) (affineKernel[T], error) {
			relu := isReLU(chain)
			if len(chain) > 0 && !relu {
				return nil, nil
			}
			return kernel.NewDense[T](in[0], in[1], units, relu, b.state.workers)
		},
		inferenceKernel: func(chain foldChain, _ bool) (inferenceKernel[T], error) {
			relu := isReLU(chain.followers)
			if chain.sum || len(chain.followers) > 0 && !relu {
				return nil, nil
			}
			return kernel.NewInferenceDense[T](in[0], in[1], units, relu, b.state.workers)
		},
	}, nodes)
}
