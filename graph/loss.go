package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
	"inkstone/internal/pattern"
)

// Labels declares the input of integer class labels, a vector of batch entries of
// int32. An entry below 0 says that the row is not used.
func (b *Builder) Labels(name string, batch int) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	if batch < 1 {
		b.Fail(fmt.Errorf("labels %q: batch is %d, want at least 1", name, batch))
		return nil
	}
	n := b.leaf(name, tensor.New(tensor.WithShape(batch), tensor.Of(tensor.Int32)))
	b.fixed[n] = true
	return n
}

// Shares declares the input of the shares of a mixture's first labels, see
// [Builder.MixedCrossEntropy]: a vector of batch entries of float32, each 1 to begin
// with.
func (b *Builder) Shares(name string, batch int) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	if batch < 1 {
		b.Fail(fmt.Errorf("shares %q: batch is %d, want at least 1", name, batch))
		return nil
	}
	n := b.leaf(name, tensor.Ones(tensor.Float32, batch))
	b.fixed[n] = true
	return n
}

// CrossEntropy declares the mean over the used rows of the softmax cross-entropy
// of logits (batch, classes) and integer labels (batch), a scalar:
//
//	-sum over k of t[k] * log softmax(logits)[k]
//
// where t is 1 at the label and 0 elsewhere, or with label smoothing s,
// 1-s+s/classes and s/classes. It is evaluated through the log-sum-exp of the
// logits less their maximum, so no logit overflows. Rows whose label is below 0
// count neither in the mean nor in the derivative. Source of the smoothing:
// Szegedy et al., arXiv:1512.00567; its form is PyTorch's.
func (b *Builder) CrossEntropy(logits, labels *gorgonia.Node, smoothing float64) *gorgonia.Node {
	return b.lossOf([]*gorgonia.Node{logits, labels}, smoothing)
}

// MixedCrossEntropy declares the [Builder.CrossEntropy] of rows that are mixtures of
// two images: the target of a row is shares (batch) parts the label and the rest of 1
// the one in others (batch), so that its loss is that mean of its losses by the two
// labels. Source: Zhang, Cissé, Dauphin and Lopez-Paz, "mixup: beyond empirical risk
// minimization", arXiv:1710.09412.
func (b *Builder) MixedCrossEntropy(logits, labels, others, shares *gorgonia.Node, smoothing float64) *gorgonia.Node {
	return b.lossOf([]*gorgonia.Node{logits, labels, others, shares}, smoothing)
}

// lossOf declares the cross-entropy of logits and labels or, with four inputs, of a
// mixture.
func (b *Builder) lossOf(in []*gorgonia.Node, smoothing float64) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	err := checkLoss(in, smoothing)
	if err == nil {
		var n *gorgonia.Node
		n, err = typed(b,
			func() (*gorgonia.Node, error) { return crossEntropy[float32](b, in, smoothing) },
			func() (*gorgonia.Node, error) { return crossEntropy[float64](b, in, smoothing) })
		if err == nil {
			return n
		}
	}
	b.Fail(fmt.Errorf("cross-entropy: %w", err))
	return nil
}

func checkLoss(in []*gorgonia.Node, smoothing float64) error {
	if slices.Contains(in, nil) {
		return fmt.Errorf("logits %v, labels and shares %v: an input is nil", in[0], in[1:])
	}
	shape := in[0].Shape()
	if len(shape) != 2 {
		return fmt.Errorf("logits have shape %v, want batch, classes", shape)
	}
	for i, want := range []struct {
		what  string
		dtype tensor.Dtype
	}{{"labels", tensor.Int32}, {"second labels", tensor.Int32}, {"shares", tensor.Float32}}[:len(in)-1] {
		n := in[i+1]
		if s := n.Shape(); len(s) != 1 || s[0] != shape[0] {
			return fmt.Errorf("%s have shape %v, want [%d] for logits %v", want.what, s, shape[0], shape)
		}
		if n.Dtype() != want.dtype {
			return fmt.Errorf("%s are %v, want %v", want.what, n.Dtype(), want.dtype)
		}
	}
	if !(smoothing >= 0 && smoothing < 1) {
		return fmt.Errorf("label smoothing is %v, want at least 0 and below 1", smoothing)
	}
	return nil
}

