package graph

import (
	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// MaxPool declares max-pooling over windows of size x size. By default the windows do not
// overlap and there is no padding:
//
//	y[n,i,j,c] = max over u,v of x[n, i*stride+u-top, j*stride+v-left, c]
//
// x has shape batch, height, width, channels; y has shape batch, output height, output
// width, channels, with the output sides of [Builder.Conv]. Padding is never the maximum.
// If several entries of a window are largest, the first in row order gets the whole
// gradient. It takes the options Kernel, Stride, Pad and Same.
func (b *Builder) MaxPool(x *gorgonia.Node, size int, opts ...Option) *gorgonia.Node {
	return b.pool("maxpool", x, size, opts,
		func(w kernel.Window) (*gorgonia.Node, error) {
			return pool(b, "maxpool", &follower{maxPool: &w}, w, x, kernel.NewMaxPool[float32])
		},
		func(w kernel.Window) (*gorgonia.Node, error) {
			return pool(b, "maxpool", &follower{maxPool: &w}, w, x, kernel.NewMaxPool[float64])
		})
}

// AvgPool declares average pooling over windows of size x size. Padding counts as zeros in
// the average, as in PyTorch. Shapes, defaults and options are those of [Builder.MaxPool].
func (b *Builder) AvgPool(x *gorgonia.Node, size int, opts ...Option) *gorgonia.Node {
	return b.pool("avgpool", x, size, opts,
		func(w kernel.Window) (*gorgonia.Node, error) {
			return pool(b, "avgpool", nil, w, x, kernel.NewAvgPool[float32])
		},
		func(w kernel.Window) (*gorgonia.Node, error) {
			return pool(b, "avgpool", nil, w, x, kernel.NewAvgPool[float64])
		})
}

// pool declares a pooling layer: it reads the options and calls the function for the type of
// the parameters with the window.
func (b *Builder) pool(kind string, x *gorgonia.Node, size int, opts []Option, float32s, float64s func(kernel.Window) (*gorgonia.Node, error)) *gorgonia.Node {
	return b.addLayer(kind, b.nextName(kind), []*gorgonia.Node{x}, func(l *Layer) (*gorgonia.Node, error) {
		o, err := applyOptions(opts, options{kernel: [2]int{size, size}, dilation: [2]int{1, 1}}, "Kernel", "Stride", "Pad", "Same")
		if err != nil {
			return nil, err
		}
		n, h, w, c, err := imageDims(x)
		if err != nil {
			return nil, err
		}
		if o.stride == [2]int{} {
			o.stride = o.kernel
		}
		if o.stride[0] > 0 && o.stride[1] > 0 {
			o.setSamePadding(h, w)
		}
		win, err := newWindow(n, h, w, c, o)
		if err != nil {
			return nil, err
		}
		if err := win.CheckPool(); err != nil {
			return nil, err
		}
		l.Attributes = windowAttributes(o)
		return forDtype(b,
			func() (*gorgonia.Node, error) { return float32s(win) },
			func() (*gorgonia.Node, error) { return float64s(win) })
	})
}

// A unaryKernel computes a function of one input. Forward keeps what Backward needs.
type unaryKernel[T kernel.Float] interface {
	Forward(y, x []T) error
	Backward(dx, dy []T) error
}

// pool declares the node of a pooling, whose role in fusion is f or none.
func pool[T kernel.Float, K unaryKernel[T]](b *Builder, name string, f *follower, w kernel.Window, x *gorgonia.Node, newKernel func(kernel.Window, *kernel.Workers) (K, error)) (*gorgonia.Node, error) {
	k, err := newKernel(w, b.state.workers)
	if err != nil {
		return nil, err
	}
	return applyUnary[T](b, &op{name: name, follower: f, layout: imageOut}, k, []int{w.N, w.OutH(), w.OutW(), w.C}, x)
}

// applyUnary completes o for a kernel whose output has shape out, and declares its node. The
// backward operation has the output as an input so that gorgonia runs it after the forward one.
func applyUnary[T kernel.Float](b *Builder, o *op, k unaryKernel[T], out []int, x *gorgonia.Node) (*gorgonia.Node, error) {
	value, y := newBuffer[T](out...)
	o.out, o.needsGrad = value, []bool{b.needsGradient(x)}
	o.run = func(in []gorgonia.Value) error {
		x, err := elements[T](in[0])
		if err != nil {
			return err
		}
		return k.Forward(y, x)
	}
	o.gradient = func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		var dx []T
		run := func(in []gorgonia.Value) error {
			dy, err := elements[T](in[1])
			if err != nil {
				return err
			}
			return k.Backward(dx, dy)
		}
		return applyBackward(o, newGradients(o, in, &dx), run, out, grad)
	}
	return applyOp(o, x)
}

// GlobalAvgPool declares the mean over height and width. x has shape batch, height, width,
// channels; y has shape batch, channels.
func (b *Builder) GlobalAvgPool(x *gorgonia.Node) *gorgonia.Node {
	return b.addLayer("globalavgpool", b.nextName("globalavgpool"), []*gorgonia.Node{x}, func(*Layer) (*gorgonia.Node, error) {
		return forDtype(b,
			func() (*gorgonia.Node, error) { return globalAvgPool[float32](b, x) },
			func() (*gorgonia.Node, error) { return globalAvgPool[float64](b, x) })
	})
}

func globalAvgPool[T kernel.Float](b *Builder, x *gorgonia.Node) (*gorgonia.Node, error) {
	n, h, w, c, err := imageDims(x)
	if err != nil {
		return nil, err
	}
	k, err := kernel.NewGlobalAvgPool[T](n, h, w, c, b.state.workers)
	if err != nil {
		return nil, err
	}
	return applyUnary[T](b, &op{name: "globalavgpool", layout: meanOut}, k, []int{n, c}, x)
}
