package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
)

// spatial is the shape of an image that was flattened: height, width, channels.
type spatial [3]int

// Flatten turns images of shape batch, height, width, channels into rows of shape
// batch, height*width*channels.
func (b *Builder) Flatten(x *gorgonia.Node) *gorgonia.Node {
	n := b.layer("flatten", b.name("flatten"), []*gorgonia.Node{x}, func(*Layer) (*gorgonia.Node, error) {
		n, h, w, c, err := image(x)
		if err != nil {
			return nil, err
		}
		shape := []int{n, h * w * c}
		return typed(b,
			func() (*gorgonia.Node, error) { return flatten[float32](b, shape, x) },
			func() (*gorgonia.Node, error) { return flatten[float64](b, shape, x) })
	})
	if n != nil {
		s := x.Shape()
		b.flat[n] = spatial{s[1], s[2], s[3]}
	}
	return n
}

// flattened returns the shape of the image that x has the entries of, in the order
// in which Flatten put them. Whatever computes entry by entry from nodes of one shape
// keeps the order, so layers and stock operations of that kind may stand between.
func (b *Builder) flattened(x *gorgonia.Node) (s spatial, ok bool) {
	if s, ok := b.flat[x]; ok {
		return s, true
	}
	for it := b.graph.From(x.ID()); it.Next(); {
		child := it.Node().(*gorgonia.Node)
		if child.IsScalar() || child.Dims() == 1 && b.leaves[child.Name()] == child {
			continue // a scalar, or a scale or shift of each entry
		}
		from, is := b.flattened(child)
		if !is || !child.Shape().Eq(x.Shape()) || ok && from != s {
			return spatial{}, false
		}
		s, ok = from, true
	}
	return s, ok
}

// flatten copies, although a view would do: the TapeMachine may let a stock
// operation overwrite a value that it believes is not needed any more, and cannot
// know that another node shares its memory.
func flatten[T kernel.Float](b *Builder, shape []int, x *gorgonia.Node) (*gorgonia.Node, error) {
	value, y := buffer[T](shape...)
	copyTo := func(dst []T) func(in []gorgonia.Value) error {
		return func(in []gorgonia.Value) error {
			src, err := data[T](in[0])
			if err != nil {
				return err
			}
			if len(src) != len(dst) {
				return fmt.Errorf("input has %d values, want %d", len(src), len(dst))
			}
			copy(dst, src)
			return nil
		}
	}
	o := &op{name: "flatten", out: value, wants: []bool{b.needsGradient(x)}, run: copyTo(y)}
	o.gradient = func(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		value, dx := buffer[T](in[0].Shape()...)
		return applyBackward(o, []gorgonia.Value{value}, copyTo(dx), grad)
	}
	return apply(o, x)
}

// Dense declares a fully connected layer of the given number of units:
//
//	y[n,k] = bias[k] + sum over i of x[n,i] * w[i,k]
//
// x has shape batch, inputs; the result batch, units. It takes the options NoBias,
// Weights and Bias, and creates the parameters name.weight and name.bias.
func (b *Builder) Dense(name string, x *gorgonia.Node, units int, opts ...Option) *gorgonia.Node {
	return b.layer("dense", name, []*gorgonia.Node{x}, func(l *Layer) (*gorgonia.Node, error) {
		o, err := collect(opts, options{weight: HeUniform, bias: Zeros}, "NoBias", "Weights", "Bias")
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
		weight, wn, err := b.param(name+".weight", native, b.denseOrder(x, units), false, o.weight, fan)
		if err != nil {
			return nil, err
		}
		l.Params = append(l.Params, weight)
		l.FLOPs = 2 * int64(s[1]) * int64(units)
		in := []*gorgonia.Node{x, wn}
		if !o.noBias {
			bias, bn, err := b.param(name+".bias", []int{units}, sameOrder([]int{units}), false, o.bias, fan)
			if err != nil {
				return nil, err
			}
			l.Params = append(l.Params, bias)
			in = append(in, bn)
		}
		return typed(b,
			func() (*gorgonia.Node, error) { return dense[float32](b, name, s, units, in) },
			func() (*gorgonia.Node, error) { return dense[float64](b, name, s, units, in) })
	})
}

// denseOrder relates a dense weight to PyTorch's, which is outputs, inputs; after
// a flattened image the inputs count rows, columns, channels here and channels,
// rows, columns there.
func (b *Builder) denseOrder(x *gorgonia.Node, out int) axisOrder {
	in := x.Shape()[1]
	if s, ok := b.flattened(x); ok {
		return axisOrder{[]int{s[0], s[1], s[2], out}, []int{3, 2, 0, 1}, []int{out, in}}
	}
	return axisOrder{[]int{in, out}, []int{1, 0}, []int{out, in}}
}

func dense[T kernel.Float](b *Builder, name string, in tensor.Shape, units int, nodes []*gorgonia.Node) (*gorgonia.Node, error) {
	k, err := kernel.NewDense[T](in[0], in[1], units, b.state.workers)
	if err != nil {
		return nil, err
	}
	return applyAffine(b, "dense "+name, &affine[T]{
		kernel: k, shape: []int{in[0], units},
		fused: func(links []link, _ bool) (fusedKernel[T], error) {
			if len(links) != 1 || !links[0].relu {
				return nil, nil
			}
			return kernel.NewDenseReLU[T](in[0], in[1], units, b.state.workers)
		},
	}, nodes)
}
