package graph

// Folding
//
// In evaluation, and in the frozen part of a training, the statistics and parameters of a batch
// normalization are constants, so
//
//	(conv(x; weight) + bias - mean) * scale + shift = conv(x; weight*scale) + (bias-mean)*scale + shift
//
// with scale = normalization weight / sqrt(variance + epsilon). The pass "fold" makes each
// convolution and dense layer without a gradient compute the chain
//
//	layer -> [batch normalization] -> [sum] -> [ReLU and max-pooling] -> [flatten]
//
// as far as the kernel can, where each operation is the only reader of the one before. A
// dense layer takes the normalization and the ReLU. The last operation of the chain runs the
// kernel, since all inputs of the chain, also the other term of a sum, are known by then. The
// others are idle, and nothing writes their outputs; [Config.KeepValues] turns the pass off.
//
// A frozen layer does not take a normalization that is trainable, and the other way round. So
// the values at the boundary of the frozen part, and all after it, have the same bits whether
// or not a session starts from them; see [Config.From].
//
// The kernel keeps the scaled weights, and their Winograd transform, until a parameter
// changes: see Param.fingerprint.

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"

	"inkstone/graph/internal/kernel"
)

// normRole is the role of a batch normalization by running statistics that can be folded into
// the layer before it.
type normRole struct {
	weight, bias, mean, variance *Param
}

// fits reports whether the parameters of the normalization are frozen if and only if those of the
// layer before it are.
func (n *normRole) fits(params []*Param) bool {
	for _, p := range append([]*Param{n.weight, n.bias}, params...) {
		if p.frozen != params[0].frozen {
			return false
		}
	}
	return true
}

// sumRole is the role of a sum of two terms that a convolution can compute.
type sumRole struct {
	terms []*gorgonia.Node
}

// other returns the index of the term that is not n, or -1 if n is not exactly one of two terms.
func (s *sumRole) other(n *gorgonia.Node) int {
	if len(s.terms) != 2 || s.terms[0] == s.terms[1] {
		return -1
	}
	return 1 - slices.Index(s.terms, n)
}

// An inferenceKernel computes an affine layer and the operations that are folded into it.
type inferenceKernel[T kernel.Float] interface {
	// Prepares reports whether SetWeights transforms the weights. Otherwise Forward reads them.
	Prepares() bool
	SetWeights(weight, bias []T) error
	// Forward computes out from x, and from add, the other term of a sum, or nil.
	Forward(out, x, add []T) error
}

// foldChain is what a kernel computes after an affine layer.
type foldChain struct {
	norm      *normRole
	sum       bool
	followers []follower
}

// fold folds the operations after each affine layer without a gradient into it.
func fold(c *compilation) error {
	if c.cfg.KeepValues {
		return nil
	}
	for _, l := range c.builder.layers {
		o, ok := l.Node.Op().(*op)
		if !ok || o.folder == nil || o.backward != nil {
			continue
		}
		links := c.builder.foldable(l.Node, o)
		for n := len(links); n >= 0; n-- {
			done, err := o.folder.foldIn(l.Params, links[:n], !c.cfg.Direct)
			if err != nil {
				return fmt.Errorf("%s %q: %w", l.Kind, l.Name, err)
			}
			if done {
				break
			}
		}
	}
	return nil
}

// A folder is an affine layer that the pass fold can change.
type folder interface {
	// foldIn makes the layer, whose parameters are params, compute the operations of links
	// and reports whether it can.
	foldIn(params []*Param, links []foldLink, winograd bool) (bool, error)
}

// A foldLink is an operation of a chain.
type foldLink struct {
	op *op
	// other is the index of the input that is not in the chain, if op is a sum.
	other int
}

// foldable returns the longest chain of operations after n, whose operation is o, that may be
// folded into it.
func (b *Builder) foldable(n *gorgonia.Node, o *op) (links []foldLink) {
	for !b.requested[n] {
		reader, r := b.onlyReader(n, o)
		if r == nil || r.computedBy != nil || r.backward != nil || r.norm == nil && r.sum == nil && r.follower == nil {
			break
		}
		link := foldLink{op: r}
		if r.sum != nil {
			if link.other = r.sum.other(n); link.other < 0 {
				break
			}
		}
		links = append(links, link)
		n, o = reader, r
		if r.follower != nil && r.follower.flatten {
			break
		}
	}
	return links
}

