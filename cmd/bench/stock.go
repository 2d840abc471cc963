package main

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/model"
)

// stockTraining trains the same network, from the same parameters, with gorgonia's own
// operations and solver. Their image layout is batch, channels, height, width.
type stockTraining struct {
	feed    *feed
	vm      gorgonia.VM
	images  []float32
	onehot  []float32
	cost    *gorgonia.Node
	params  []gorgonia.ValueGrad
	solver  gorgonia.Solver
	classes int
}

// errNotInStock is the error of a network that cannot be built from stock operations.
type errNotInStock struct{ reason string }

func (e errNotInStock) Error() string { return e.reason }

// newStockTraining returns a training of a copy of the parameters of m.
func newStockTraining(m *model.Model, f *feed, batch int) (*stockTraining, error) {
	net := stockNets[m.Preset]
	if net == nil {
		return nil, errNotInStock{"bench has no version of this network for stock operations"}
	}
	b := &stockBuilder{graph: gorgonia.NewGraph(), from: m.Params}
	images := tensor.New(tensor.WithShape(batch, 1, m.Height, m.Width), tensor.Of(tensor.Float32))
	onehot := tensor.New(tensor.WithShape(batch, len(m.Classes)), tensor.Of(tensor.Float32))
	logits := net(b, b.leaf("images", images))
	cost := b.crossEntropy(logits, b.leaf("labels", onehot))
	if b.err != nil {
		return nil, b.err
	}
	if _, err := gorgonia.Grad(cost, b.learned...); err != nil {
		return nil, fmt.Errorf("stock gorgonia: %w", err)
	}
	return &stockTraining{
		feed: f, vm: gorgonia.NewTapeMachine(b.graph, gorgonia.BindDualValues(b.learned...)),
		images: images.Data().([]float32), onehot: onehot.Data().([]float32), classes: len(m.Classes),
		cost: cost, params: gorgonia.NodesToValueGrads(b.learned),
		solver: gorgonia.NewAdamSolver(gorgonia.WithLearnRate(learningRate)),
	}, nil
}

// step trains on the next batch and returns its loss.
func (t *stockTraining) step() (float64, error) {
	clear(t.onehot)
	t.feed.fill(t.images, func(row, class int) { t.onehot[row*t.classes+class] = 1 })
	t.vm.Reset()
	if err := t.vm.RunAll(); err != nil {
		return 0, fmt.Errorf("stock gorgonia: %w", err)
	}
	loss, ok := t.cost.Value().Data().(float32)
	if !ok {
		return 0, fmt.Errorf("stock gorgonia: the loss is a %T, want a float32", t.cost.Value().Data())
	}
	return float64(loss), t.solver.Step(t.params)
}

func (t *stockTraining) Close() error { return t.vm.Close() }
