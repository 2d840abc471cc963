package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// Conv declares a convolution. By default the kernel is square, the stride is 1, and there
// is a bias but no padding:
//
//	y[n,i,j,k] = bias[k] + sum over u,v,c of x[n, i*stride+u*dilation-top, j*stride+v*dilation-left, c] * w[u,v,c,k]
//
// As usual in deep learning this is a cross-correlation: the kernel is not flipped. x has
// shape batch, height, width, channels; y has shape batch, output height, output width,
// filters. The output height is
// floor((height + padding - dilation*(kernel-1) - 1)/stride) + 1, and so is the width.
//
// It takes the options Kernel, Stride, Pad, Same, Dilation, Groups, NoBias, Weights and
// Bias. It creates the parameters name.weight, of shape kernel height, kernel width,
// channels per group, filters, and name.bias, of shape filters. Source: Dumoulin and Visin,
// "A guide to convolution arithmetic for deep learning", arXiv:1603.07285.
func (b *Builder) Conv(name string, x *gorgonia.Node, filters, size int, opts ...Option) *gorgonia.Node {
	return b.addLayer("conv", name, []*gorgonia.Node{x}, func(l *Layer) (*gorgonia.Node, error) {
		o, err := applyOptions(opts, options{
			kernel: [2]int{size, size}, stride: [2]int{1, 1}, dilation: [2]int{1, 1},
			groups: 1, weight: HeUniform, bias: Zeros,
		}, "Kernel", "Stride", "Pad", "Same", "Dilation", "Groups", "NoBias", "Weights", "Bias")
		if err != nil {
			return nil, err
		}
		n, h, w, c, err := imageDims(x)
		if err != nil {
			return nil, err
		}
		if filters < 1 || o.kernel[0] < 1 || o.kernel[1] < 1 {
			return nil, fmt.Errorf("%d filters of %dx%d: each must be at least 1", filters, o.kernel[0], o.kernel[1])
		}
		if c%o.groups != 0 || filters%o.groups != 0 {
			return nil, fmt.Errorf("%d input channels and %d filters in %d groups: both must be multiples of Groups", c, filters, o.groups)
		}
		o.setSamePadding(h, w)
		win, err := newWindow(n, h, w, c, o)
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
		order := axisOrder{native: native, perm: []int{3, 2, 0, 1}}
		weight, wn, err := b.declareParam(name+".weight", native, order, false, o.weight, fan)
		if err != nil {
			return nil, err
		}
		l.Attributes = windowAttributes(o)
		l.Params = append(l.Params, weight)
		l.FLOPs = shape.FLOPs() / int64(n)
		in := []*gorgonia.Node{x, wn}
		if !o.noBias {
			bias, bn, err := b.declareParam(name+".bias", []int{filters}, sameOrder([]int{filters}), false, o.bias, fan)
			if err != nil {
				return nil, err
			}
			l.Params = append(l.Params, bias)
			in = append(in, bn)
		}
		return forDtype(b,
			func() (*gorgonia.Node, error) { return conv[float32](b, name, shape, in) },
			func() (*gorgonia.Node, error) { return conv[float64](b, name, shape, in) })
	})
}

func conv[T kernel.Float](b *Builder, name string, s kernel.ConvShape, in []*gorgonia.Node) (*gorgonia.Node, error) {
	return applyAffine(b, "conv "+name, &affine[T]{
		shape: []int{s.N, s.OutH(), s.OutW(), s.K}, layout: imageOut,
		newKernel: func(chain []follower, winograd bool) (affineKernel[T], error) {
			f, ok := convFusion(chain, winograd)
			if !ok {
				return nil, nil
			}
			return kernel.NewConv[T](s, f, b.state.workers)
		},
		normKernel: func(chain []follower, relu, winograd bool) (normKernel[T], error) {
			f, ok := convFusion(chain, winograd)
			if !ok || f.ReLU {
				return nil, nil
			}
			f.ReLU = relu
			k, err := kernel.NewConvNorm[T](s, f, batchNormEpsilon, b.state.workers)
			if k == nil || err != nil {
				return nil, err
			}
			return k, nil
		},
		inferenceKernel: func(chain foldChain, winograd bool) (inferenceKernel[T], error) {
			f, ok := convFusion(chain.followers, winograd)
			if !ok || chain.sum && f.Pool != nil {
				return nil, nil
			}
			return kernel.NewInferenceConv[T](s, f, chain.sum, b.state.workers)
		},
	}, in)
}

// convFusion describes a chain of a ReLU, a max-pooling, or both in either order; ok is false for
// other chains.
func convFusion(chain []follower, winograd bool) (f kernel.Fusion, ok bool) {
	f.Winograd = winograd
	for _, next := range chain {
		switch {
		case next.relu && !f.ReLU:
			f.ReLU = true
		case next.maxPool != nil && f.Pool == nil:
			f.Pool = next.maxPool
		default:
			return f, false
		}
	}
	return f, true
}
