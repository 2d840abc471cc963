package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// Conv declares a convolution with a square kernel and a bias, stride 1, no
// padding, unless options say otherwise:
//
//	y[n,i,j,k] = bias[k] + sum over u,v,c of x[n, i*stride+u*dilation-top, j*stride+v*dilation-left, c] * w[u,v,c,k]
//
// It is the cross-correlation that the field calls convolution: the kernel is not
// flipped. x has shape batch, height, width, channels; the result batch, output
// height, output width, filters, where an output side is
// floor((side + padding - dilation*(kernel-1) - 1)/stride) + 1.
//
// It takes the options Kernel, Stride, Pad, Same, Dilation, Groups, NoBias,
// Weights and Bias, and creates the parameters name.weight and name.bias.
// Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep
// learning", arXiv:1603.07285.
func (b *Builder) Conv(name string, x *gorgonia.Node, filters, size int, opts ...Option) *gorgonia.Node {
	return b.layer("conv", name, []*gorgonia.Node{x}, func(l *Layer) (*gorgonia.Node, error) {
		o, err := collect(opts, options{
			kernel: [2]int{size, size}, stride: [2]int{1, 1}, dilation: [2]int{1, 1},
			groups: 1, weight: HeUniform, bias: Zeros,
		}, "Kernel", "Stride", "Pad", "Same", "Dilation", "Groups", "NoBias", "Weights", "Bias")
		if err != nil {
			return nil, err
		}
		n, h, w, c, err := image(x)
		if err != nil {
			return nil, err
		}
		if filters < 1 || o.kernel[0] < 1 || o.kernel[1] < 1 {
			return nil, fmt.Errorf("%d filters of %dx%d: each must be at least 1", filters, o.kernel[0], o.kernel[1])
		}
		o.resolveSame(h, w)
		shape := kernel.ConvShape{Window: window(n, h, w, c, o), K: filters, Groups: o.groups}
		if err := shape.Check(); err != nil {
			return nil, err
		}
		taps := o.kernel[0] * o.kernel[1]
		fan := Fan{In: taps * c / o.groups, Out: taps * filters / o.groups}
		native := []int{o.kernel[0], o.kernel[1], c / o.groups, filters}
		order := axisOrder{native, []int{3, 2, 0, 1}, []int{filters, c / o.groups, o.kernel[0], o.kernel[1]}}
		weight, wn, err := b.param(name+".weight", native, order, false, o.weight, fan)
		if err != nil {
			return nil, err
		}
		l.Params = append(l.Params, weight)
		l.FLOPs = shape.FLOPs() / int64(n)
		in := []*gorgonia.Node{x, wn}
		if !o.noBias {
			bias, bn, err := b.param(name+".bias", []int{filters}, sameOrder([]int{filters}), false, o.bias, fan)
			if err != nil {
				return nil, err
			}
			l.Params = append(l.Params, bias)
			in = append(in, bn)
		}
		return typed(b,
			func() (*gorgonia.Node, error) { return conv[float32](b, name, shape, in) },
			func() (*gorgonia.Node, error) { return conv[float64](b, name, shape, in) })
	})
}

// window is the geometry of a sliding window with these options.
func window(n, h, w, c int, o options) kernel.Window {
	return kernel.Window{
		N: n, H: h, W: w, C: c,
		KH: o.kernel[0], KW: o.kernel[1],
		StrideH: o.stride[0], StrideW: o.stride[1],
		PadTop: o.pad[0], PadBottom: o.pad[1], PadLeft: o.pad[2], PadRight: o.pad[3],
		DilationH: o.dilation[0], DilationW: o.dilation[1],
	}
}

// affine is a kernel that maps x to x·weight + bias: a convolution or a dense layer.
type affine[T kernel.Float] interface {
	Forward(y, x, weight, bias []T) error
	Backward(dx, dweight, dbias, dy, x, weight []T) error
}

func conv[T kernel.Float](b *Builder, name string, s kernel.ConvShape, in []*gorgonia.Node) (*gorgonia.Node, error) {
	k, err := kernel.NewConv[T](s, b.state.workers)
	if err != nil {
		return nil, err
	}
	return applyAffine[T](b, "conv "+name, k, []int{s.N, s.OutH(), s.OutW(), s.K}, in)
}

// applyAffine declares the node of an affine kernel over in: x, weight and
// possibly bias. No derivative is computed that nobody can ask for.
func applyAffine[T kernel.Float](b *Builder, name string, k affine[T], out []int, in []*gorgonia.Node) (*gorgonia.Node, error) {
	value, y := buffer[T](out...)
	wants := make([]bool, len(in))
	for i, n := range in {
		wants[i] = b.needsGradient(n)
	}
	o := &op{name: name, out: value, wants: wants}
	o.run = func(in []gorgonia.Value) error {
		var x, w, bias []T
		to := []*[]T{&x, &w, &bias}
		if err := datas(in, to[:len(in)]...); err != nil {
			return err
		}
		return k.Forward(y, x, w, bias)
	}
	o.gradient = func(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		var d [3][]T
		outs := make([]gorgonia.Value, len(in))
		for i, n := range in {
			if wants[i] {
				outs[i], d[i] = buffer[T](n.Shape()...)
			}
		}
		run := func(in []gorgonia.Value) error {
			var x, w, dy []T
			if err := datas(in, &x, &w, &dy); err != nil {
				return err
			}
			return k.Backward(d[0], d[1], d[2], dy, x, w)
		}
		return applyBackward(name+" backward", outs, run, in[0], in[1], grad)
	}
	return apply(o, in...)
}
