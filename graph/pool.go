package graph

import (
	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// MaxPool declares max-pooling over windows of size x size that do not overlap,
// unless options say otherwise:
//
//	y[n,i,j,c] = max over u,v of x[n, i*stride+u-top, j*stride+v-left, c]
//
// x has shape batch, height, width, channels; the result batch, output height,
// output width, channels. Padding is never chosen. Where several entries of a
// window are largest, the first in row order gets the whole derivative. It takes
// the options Kernel, Stride, Pad and Same.
func (b *Builder) MaxPool(x *gorgonia.Node, size int, opts ...Option) *gorgonia.Node {
	return b.pool("maxpool", x, size, opts,
		func(w kernel.Window) (*gorgonia.Node, error) {
			return pool(b, "maxpool", &w, w, x, kernel.NewMaxPool[float32])
		},
		func(w kernel.Window) (*gorgonia.Node, error) {
			return pool(b, "maxpool", &w, w, x, kernel.NewMaxPool[float64])
		})
}

// AvgPool declares average pooling over windows of size x size that do not
// overlap, unless options say otherwise. Padding counts as zeros in the mean, as
// in PyTorch. Shapes and options are those of [Builder.MaxPool].
func (b *Builder) AvgPool(x *gorgonia.Node, size int, opts ...Option) *gorgonia.Node {
	return b.pool("avgpool", x, size, opts,
		func(w kernel.Window) (*gorgonia.Node, error) {
			return pool(b, "avgpool", nil, w, x, kernel.NewAvgPool[float32])
		},
		func(w kernel.Window) (*gorgonia.Node, error) {
			return pool(b, "avgpool", nil, w, x, kernel.NewAvgPool[float64])
		})
}

func (b *Builder) pool(kind string, x *gorgonia.Node, size int, opts []Option, single, double func(kernel.Window) (*gorgonia.Node, error)) *gorgonia.Node {
	return b.layer(kind, b.name(kind), []*gorgonia.Node{x}, func(*Layer) (*gorgonia.Node, error) {
		o, err := collect(opts, options{kernel: [2]int{size, size}, dilation: [2]int{1, 1}}, "Kernel", "Stride", "Pad", "Same")
		if err != nil {
			return nil, err
		}
		n, h, w, c, err := image(x)
		if err != nil {
			return nil, err
		}
		if o.stride == [2]int{} {
			o.stride = o.kernel
		}
		if o.stride[0] > 0 && o.stride[1] > 0 {
			o.resolveSame(h, w)
		}
		win, err := window(n, h, w, c, o)
		if err != nil {
			return nil, err
		}
		if err := win.CheckPool(); err != nil {
			return nil, err
		}
		return typed(b,
			func() (*gorgonia.Node, error) { return single(win) },
			func() (*gorgonia.Node, error) { return double(win) })
	})
}

// mapper is a kernel that maps one input and keeps what its derivative needs.
type mapper[T kernel.Float] interface {
	Forward(y, x []T) error
	Backward(dx, dy []T) error
}

// pool declares a pooling; fusible is its window if it can be computed together with
// a convolution before it.
func pool[T kernel.Float, K mapper[T]](b *Builder, name string, fusible *kernel.Window, w kernel.Window, x *gorgonia.Node, newKernel func(kernel.Window, *kernel.Workers) (K, error)) (*gorgonia.Node, error) {
	k, err := newKernel(w, b.state.workers)
	if err != nil {
		return nil, err
	}
	n, err := applyMapper[T](b, name, k, []int{w.N, w.OutH(), w.OutW(), w.C}, x)
	if err == nil && fusible != nil {
		n.Op().(*op).layer = link{pool: fusible}
	}
	return n, err
}

// applyMapper declares the node of a mapper kernel. The backward node has the
// output among its inputs, so that it runs after the forward one.
func applyMapper[T kernel.Float](b *Builder, name string, k mapper[T], out []int, x *gorgonia.Node) (*gorgonia.Node, error) {
	value, y := buffer[T](out...)
	o := &op{name: name, out: value, wants: []bool{b.needsGradient(x)}}
	o.run = func(in []gorgonia.Value) error {
		x, err := data[T](in[0])
		if err != nil {
			return err
		}
		return k.Forward(y, x)
	}
	o.gradient = func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		value, dx := buffer[T](in[0].Shape()...)
		run := func(in []gorgonia.Value) error {
			dy, err := data[T](in[1])
			if err != nil {
				return err
			}
			return k.Backward(dx, dy)
		}
		return applyBackward(o, []gorgonia.Value{value}, run, out, grad)
	}
	return apply(o, x)
}

// GlobalAvgPool declares the mean over all rows and columns: images of shape
// batch, height, width, channels become rows of shape batch, channels.
func (b *Builder) GlobalAvgPool(x *gorgonia.Node) *gorgonia.Node {
	return b.layer("globalavgpool", b.name("globalavgpool"), []*gorgonia.Node{x}, func(*Layer) (*gorgonia.Node, error) {
		return typed(b,
			func() (*gorgonia.Node, error) { return globalAvgPool[float32](b, x) },
			func() (*gorgonia.Node, error) { return globalAvgPool[float64](b, x) })
	})
}

func globalAvgPool[T kernel.Float](b *Builder, x *gorgonia.Node) (*gorgonia.Node, error) {
	n, h, w, c, err := image(x)
	if err != nil {
		return nil, err
	}
	k, err := kernel.NewGlobalAvgPool[T](n, h, w, c, b.state.workers)
	if err != nil {
		return nil, err
	}
	return applyMapper[T](b, "globalavgpool", k, []int{n, c}, x)
}
