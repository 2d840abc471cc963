package main

import (
	"context"
	"errors"
	"runtime"

	"inkstone/graph"
	"inkstone/model"
	"inkstone/train/data"
)

// forwardBatch is the number of images evaluated at a time.
const forwardBatch = 256

// warmSteps is the number of training steps before measuring. After them the buffers are
// allocated, and the share of zeros is that of a network that learns.
const warmSteps = 20

// sessions holds the sessions of a network.
type sessions struct {
	train       *inkstoneTraining
	batch       *graph.Evaluation // of forwardBatch images
	single      *graph.Evaluation // of one image
	stock       *stockTraining    // nil if not measured
	stockReason string            // why stock is nil although -stock is set
}

// newSessions returns the sessions of m. Those that evaluate have a model of their own, loaded, as
// it were, from a file: beside a training they would have to look for changes of the parameters.
func newSessions(s *settings, m, loaded *model.Model, set *data.Set) (*sessions, error) {
	var u sessions
	var err error
	if u.train, err = newInkstoneTraining(m, newFeed(set, m.Normalizer()), s.batch, s.threads); err != nil {
		return nil, err
	}
	if u.batch, err = graph.NewEvaluation(loaded.Params, loaded.Net(), loaded.Config(forwardBatch, s.threads)); err != nil {
		return nil, err
	}
	if u.single, err = graph.NewEvaluation(loaded.Params, loaded.Net(), loaded.Config(1, s.threads)); err != nil {
		return nil, err
	}
	for _, e := range []*graph.Evaluation{u.batch, u.single} {
		newFeed(set, m.Normalizer()).fill(e.Input().Data().([]float32), func(int, int) {})
	}
	if s.stock {
		var never errNotInStock
		u.stock, err = newStockTraining(m, newFeed(set, m.Normalizer()), s.batch)
		if errors.As(err, &never) {
			u.stockReason, err = never.reason, nil
		}
	}
	return &u, err
}

func (u *sessions) close() {
	u.train.Close()
	u.batch.Close()
	u.single.Close()
	if u.stock != nil {
		u.stock.Close()
	}
}

// measureNetwork measures a network, without the shares of the peak. Its sessions take turns.
func measureNetwork(ctx context.Context, s *settings, name string, set *data.Set) (*network, error) {
	mean, std := set.MeanStd()
	spec := model.Spec{Preset: name, Seed: 1, Height: set.Height(), Width: set.Width(), Classes: set.Classes(), Mean: mean, Std: std}
	m, err := model.New(spec)
	if err != nil {
		return nil, err
	}
	loaded, err := model.New(spec)
	if err != nil {
		return nil, err
	}
	summary, err := m.Summary()
	if err != nil {
		return nil, err
	}
	u, err := newSessions(s, m, loaded, set)
	if err != nil {
		return nil, err
	}
	defer u.close()

	n := &network{
		Model: name, Parameters: summary.Params, ForwardBatch: forwardBatch,
		ForwardFLOPs: summary.FLOPs, TrainFLOPs: trainFLOPs(summary), StockUnmeasurable: u.stockReason,
	}
	trainStep := func() error { _, err := u.train.step(); return err }
	for range warmSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := trainStep(); err != nil {
			return nil, err
		}
	}
	if n.StepBytes, n.StepAllocations, err = allocations(5, trainStep); err != nil {
		return nil, err
	}

	train := &meter{run: trainStep, total: s.measureTime(1)}
	forward := &meter{run: u.batch.Run, total: s.measureTime(0.5)}
	one := &meter{run: u.single.Run, total: s.measureTime(0.2)}
	turns := []*meter{train, forward, one}
	var stock *meter
	if u.stock != nil {
		stock = &meter{run: func() error { _, err := u.stock.step(); return err }, total: s.measureTime(1)}
		turns = append(turns, stock)
	}
	for _, t := range turns {
		if err := t.run(); err != nil { // the first run allocates memory
			return nil, err
		}
	}
	for range rounds {
		for _, t := range turns {
			// The garbage of stock operations must not slow the other sessions.
			runtime.GC()
			if err := t.round(ctx); err != nil {
				return nil, err
			}
		}
	}
	n.TrainImagesPerSecond = float64(s.batch) / train.seconds()
	n.ForwardImagesPerSecond = forwardBatch / forward.seconds()
	n.ForwardOneSeconds = one.seconds()
	if stock != nil {
		rate := float64(s.batch) / stock.seconds()
		ratio := n.TrainImagesPerSecond / rate
		n.StockTrainImagesPerSecond, n.TrainOverStock = &rate, &ratio
	}
	return n, nil
}

// trainFLOPs returns the floating-point operations of a training step for one image if no
// product with zero is skipped: those of the forward pass, as many for the gradient with
// respect to the weights, and as many for the gradient with respect to the input. The
// first layer has no input gradient.
func trainFLOPs(s *model.Summary) int64 {
	flops := 3 * s.FLOPs
	for _, l := range s.Layers {
		if l.FLOPs > 0 {
			return flops - l.FLOPs // the first layer reads the image
		}
	}
	return flops
}

// allocations returns the bytes and the number of allocations of a run of f, averaged over n runs.
func allocations(n int, f func() error) (bytes, count int64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		if err := f(); err != nil {
			return 0, 0, err
		}
	}
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc-before.TotalAlloc) / int64(n), int64(after.Mallocs-before.Mallocs) / int64(n), nil
}
