package main

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph"
)

// stockNets builds the networks of package model from stock operations. It avoids the
// operations that are wrong in gorgonia, so both sides compute the same.
var stockNets = map[string]func(b *stockBuilder, x *gorgonia.Node) *gorgonia.Node{
	"cnn": func(b *stockBuilder, x *gorgonia.Node) *gorgonia.Node {
		x = b.relu(b.conv("conv1", x, 0, 1))
		x = b.relu(b.conv("conv2", x, 0, 1))
		x = b.maxPool(x, 2)
		x = b.relu(b.dense("fc1", b.flatten(x)))
		return b.dense("fc2", x)
	},
	"fast": func(b *stockBuilder, x *gorgonia.Node) *gorgonia.Node {
		x = b.relu(b.maxPool(b.conv("conv1", x, 0, 1), 2))
		x = b.relu(b.maxPool(b.conv("conv2", x, 0, 1), 2))
		return b.dense("fc1", b.flatten(x))
	},
	"lenet5": func(b *stockBuilder, x *gorgonia.Node) *gorgonia.Node {
		x = b.tanh(b.conv("conv1", x, 2, 1))
		x = b.avgPool(x, 2)
		x = b.tanh(b.conv("conv2", x, 0, 1))
		x = b.avgPool(x, 2)
		x = b.tanh(b.dense("fc1", b.flatten(x)))
		x = b.tanh(b.dense("fc2", x))
		return b.dense("fc3", x)
	},
	"sprint": func(b *stockBuilder, x *gorgonia.Node) *gorgonia.Node {
		x = b.relu(b.maxPool(b.conv("conv1", x, 0, 1), 2))
		x = b.relu(b.batchNorm("bn2", b.maxPool(b.conv("conv2", x, 0, 1), 2)))
		return b.dense("fc1", b.flatten(x))
	},
	"tiny": func(b *stockBuilder, x *gorgonia.Node) *gorgonia.Node {
		for i := range 6 {
			x = b.conv(fmt.Sprintf("conv%d", i+1), x, 1, 1)
			if i == 1 || i == 3 {
				x = b.maxPool(x, 2)
			}
			x = b.relu(b.batchNorm(fmt.Sprintf("bn%d", i+1), x))
		}
		return b.dense("fc1", b.globalAvgPool(x))
	},
	"resnet": func(b *stockBuilder, x *gorgonia.Node) *gorgonia.Node {
		x = b.relu(b.batchNorm("bn1", b.conv("conv1", x, 1, 1)))
		x = b.residual("block1", x, 1)
		x = b.residual("block2", x, 2)
		x = b.residual("block3", x, 2)
		return b.dense("fc1", b.globalAvgPool(x))
	},
}

// stockBuilder declares layers of stock operations over copies of a model's parameters.
// After its first error, which it keeps, it does nothing.
type stockBuilder struct {
	graph   *gorgonia.ExprGraph
	from    *graph.Params
	learned gorgonia.Nodes
	err     error
}

func (b *stockBuilder) leaf(name string, value *tensor.Dense) *gorgonia.Node {
	return gorgonia.NewTensor(b.graph, value.Dtype(), value.Dims(),
		gorgonia.WithShape(value.Shape()...), gorgonia.WithName(name), gorgonia.WithValue(value))
}

// param returns a leaf with a copy of a parameter. Its shape is the given one, or else the
// portable shape, which is the one that gorgonia's convolutions need.
func (b *stockBuilder) param(name string, shape ...int) *gorgonia.Node {
	p := b.from.Get(name)
	if p == nil {
		b.fail(fmt.Errorf("the model has no parameter %q", name))
		return nil
	}
	if len(shape) == 0 {
		shape = p.PortableShape()
	}
	n := b.leaf(name, tensor.New(tensor.WithShape(shape...), tensor.WithBacking(p.Portable())))
	b.learned = append(b.learned, n)
	return n
}

func (b *stockBuilder) fail(err error) {
	if b.err == nil && err != nil {
		b.err = fmt.Errorf("stock gorgonia: %w", err)
	}
}

// op calls declare unless there was an error.
func (b *stockBuilder) op(declare func() (*gorgonia.Node, error)) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	n, err := declare()
	b.fail(err)
	return n
}

func (b *stockBuilder) conv(name string, x *gorgonia.Node, pad, stride int) *gorgonia.Node {
	return b.op(func() (*gorgonia.Node, error) {
		w := b.param(name + ".weight")
		if b.err != nil {
			return nil, b.err
		}
		y, err := gorgonia.Conv2d(x, w, w.Shape()[2:].Clone(), []int{pad, pad}, []int{stride, stride}, []int{1, 1})
		if err != nil || b.from.Get(name+".bias") == nil {
			return y, err
		}
		return gorgonia.BroadcastAdd(y, b.param(name+".bias", 1, w.Shape()[0], 1, 1), nil, []byte{0, 2, 3})
	})
}

