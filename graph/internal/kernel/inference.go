package kernel

import "fmt"

// InferenceConv computes a convolution for evaluation, with weights that are set once, and then
// the operations of its Fusion. Before these it adds a tensor if Sum was set:
//
//	y = relu(maxpool(conv + add))
type InferenceConv[T Float] struct {
	conv         *Conv[T]
	sum          bool
	weight, bias []T // of the last SetWeights
	ready        bool
}

// Prepares reports whether SetWeights transforms the weights, so that Forward does not see later
// changes of them.
func (c *InferenceConv[T]) Prepares() bool {
	return c.conv.asm != nil && (c.conv.asm.plan.HasWinograd() || c.conv.asm.plan.HasStrips())
}

// NewInferenceConv returns a kernel for a convolution, a sum if sum is set, and the operations
// of f. Its weights must be set before the first Forward.
func NewInferenceConv[T Float](s ConvShape, f Fusion, sum bool, w *Workers) (*InferenceConv[T], error) {
	if sum && f.Pool != nil {
		return nil, fmt.Errorf("inference conv: a sum before a pooling, expected one of them")
	}
	c, err := NewConv[T](s, f, w)
	if err != nil {
		return nil, err
	}
	return &InferenceConv[T]{conv: c, sum: sum}, nil
}

// SetWeights keeps weight [KH][KW][C/Groups][K] and bias [K] for the calls of Forward that follow,
// and transforms the weights if the kernel Prepares.
func (c *InferenceConv[T]) SetWeights(weight, bias []T) error {
	if err := firstError(
		checkLen("inference conv", "weight", weight, c.conv.shape.weightLen()),
		checkLen("inference conv", "bias", bias, c.conv.shape.K),
	); err != nil {
		return err
	}
	c.weight, c.bias, c.ready = weight, bias, true
	if c.conv.asm != nil {
		return c.conv.asm.pack(as32(c.weight))
	}
	return nil
}

// Forward computes y from x [N,H,W,C], and from add [N,OutH,OutW,K] if the kernel has a sum.
func (c *InferenceConv[T]) Forward(y, x, add []T) error {
	k, s := c.conv, &c.conv.shape
	if err := firstError(
		checkLen("inference conv", "y", y, k.OutputLen()),
		checkLen("inference conv", "x", x, s.inputLen()),
	); err != nil {
		return err
	}
	switch {
	case !c.ready:
		return fmt.Errorf("inference conv: Forward before SetWeights, expected weights")
	case c.sum:
		if err := checkLen("inference conv", "add", add, s.outputLen()); err != nil {
			return err
		}
	case add != nil:
		return fmt.Errorf("inference conv: add given, expected nil without a sum")
	}
	if k.asm != nil {
		return k.asm.forwardPacked(layerArgs[float32]{y: as32(y), x: as32(x), weight: as32(c.weight),
			bias: as32(c.bias), add: as32(add)})
	}
	if !c.sum {
		return k.Forward(y, x, c.weight, c.bias)
	}
	if err := k.algorithm.Forward(layerArgs[T]{y: y, x: x, weight: c.weight, bias: c.bias}); err != nil {
		return err
	}
	return Add(k.workers, y, k.relu, y, add)
}

// InferenceDense computes a fully connected layer for evaluation, with weights that are set once,
// and ReLU if it was asked for.
type InferenceDense[T Float] struct {
	dense        *Dense[T]
	weight, bias []T
	ready        bool
}

// NewInferenceDense returns a kernel for n rows of in inputs and out outputs.
func NewInferenceDense[T Float](n, in, out int, relu bool, w *Workers) (*InferenceDense[T], error) {
	d, err := NewDense[T](n, in, out, relu, w)
	if err != nil {
		return nil, err
	}
	return &InferenceDense[T]{dense: d}, nil
}

// Prepares reports whether SetWeights transforms the weights. It does not.
func (d *InferenceDense[T]) Prepares() bool { return false }

// SetWeights keeps weight [I][O] and bias [O] for the calls of Forward that follow.
func (d *InferenceDense[T]) SetWeights(weight, bias []T) error {
	if err := firstError(
		checkLen("inference dense", "weight", weight, d.dense.in*d.dense.out),
		checkLen("inference dense", "bias", bias, d.dense.out),
	); err != nil {
		return err
	}
	d.weight, d.bias, d.ready = weight, bias, true
	return nil
}

// Forward computes y [N,O] from x [N,I]. add must be nil.
func (d *InferenceDense[T]) Forward(y, x, add []T) error {
	if !d.ready {
		return fmt.Errorf("inference dense: Forward before SetWeights, expected weights")
	}
	if add != nil {
		return fmt.Errorf("inference dense: add given, expected nil")
	}
	return d.dense.Forward(y, x, d.weight, d.bias)
}
