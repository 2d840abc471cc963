package graph

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
	"inkstone/internal/pattern"
)

// Loss holds the settings of the training loss. The zero Loss is the plain cross-entropy.
type Loss struct {
	// Smoothing is the label smoothing, see [Builder.CrossEntropy].
	Smoothing float64
	// ClassWeights are the weights of the classes, above 0, as in PyTorch's
	// CrossEntropyLoss(weight=...); nil for none. The loss of a row with label y and smoothing
	// s over classes k is
	//
	//	-(1-s) * w[y] * log softmax(logits)[y] - s/classes * sum over k of w[k] * log softmax(logits)[k]
	//
	// and the sum over the rows is divided by the sum of w[y]. For a mixture w[y] is the mean
	// of its two labels' weights by their shares.
	ClassWeights []float64
	// Mixed makes the loss accept mixtures of two labels, see [Training.Mixture].
	Mixed bool
	// L2 is the factor of an L2 penalty, 0 for none. The penalty covers all weights, but no
	// bias and no batch normalization; see [Builder.L2Penalty].
	L2 float64
	// Distillation adds the answers of a teacher.
	Distillation Distillation
}

// declareLoss adds the training loss: the cross-entropy and, if there is one, the L2 penalty.
func declareLoss(c *compilation) error {
	b, loss := c.builder, c.cfg.Loss
	c.labels = b.Labels("labels", c.cfg.Batch)
	in := []*gorgonia.Node{c.logits, c.labels}
	if loss.Mixed {
		c.otherLabels, c.shares = b.Labels("second labels", c.cfg.Batch), b.Shares("shares", c.cfg.Batch)
		in = append(in, c.otherLabels, c.shares)
	}
	c.loss = b.declareCrossEntropy(in, loss)
	if b.err == nil {
		b.Fail(c.distill(loss.Distillation))
	}
	if loss.L2 != 0 {
		if penalty := b.L2Penalty(loss.L2, "*"); b.err == nil {
			var err error
			c.loss, err = gorgonia.Add(c.loss, penalty)
			b.Fail(err)
		}
	}
	return b.err
}

// Labels declares the input of the class labels: int32, of shape batch. A label below 0
// means that the row is not used.
func (b *Builder) Labels(name string, batch int) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	if batch < 1 {
		b.Fail(fmt.Errorf("labels %q: batch is %d, want at least 1", name, batch))
		return nil
	}
	return b.newInput(name, tensor.New(tensor.WithShape(batch), tensor.Of(tensor.Int32)))
}

// Shares declares the input of the shares of the first labels in
// [Builder.MixedCrossEntropy]: float32, of shape batch, initially 1.
func (b *Builder) Shares(name string, batch int) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	if batch < 1 {
		b.Fail(fmt.Errorf("shares %q: batch is %d, want at least 1", name, batch))
		return nil
	}
	return b.newInput(name, tensor.Ones(tensor.Float32, batch))
}

// CrossEntropy declares the softmax cross-entropy, a scalar: the mean over the used rows of
//
//	-sum over k of t[k] * log softmax(logits)[k]
//
// where t is 1 at the label and 0 elsewhere; with label smoothing s it is 1-s+s/classes at
// the label and s/classes elsewhere. logits has shape batch, classes; labels has shape
// batch. Rows with a label below 0 are not used. The maximum of the logits is subtracted
// first, so that no exponential overflows. Source of the smoothing: Szegedy et al.,
// arXiv:1512.00567; its form is PyTorch's.
func (b *Builder) CrossEntropy(logits, labels *gorgonia.Node, smoothing float64) *gorgonia.Node {
	return b.declareCrossEntropy([]*gorgonia.Node{logits, labels}, Loss{Smoothing: smoothing})
}

// MixedCrossEntropy declares the [Builder.CrossEntropy] of rows that are mixtures of two
// images. The loss of a row is
//
//	share * (loss for its label in labels) + (1-share) * (loss for its label in others)
//
// labels, others and shares have shape batch. Source: Zhang, Cissé, Dauphin and Lopez-Paz,
// "mixup: beyond empirical risk minimization", arXiv:1710.09412.
func (b *Builder) MixedCrossEntropy(logits, labels, others, shares *gorgonia.Node, smoothing float64) *gorgonia.Node {
	return b.declareCrossEntropy([]*gorgonia.Node{logits, labels, others, shares}, Loss{Smoothing: smoothing})
}

// declareCrossEntropy declares the cross-entropy of logits and labels or, with four inputs,
// of mixtures.
func (b *Builder) declareCrossEntropy(in []*gorgonia.Node, loss Loss) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	err := checkCrossEntropy(in, loss)
	if err == nil {
		var n *gorgonia.Node
		n, err = forDtype(b,
			func() (*gorgonia.Node, error) { return crossEntropy[float32](b, in, loss) },
			func() (*gorgonia.Node, error) { return crossEntropy[float64](b, in, loss) })
		if err == nil {
			return n
		}
	}
	b.Fail(fmt.Errorf("cross-entropy: %w", err))
	return nil
}