func (b *stockBuilder) dense(name string, x *gorgonia.Node) *gorgonia.Node {
	return b.op(func() (*gorgonia.Node, error) {
		p := b.from.Get(name + ".weight")
		if p == nil {
			return nil, fmt.Errorf("the model has no parameter %q", name+".weight")
		}
		// Mul needs inputs x outputs. The weights are transposed here, not in each step.
		out, in := p.PortableShape()[0], p.PortableShape()[1]
		flat, transposed := p.Portable(), make([]float32, in*out)
		for o := range out {
			for i := range in {
				transposed[i*out+o] = flat[o*in+i]
			}
		}
		w := b.leaf(name+".weight", tensor.New(tensor.WithShape(in, out), tensor.WithBacking(transposed)))
		b.learned = append(b.learned, w)
		y, err := gorgonia.Mul(x, w)
		if err != nil {
			return nil, err
		}
		return gorgonia.BroadcastAdd(y, b.param(name+".bias", 1, out), nil, []byte{0})
	})
}

func (b *stockBuilder) batchNorm(name string, x *gorgonia.Node) *gorgonia.Node {
	return b.op(func() (*gorgonia.Node, error) {
		c := x.Shape()[1]
		scale, shift := b.param(name+".weight", 1, c, 1, 1), b.param(name+".bias", 1, c, 1, 1)
		if b.err != nil {
			return nil, b.err
		}
		y, _, _, _, err := gorgonia.BatchNorm(x, scale, shift, 0.9, 1e-5)
		return y, err
	})
}

func (b *stockBuilder) residual(name string, x *gorgonia.Node, stride int) *gorgonia.Node {
	y := b.relu(b.batchNorm(name+".bn1", b.conv(name+".conv1", x, 1, stride)))
	y = b.batchNorm(name+".bn2", b.conv(name+".conv2", y, 1, 1))
	if b.from.Get(name+".shortcut.conv.weight") != nil {
		x = b.batchNorm(name+".shortcut.bn", b.conv(name+".shortcut.conv", x, 0, stride))
	}
	return b.relu(b.op(func() (*gorgonia.Node, error) { return gorgonia.Add(x, y) }))
}

func (b *stockBuilder) relu(x *gorgonia.Node) *gorgonia.Node {
	return b.op(func() (*gorgonia.Node, error) { return gorgonia.Rectify(x) })
}

func (b *stockBuilder) tanh(x *gorgonia.Node) *gorgonia.Node {
	return b.op(func() (*gorgonia.Node, error) { return gorgonia.Tanh(x) })
}

func (b *stockBuilder) maxPool(x *gorgonia.Node, size int) *gorgonia.Node {
	return b.op(func() (*gorgonia.Node, error) {
		return gorgonia.MaxPool2D(x, tensor.Shape{size, size}, []int{0, 0}, []int{size, size})
	})
}

// avgPool is a mean over two axes, because AveragePool2D is wrong: it divides by the width
// of the image instead of the size of the window.
func (b *stockBuilder) avgPool(x *gorgonia.Node, size int) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	n, c, h, w := x.Shape()[0], x.Shape()[1], x.Shape()[2]/size, x.Shape()[3]/size
	x = b.reshape(x, n*c, h, size, w, size)
	return b.reshape(b.mean(x, 2, 4), n, c, h, w)
}

// globalAvgPool is a mean over the rows of a matrix, because GlobalAveragePool2D has no
// gradient, and Mean over the last two axes of an image is wrong.
func (b *stockBuilder) globalAvgPool(x *gorgonia.Node) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	n, c := x.Shape()[0], x.Shape()[1]
	x = b.reshape(x, n*c, x.Shape()[2:].TotalSize())
	return b.reshape(b.mean(x, 1), n, c)
}

func (b *stockBuilder) mean(x *gorgonia.Node, axes ...int) *gorgonia.Node {
	return b.op(func() (*gorgonia.Node, error) { return gorgonia.Mean(x, axes...) })
}

func (b *stockBuilder) reshape(x *gorgonia.Node, shape ...int) *gorgonia.Node {
	return b.op(func() (*gorgonia.Node, error) { return gorgonia.Reshape(x, tensor.Shape(shape)) })
}

func (b *stockBuilder) flatten(x *gorgonia.Node) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	return b.reshape(x, x.Shape()[0], x.Shape()[1:].TotalSize())
}

// crossEntropy returns the mean over the batch of -log softmax(logits) at the label.
func (b *stockBuilder) crossEntropy(logits, onehot *gorgonia.Node) *gorgonia.Node {
	logs := b.op(func() (*gorgonia.Node, error) { return gorgonia.SoftMax(logits) })
	logs = b.op(func() (*gorgonia.Node, error) { return gorgonia.Log(logs) })
	at := b.op(func() (*gorgonia.Node, error) { return gorgonia.HadamardProd(logs, onehot) })
	at = b.op(func() (*gorgonia.Node, error) { return gorgonia.Sum(at, 1) })
	at = b.mean(at)
	return b.op(func() (*gorgonia.Node, error) { return gorgonia.Neg(at) })
}
