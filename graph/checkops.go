package graph

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/internal/random"
)

// checkedImages is the number of images in a batch of [CheckOps]. A batch of one image would
// hide operations that mix images.
const checkedImages = 3

// ErrWrongOperation is wrapped by the errors of [CheckOps] about operations that it has
// examined. Sessions do not refuse these.
var ErrWrongOperation = errors.New("wrong operation")

// CheckOps examines the operations of gorgonia in a network, and operations of other
// packages that implement gorgonia's interfaces. It refuses
//
//   - an operation that is not known to be right and whose gradient differs from
//     central finite differences,
//   - an operation that fails,
//   - an operation that mixes images, which would read the rows that a smaller last
//     batch leaves over.
//
// It also refuses what [NewTraining] and [NewEvaluation] refuse, so that a network which can
// be trained can be evaluated too. The error names the operation and the layers before it.
// The layers of this package and
// gorgonia's elementwise functions are not examined again: the tests of this package have
// done so. A network without other operations is only declared.
//
// params says which parameters are frozen; no gradient is examined where none is needed.
// CheckOps does not change params and creates those that it lacks. It evaluates the network
// on three random images, with other parameters, in float64. It uses float32 if the network
// cannot be declared in float64, for example because it has constants of type float32. The
// gradients are compared in random directions, so the cost is that of some evaluations.
func CheckOps(params *Params, net Net, cfg Config) error {
	cfg.Batch, cfg.From = checkedImages, nil
	c := &compilation{purpose: forBoundary, params: params, net: net, cfg: cfg} // in training mode, without a loss
	if err := runPasses(c, passes); err != nil {
		return err
	}
	uses := c.builder.stockUses(c.logits, false)
	if len(uses) == 0 {
		return nil
	}
	evaluation, err := NewEvaluation(params, net, cfg)
	if err != nil {
		return fmt.Errorf("evaluation: %w", err)
	}
	if err := evaluation.Close(); err != nil {
		return err
	}
	if !slices.ContainsFunc(uses, (*stockUse).examined) {
		return nil
	}
	store := NewParams64(1)
	c = &compilation{purpose: forDescription, params: store, net: net, cfg: cfg}
	if runPasses(c, passes) != nil {
		store = NewParams(1)
		c = &compilation{purpose: forDescription, params: store, net: net, cfg: cfg}
		if err := runPasses(c, passes); err != nil {
			return err
		}
	}
	if err := checkRows(c); err != nil {
		return fmt.Errorf("%w: %w", ErrWrongOperation, err)
	}
	for _, p := range store.list {
		if known := params.Get(p.name); known != nil {
			p.frozen = known.frozen
		}
	}
	c = &compilation{purpose: forBoundary, params: store, net: net, cfg: cfg}
	if err := runPasses(c, passes); err != nil {
		return err
	}
	if err := checkGradientsOfOps(c); err != nil {
		return fmt.Errorf("%w: %w", ErrWrongOperation, err)
	}
	return nil
}

// examined reports whether [CheckOps] examines the operation.
func (u *stockUse) examined() bool {
	return u.verdict() == unproven || u.verdict() == rightByRow
}