// checkCrossEntropy checks the settings of a cross-entropy, and the shapes and types of its
// inputs.
func checkCrossEntropy(in []*gorgonia.Node, loss Loss) error {
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
	for k, w := range loss.ClassWeights {
		if !(w > 0) || math.IsInf(w, 0) {
			return fmt.Errorf("the weight of class %d is %v, want a finite number above 0", k, w)
		}
	}
	if n := len(loss.ClassWeights); n > 0 && n != shape[1] {
		return fmt.Errorf("%d class weights, want %d, one for each class", n, shape[1])
	}
	if s := loss.Smoothing; !(s >= 0 && s < 1) {
		return fmt.Errorf("label smoothing is %v, want at least 0 and below 1", s)
	}
	return nil
}

func crossEntropy[T kernel.Float](b *Builder, in []*gorgonia.Node, settings Loss) (*gorgonia.Node, error) {
	shape, smoothing := in[0].Shape(), settings.Smoothing
	loss, set := newScalar[T]()
	probs := make([]T, shape.TotalSize())
	var weight float64 // of the used rows
	o := &op{name: "crossentropy", out: loss, needsGrad: make([]bool, len(in))}
	o.needsGrad[0] = b.needsGradient(in[0])
	o.run = func(in []gorgonia.Value) error {
		x, err := elements[T](in[0])
		if err != nil {
			return err
		}
		labels, mix := targets(in[1:])
		var mean float64
		mean, weight, err = kernel.CrossEntropy(probs, x, labels, mix, settings.ClassWeights, shape[1], T(smoothing))
		set(mean)
		return err
	}
	o.gradient = func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		var dx []T
		back, err := applyBackward(o, newGradients(o, in, &dx), func(in []gorgonia.Value) error {
			gradIndex := len(in) - 2
			dloss, err := scalarValue(in[gradIndex])
			if err != nil {
				return err
			}
			labels, mix := targets(in[:gradIndex])
			scale := 0.0 // without a used row
			if weight > 0 {
				scale = dloss / weight
			}
			return kernel.CrossEntropyGrad(dx, probs, labels, mix, settings.ClassWeights, shape[1], T(smoothing), T(scale))
		}, append(slices.Clone(in[1:]), grad, out)...) // out: the forward operation, which sets probs, must run first
		if err != nil {
			return nil, err
		}
		nodes := make(gorgonia.Nodes, len(in))
		nodes[0] = back[0]
		return nodes, nil
	}
	return applyOp(o, in...)
}

// targets returns the labels of the rows and, if there are more inputs, their mixtures.
func targets(in []gorgonia.Value) (labels []int32, mix kernel.Mixture) {
	labels = in[0].Data().([]int32)
	if len(in) > 1 {
		mix = kernel.Mixture{Others: in[1].Data().([]int32), Shares: in[2].Data().([]float32)}
	}
	return labels, mix
}

// L2Penalty declares factor/2 times the sum of the squares of all trainable weights whose
// names match the pattern choice, such as "conv*.weight" or "*" (see [Params.Match]), a
// scalar to add to the loss. Its gradient with respect to a weight w is factor*w.
// Parameters with one axis, such as biases and the weights of batch normalization, are not
// penalized.
func (b *Builder) L2Penalty(factor float64, choice string) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	n, err := b.l2Penalty(factor, choice)
	if err != nil {
		b.Fail(fmt.Errorf("L2 penalty: %w", err))
	}
	return n
}

func (b *Builder) l2Penalty(factor float64, choice string) (*gorgonia.Node, error) {
	if !(factor >= 0) {
		return nil, fmt.Errorf("factor is %v, want at least 0", factor)
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
	return forDtype(b,
		func() (*gorgonia.Node, error) { return l2Penalty[float32](b, factor, in) },
		func() (*gorgonia.Node, error) { return l2Penalty[float64](b, factor, in) })
}

func l2Penalty[T kernel.Float](b *Builder, factor float64, in []*gorgonia.Node) (*gorgonia.Node, error) {
	value, set := newScalar[T]()
	o := &op{name: "l2penalty", out: value, needsGrad: b.needGradients(in)}
	o.run = func(in []gorgonia.Value) error {
		sum := 0.0
		for _, v := range in {
			w, err := elements[T](v)
			if err != nil {
				return err
			}
			sum += kernel.SumSquares(w)
		}
		set(factor / 2 * sum)
		return nil
	}
	o.gradient = func(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		nodes := make(gorgonia.Nodes, len(in))
		for i, n := range in {
			var dw []T
			back, err := applyBackward(o, []backwardOutput{newGradient(n, &dw)}, func(in []gorgonia.Value) error {
				w, err := elements[T](in[0])
				if err != nil {
					return err
				}
				dloss, err := scalarValue(in[1])
				if err != nil {
					return err
				}
				kernel.Scale(dw, w, T(dloss*factor))
				return nil
			}, n, grad)
			if err != nil {
				return nil, err
			}
			nodes[i] = back[0]
		}
		return nodes, nil
	}
	return applyOp(o, in...)
}
