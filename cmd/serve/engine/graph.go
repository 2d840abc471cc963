package engine

import (
	"context"

	"inkstone/graph"
	"inkstone/graph/diagram"
	"inkstone/model"
)

// drawnBatch is the batch size of the graphs that are drawn.
const drawnBatch = 1

// drawGraph answers the call of the route graph: the folded expression graph of evaluation, or that
// of training if the query has training=1, as SVG.
func (e *Engine) drawGraph(ctx context.Context, r Request) (any, error) {
	one, err := e.find(r.Query.Get("model"))
	if err != nil {
		return nil, err
	}
	draw := evaluationGraph
	if r.Query.Get("training") == "1" {
		draw = trainingGraph
	}
	var drawn *diagram.Diagram
	err = one.use(ctx, func() (err error) {
		drawn, err = draw(one.model.Load(), e.options.Workers)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &file{"image/svg+xml", drawn.SVG()}, nil
}

func evaluationGraph(m *model.Model, workers int) (*diagram.Diagram, error) {
	s, err := graph.NewEvaluation(m.Params, m.Net(), m.Config(drawnBatch, workers))
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return diagram.Folded(s.Builder(), s.LogitsNode()), nil
}

func trainingGraph(m *model.Model, workers int) (*diagram.Diagram, error) {
	s, err := graph.NewTraining(m.Params, m.Net(), m.Config(drawnBatch, workers))
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return diagram.Folded(s.Builder(), s.Loss()), nil
}
