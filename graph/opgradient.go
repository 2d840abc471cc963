package graph

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A singleOp is an operation in a graph of its own, with its gradient.
type singleOp struct {
	b         *Builder       // of that graph
	wrt       gorgonia.Nodes // the inputs with respect to which there is a gradient
	out       *gorgonia.Node
	weights   []float64      // gradient with respect to out
	gradients gorgonia.Nodes // with respect to wrt
}

// checkGradient compares the gradient of one operation with central differences along
// random directions of each input. The inputs are those in values, slightly changed.
func (b *Builder) checkGradient(u *stockUse, values map[*gorgonia.Node]gorgonia.Value, draw *rand.Rand) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("fails: %v", r)
		}
	}()
	o, err := b.isolate(u, values, draw)
	if err != nil || len(o.wrt) == 0 {
		return err // without such an input nothing is learned through the operation
	}
	// The machine runs operations on another goroutine, where a panic would end the process.
	// Here it is an error.
	for _, n := range o.gradients {
		if _, err := o.b.evaluate(n); err != nil {
			return fmt.Errorf("has a gradient that fails: %w", err)
		}
	}
	backward := gorgonia.NewTapeMachine(o.b.graph)
	defer backward.Close()
	if err := backward.RunAll(); err != nil {
		return fmt.Errorf("fails: %w", err)
	}
	grads := make([][]float64, len(o.wrt))
	for i, n := range o.gradients {
		grads[i] = elementsOf(n.Value())
	}
	forward := gorgonia.NewTapeMachine(o.b.graph.SubgraphRoots(o.out))
	defer forward.Close()
	for i, leaf := range o.wrt {
		for range 2 { // a wrong gradient may be right in one direction
			if err := o.compare(forward, leaf.Value().(*tensor.Dense), grads[i], draw); err != nil {
				return err
			}
		}
	}
	return nil
}

// isolate declares the operation over leaves that hold the values of its inputs. It changes
// the elements of those with a gradient by a tenth.
func (b *Builder) isolate(u *stockUse, values map[*gorgonia.Node]gorgonia.Value, draw *rand.Rand) (*singleOp, error) {
	differentiable := make([]bool, len(u.inputs))
	if o, ok := u.node.Op().(gorgonia.SDOp); ok {
		copy(differentiable, o.DiffWRT(len(u.inputs)))
	}
	g := gorgonia.NewGraph()
	o := &singleOp{b: &Builder{graph: g, params: b.params}}
	leaves := make(gorgonia.Nodes, len(u.inputs))
	for i, in := range u.inputs {
		name := fmt.Sprint("input", i)
		value, err := gorgonia.CloneValue(values[in])
		if err != nil {
			return nil, err
		}
		d, ok := value.(*tensor.Dense)
		if !ok || d.Dtype() != b.params.dtype {
			leaves[i] = gorgonia.NodeFromAny(g, value, gorgonia.WithName(name))
			continue
		}
		leaves[i] = o.b.newLeaf(name, d)
		if differentiable[i] && b.needsGradient(in) {
			old := elementsOf(d)
			setElements(d, func(k int) float64 {
				if old[k] == 0 { // as after a ReLU: equal maxima would be kinks
					return 0.1 * math.Abs(draw.NormFloat64())
				}
				return old[k] * (1 + 0.1*draw.NormFloat64())
			})
			o.wrt = append(o.wrt, leaves[i])
		}
	}
	if len(o.wrt) == 0 {
		return o, nil
	}
	var err error
	if o.out, err = gorgonia.ApplyOp(u.node.Op(), leaves...); err != nil {
		return nil, fmt.Errorf("cannot be checked: %w", err)
	}
	var up *gorgonia.Node
	if o.out.IsScalar() {
		value, set := newScalar[float64]()
		if b.params.dtype == tensor.Float32 {
			value, set = newScalar[float32]()
		}
		set(1)
		up, o.weights = gorgonia.NodeFromAny(g, value, gorgonia.WithName("up")), []float64{1}
	} else {
		d := tensor.New(tensor.WithShape(o.out.Shape()...), tensor.Of(b.params.dtype))
		setElements(d, func(int) float64 { return draw.NormFloat64() })
		up, o.weights = o.b.newLeaf("up", d), elementsOf(d)
	}
	if o.gradients, err = gorgonia.Backpropagate(gorgonia.Nodes{o.out}, gorgonia.Nodes{up}, o.wrt); err != nil {
		return nil, fmt.Errorf("has no gradient: %w", err)
	}
	return o, nil
}

// compare compares the gradient with respect to the input x with a central difference along
// a random direction. It leaves x as it was.
func (o *singleOp) compare(forward gorgonia.VM, x *tensor.Dense, grad []float64, draw *rand.Rand) error {
	// With this step fewer than one in a million inputs of a ReLU cross its kink. An input
	// that does adds an error, which the tolerance for float32 allows for.
	step, tolerance, rounding := 1e-7, 1e-5, 1e-15
	if o.b.params.dtype == tensor.Float32 {
		step, tolerance, rounding = 1e-3, 5e-2, 1e-6
	}
	old, direction := elementsOf(x), make([]float64, len(grad))
	defer setElements(x, func(k int) float64 { return old[k] })
	got, norm := 0.0, 0.0
	for k, d := range grad {
		direction[k] = draw.NormFloat64()
		got += d * direction[k]
		norm += d * d
	}
	var sums [2]float64 // of the products of output and weights
	magnitude := 0.0    // sum of their magnitudes
	for side, h := range []float64{step, -step} {
		setElements(x, func(k int) float64 { return old[k] + h*direction[k] })
		forward.Reset()
		if err := forward.RunAll(); err != nil {
			return fmt.Errorf("fails: %w", err)
		}
		for i, y := range elementsOf(o.out.Value()) {
			sums[side] += y * o.weights[i]
			magnitude += math.Abs(y * o.weights[i])
		}
	}
	want := (sums[0] - sums[1]) / (2 * step)
	if !(math.Abs(got-want) <= tolerance*max(math.Sqrt(norm), math.Abs(want))+rounding*magnitude/step) {
		return fmt.Errorf("has a wrong gradient: its component in a random direction is %.4g, finite differences give %.4g", got, want)
	}
	return nil
}
