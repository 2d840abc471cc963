package main

import (
	"inkstone/graph"
	"inkstone/graph/solver"
	"inkstone/model"
)

const learningRate = 1e-3

// inkstoneTraining trains a model as package train does: it prepares a batch, runs the
// graph, and updates the parameters.
type inkstoneTraining struct {
	*graph.Training
	feed   *feed
	solver solver.Solver
	batch  int
	steps  uint64
}

func newInkstoneTraining(m *model.Model, f *feed, batch, workers int) (*inkstoneTraining, error) {
	session, err := graph.NewTraining(m.Params, m.Net(), m.Config(batch, workers))
	if err != nil {
		return nil, err
	}
	adam, err := solver.NewAdam(learningRate, workers)
	if err != nil {
		return nil, err
	}
	return &inkstoneTraining{session, f, adam, batch, 0}, nil
}

// step trains on the next batch and returns its loss.
func (t *inkstoneTraining) step() (float64, error) {
	labels := t.Labels()
	t.feed.fill(t.Input().Data().([]float32), func(row, class int) { labels[row] = int32(class) })
	loss, err := t.Step(t.batch, t.steps)
	if err != nil {
		return 0, err
	}
	t.steps++
	return loss, t.solver.Step(t.Learned())
}