// checkRows refuses an operation in which an image changes the rows of other images. It
// evaluates the network twice, with another last image.
func checkRows(c *compilation) error {
	b := c.builder
	images := c.images.Value().(*tensor.Dense)
	draw := random.Parameter(1, "images")
	setElements(images, func(int) float64 { return draw.NormFloat64() })
	before, err := b.evaluate(c.logits)
	if err != nil {
		return err
	}
	last := images.Shape().TotalSize() / checkedImages * (checkedImages - 1)
	old := elementsOf(images)
	setElements(images, func(i int) float64 {
		if i >= last {
			return draw.NormFloat64()
		}
		return old[i]
	})
	after, err := b.evaluate(c.logits)
	if err != nil {
		return err
	}
	// separate reports whether the last image has changed nothing but the last row.
	separate := func(n *gorgonia.Node) bool {
		x, y := elementsOf(before[n]), elementsOf(after[n])
		if s := n.Shape(); len(s) > 0 && s[0] == checkedImages {
			rows := len(x) / checkedImages * (checkedImages - 1)
			x, y = x[:rows], y[:rows]
		}
		return slices.EqualFunc(x, y, func(a, b float64) bool { return a == b || a != a && b != b })
	}
	var examined []string
	for _, u := range b.stockUses(c.logits, false) {
		if !u.examined() {
			continue
		}
		examined = append(examined, b.where(u))
		movesBatch := u.kind == "transposeOp" || u.kind == "reshapeOp"
		if !movesBatch && !separate(u.node) && !slices.ContainsFunc(u.inputs, func(in *gorgonia.Node) bool { return !separate(in) }) {
			return fmt.Errorf("%s mixes images, so it would read the rows that a smaller last batch leaves over: use an operation along the other axes", b.where(u))
		}
	}
	if !separate(c.logits) {
		return fmt.Errorf("the logits of an image depend on other images, so they would depend on the rows that a smaller last batch leaves over, by one of: %s", strings.Join(examined, "; "))
	}
	return nil
}

// checkGradientsOfOps compares the gradients of the operations that are not known to be
// right with finite differences.
func checkGradientsOfOps(c *compilation) error {
	b := c.builder
	draw := random.Parameter(1, "operations")
	setElements(c.images.Value().(*tensor.Dense), func(int) float64 { return draw.NormFloat64() })
	done := map[string]bool{}
	var values map[*gorgonia.Node]gorgonia.Value
	for _, u := range b.stockUses(c.logits, false) {
		if u.verdict() != unproven || !slices.ContainsFunc(u.inputs, b.needsGradient) {
			continue
		}
		same := fmt.Sprint(u.kind, u.node.Op(), shapes(u.inputs))
		if done[same] {
			continue
		}
		done[same] = true
		if values == nil {
			var err error
			if values, err = b.evaluate(c.logits); err != nil {
				return err
			}
		}
		var err error
		for range 3 { // finite differences are wrong at a kink, which another input avoids
			if err = b.checkGradient(u, values, draw); err == nil {
				break
			}
		}
		if err != nil {
			return fmt.Errorf("%s %w: use a layer of Builder, or Builder.Apply with its own gradient", b.where(u), err)
		}
	}
	return nil
}

// evaluate computes root and the nodes below it, one after the other. It turns a panic or an
// error of an operation into an error that names it.
func (b *Builder) evaluate(root *gorgonia.Node) (map[*gorgonia.Node]gorgonia.Value, error) {
	values := map[*gorgonia.Node]gorgonia.Value{}
	for _, n := range ordered(root) {
		inputs := inputsOf(n)
		if len(inputs) == 0 {
			values[n] = n.Value()
			continue
		}
		in := make([]gorgonia.Value, len(inputs))
		for i, x := range inputs {
			in[i] = values[x]
		}
		v, err := do(n.Op(), in)
		if err == nil {
			v, err = gorgonia.CloneValue(v) // the operation may own it
		}
		if err != nil {
			return nil, fmt.Errorf("%s fails: %w", b.where(&stockUse{node: n, inputs: inputs, kind: kindOf(n.Op())}), err)
		}
		values[n] = v
	}
	return values, nil
}

func do(o gorgonia.Op, in []gorgonia.Value) (v gorgonia.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return o.Do(in...)
}

// elementsOf returns a copy of the elements of a value as float64.
func elementsOf(v gorgonia.Value) []float64 {
	switch x := v.Data().(type) {
	case float32:
		return []float64{float64(x)}
	case float64:
		return []float64{x}
	case []float64:
		return slices.Clone(x)
	case []float32:
		list := make([]float64, len(x))
		for i, e := range x {
			list[i] = float64(e)
		}
		return list
	}
	return nil
}

// setElements sets each element of d to the value of f at its position.
func setElements(d *tensor.Dense, f func(i int) float64) {
	switch x := d.Data().(type) {
	case []float64:
		for i := range x {
			x[i] = f(i)
		}
	case []float32:
		for i := range x {
			x[i] = float32(f(i))
		}
	}
}
