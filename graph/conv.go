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
		if c%o.groups != 0 || filters%o.groups != 0 {
			return nil, fmt.Errorf("%d input channels and %d filters in %d groups: both must be multiples of Groups", c, filters, o.groups)
		}
		o.resolveSame(h, w)
		win, err := window(n, h, w, c, o)
		if err != nil {
			return nil, err
		}
		shape := kernel.ConvShape{Window: win, K: filters, Groups: o.groups}
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

func conv[T kernel.Float](b *Builder, name string, s kernel.ConvShape, in []*gorgonia.Node) (*gorgonia.Node, error) {
	k, err := kernel.NewConv[T](s, b.state.workers)
	if err != nil {
		return nil, err
	}
	return applyAffine(b, "conv "+name, &affine[T]{
		kernel: k, shape: []int{s.N, s.OutH(), s.OutW(), s.K},
		fused: func(links []link, winograd bool) (fusedKernel[T], error) {
			return fuseConv[T](b, s, links, winograd)
		},
	}, in)
}

// fuseConv returns a kernel for a convolution and a ReLU, a max-pooling, or both in
// either order behind it, nil for anything else.
func fuseConv[T kernel.Float](b *Builder, s kernel.ConvShape, links []link, winograd bool) (fusedKernel[T], error) {
	if len(links) == 0 && !winograd {
		return nil, nil
	}
	f := kernel.Fusion{Winograd: winograd}
	for _, l := range links {
		switch {
		case l.relu && !f.ReLU:
			f.ReLU, f.ReLUAfterPool = true, f.Pool != nil
		case l.pool != nil && f.Pool == nil:
			f.Pool = l.pool
		default:
			return nil, nil
		}
	}
	k, err := kernel.NewFusedConv[T](s, f, b.state.workers)
	if err != nil {
		return nil, err
	}
	return fusedConv[T]{k}, nil
}

// fusedConv leaves the value before the pooling unwritten: nobody reads it.
type fusedConv[T kernel.Float] struct{ k *kernel.FusedConv[T] }

func (f fusedConv[T]) Forward(out, x, weight, bias []T) error {
	return f.k.Forward(nil, out, x, weight, bias)
}

func (f fusedConv[T]) Backward(dx, dweight, dbias, dout, out, x, weight []T) error {
	return f.k.Backward(dx, dweight, dbias, dout, out, x, weight)
}