// describe returns what a kernel must compute for a chain, and false if it is not of the form that
// the pass folds.
func describe(links []foldLink) (f foldChain, ok bool) {
	for i, l := range links {
		switch o := l.op; {
		case o.norm != nil:
			if i > 0 {
				return f, false
			}
			f.norm = o.norm
		case o.sum != nil:
			if f.sum || len(f.followers) > 0 {
				return f, false
			}
			f.sum = true
		case o.follower.flatten: // the values stay
		default:
			f.followers = append(f.followers, *o.follower)
		}
	}
	return f, true
}

// folded is an affine layer with the operations that were folded into it.
type folded[T kernel.Float] struct {
	kernel  inferenceKernel[T]
	params  []*Param // weight, and bias if the layer has one
	norm    *normRole
	watched []*Param      // params, and those of norm
	prints  []fingerprint // of watched when the kernel's weights were set
	weights []T           // weights and biases for the kernel
	biases  []T
	other   []T // the other term of the sum in the current run
}

// foldIn implements folder.
func (l *affine[T]) foldIn(params []*Param, links []foldLink, winograd bool) (bool, error) {
	chain, ok := describe(links)
	if !ok || chain.norm != nil && !chain.norm.fits(params) {
		return false, nil
	}
	k, err := l.inferenceKernel(chain, winograd)
	if k == nil || err != nil {
		return false, err
	}
	f := &folded[T]{kernel: k, params: params, norm: chain.norm, watched: params}
	if n := chain.norm; n != nil {
		f.watched = append(slices.Clip(params), n.weight, n.bias, n.mean, n.variance)
	}
	last, out := l.op, gorgonia.Value(l.op.out)
	for _, link := range links {
		link.op.computedBy, link.op.idle, link.op.head = l.op, true, nil
		last, out = link.op, link.op.out
	}
	run := func() error {
		y, err := elements[T](out)
		if err != nil {
			return err
		}
		if err := f.setWeights(); err != nil {
			return err
		}
		return f.kernel.Forward(y, l.x, f.other)
	}
	l.op.head, l.op.run = nil, l.readInputs
	for _, link := range links {
		if link.op.sum == nil {
			continue
		}
		link.op.idle = false
		link.op.run = func(in []gorgonia.Value) (err error) {
			f.other, err = elements[T](in[link.other])
			return err
		}
	}
	first := last.run
	if last.idle {
		first, last.idle = func([]gorgonia.Value) error { return nil }, false
	}
	last.run = func(in []gorgonia.Value) error {
		if err := first(in); err != nil {
			return err
		}
		return run()
	}
	l.y = nil // unused from now on
	return true, nil
}

// setBiases sets biases to the bias of the layer, or zeros, and returns their number.
func (f *folded[T]) setBiases() int {
	shape := f.params[0].value.Shape()
	f.biases = make([]T, shape[len(shape)-1])
	if len(f.params) > 1 {
		copy(f.biases, f.params[1].value.Data().([]T))
	}
	return len(f.biases)
}

// setWeights gives the kernel the weights, scaled by the normalization, unless no parameter has
// changed since the last time. Weights that are neither scaled nor transformed by the kernel are
// the parameter's own, which may change.
func (f *folded[T]) setWeights() error {
	if f.norm == nil && !f.kernel.Prepares() {
		if f.biases != nil {
			return nil
		}
		f.setBiases()
		if len(f.params) > 1 {
			f.biases = f.params[1].value.Data().([]T)
		}
		return f.kernel.SetWeights(f.params[0].value.Data().([]T), f.biases)
	}
	changed := len(f.prints) == 0
	f.prints = append(f.prints, make([]fingerprint, len(f.watched)-len(f.prints))...)
	for i, p := range f.watched {
		now := p.fingerprint()
		changed = changed || now != f.prints[i]
		f.prints[i] = now
	}
	if !changed {
		return nil
	}
	weight := f.params[0].value.Data().([]T)
	channels := f.setBiases()
	f.weights = weight
	if n := f.norm; n != nil {
		f.weights = slices.Clone(weight)
		gamma, beta := n.weight.value.Data().([]T), n.bias.value.Data().([]T)
		mean, variance := n.mean.value.Data().([]T), n.variance.value.Data().([]T)
		for k := range channels {
			scale := float64(gamma[k]) / math.Sqrt(float64(variance[k])+batchNormEpsilon)
			f.biases[k] = T((float64(f.biases[k])-float64(mean[k]))*scale + float64(beta[k]))
			for i := k; i < len(weight); i += channels {
				f.weights[i] = T(float64(weight[i]) * scale)
			}
		}
	}
	err := f.kernel.SetWeights(f.weights, f.biases)
	if err != nil {
		f.prints = f.prints[:0] // try again in the next run
	}
	return err
}