func crossEntropy[T kernel.Float](b *Builder, in []*gorgonia.Node, smoothing float64) (*gorgonia.Node, error) {
	shape := in[0].Shape()
	loss, set := number[T]()
	probs := make([]T, shape.TotalSize())
	used := 0
	o := &op{name: "crossentropy", out: loss, wants: make([]bool, len(in))}
	o.wants[0] = b.needsGradient(in[0])
	o.run = func(in []gorgonia.Value) error {
		x, err := data[T](in[0])
		if err != nil {
			return err
		}
		labels, mix := targets(in[1:])
		var mean float64
		mean, used, err = kernel.CrossEntropy(probs, x, labels, mix, shape[1], T(smoothing))
		set(mean)
		return err
	}
	o.gradient = func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		value, dx := buffer[T](shape...)
		back, err := applyBackward(o, []gorgonia.Value{value}, func(in []gorgonia.Value) error {
			last := len(in) - 2 // the derivative; behind it the loss, which must come first
			up, err := scalar(in[last])
			if err != nil {
				return err
			}
			labels, mix := targets(in[:last])
			return kernel.CrossEntropyGrad(dx, probs, labels, mix, shape[1], T(smoothing), T(up/float64(max(used, 1))))
		}, append(slices.Clone(in[1:]), grad, out)...)
		if err != nil {
			return nil, err
		}
		nodes := make(gorgonia.Nodes, len(in))
		nodes[0] = back[0]
		return nodes, nil
	}
	return apply(o, in...)
}

// targets are the labels of the rows, and what they are mixed with if there is more.
func targets(in []gorgonia.Value) (labels []int32, mix kernel.Mixture) {
	labels = in[0].Data().([]int32)
	if len(in) > 1 {
		mix = kernel.Mixture{Others: in[1].Data().([]int32), Shares: in[2].Data().([]float32)}
	}
	return labels, mix
}

// L2Penalty declares weight/2 times the sum of the squares of all trainable
// weights whose name matches the pattern choice, such as "conv*.weight" or "*" (see
// [Params.Match]), a scalar to add to the loss. Its gradient with respect to a weight w
// is weight*w. Parameters of one axis, which are biases and the scales of batch
// normalization, are not penalized.
func (b *Builder) L2Penalty(weight float64, choice string) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	n, err := b.l2Penalty(weight, choice)
	if err != nil {
		b.Fail(fmt.Errorf("L2 penalty: %w", err))
	}
	return n
}

func (b *Builder) l2Penalty(weight float64, choice string) (*gorgonia.Node, error) {
	if !(weight >= 0) {
		return nil, fmt.Errorf("weight is %v, want at least 0", weight)
	}
	if err := pattern.Check(choice); err != nil {
		return nil, err
	}
	var in []*gorgonia.Node
	for _, n := range b.learned {
		if n.Dims() >= 2 && pattern.Match(choice, n.Name()) {
			in = append(in, n)
		}
	}
	if len(in) == 0 {
		return nil, fmt.Errorf("pattern %q matches no trainable weight of %v", choice, b.params.Names())
	}
	return typed(b,
		func() (*gorgonia.Node, error) { return l2Penalty[float32](b, weight, in) },
		func() (*gorgonia.Node, error) { return l2Penalty[float64](b, weight, in) })
}

func l2Penalty[T kernel.Float](b *Builder, weight float64, in []*gorgonia.Node) (*gorgonia.Node, error) {
	value, set := number[T]()
	o := &op{name: "l2penalty", out: value, wants: wanted(b, in)}
	o.run = func(in []gorgonia.Value) error {
		sum := 0.0
		for _, v := range in {
			w, err := data[T](v)
			if err != nil {
				return err
			}
			sum += kernel.SumSquares(w)
		}
		set(weight / 2 * sum)
		return nil
	}
	o.gradient = func(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		nodes := make(gorgonia.Nodes, len(in))
		for i, n := range in {
			value, dw := buffer[T](n.Shape()...)
			back, err := applyBackward(o, []gorgonia.Value{value}, func(in []gorgonia.Value) error {
				w, err := data[T](in[0])
				if err != nil {
					return err
				}
				up, err := scalar(in[1])
				if err != nil {
					return err
				}
				kernel.Scale(dw, w, T(up*weight))
				return nil
			}, n, grad)
			if err != nil {
				return nil, err
			}
			nodes[i] = back[0]
		}
		return nodes, nil
	}
	return apply(o, in...)
}
