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

// warmSteps is the number of training steps before measuring: buffers are there
// then, and the share of zeros is that of a network that learns.
const warmSteps = 20

// subjects are a network's sessions, here and on stock operations.
type subjects struct {
	train      *ownTraining
	many, one  *graph.Evaluation
	stock      *stockTraining // nil if not asked for or not to be had
	stockNever string         // why it is not to be had
}

func newSubjects(s *settings, m *model.Model, set *data.Set) (*subjects, error) {
	var u subjects
	var err error
	if u.train, err = newOwnTraining(m, newFeed(set, m.Normalizer()), s.batch, s.threads); err != nil {
		return nil, err
	}
	if u.many, err = graph.NewEvaluation(m.Params, m.Net(), m.Config(forwardBatch, s.threads)); err != nil {
		return nil, err
	}
	if u.one, err = graph.NewEvaluation(m.Params, m.Net(), m.Config(1, s.threads)); err != nil {
		return nil, err
	}
	for _, e := range []*graph.Evaluation{u.many, u.one} {
		newFeed(set, m.Normalizer()).fill(e.Input().Data().([]float32), func(int, int) {})
	}
	if s.stock {
		var never errNotInStock
		u.stock, err = newStockTraining(m, newFeed(set, m.Normalizer()), s.batch)
		if errors.As(err, &never) {
			u.stockNever, err = never.reason, nil
		}
	}
	return &u, err
}

func (u *subjects) close() {
	u.train.Close()
	u.many.Close()
	u.one.Close()
	if u.stock != nil {
		u.stock.Close()
	}
}

// measureNetwork measures a network, its sessions taking turns.
func measureNetwork(ctx context.Context, s *settings, name string, set *data.Set, peakGFLOPS float64) (*network, error) {
	mean, std := set.MeanStd()
	m, err := model.New(model.Spec{
		Preset: name, Seed: 1, Height: set.Height(), Width: set.Width(), Classes: set.Classes(), Mean: mean, Std: std,
	})
	if err != nil {
		return nil, err
	}
	summary, err := m.Summary()
	if err != nil {
		return nil, err
	}
	u, err := newSubjects(s, m, set)
	if err != nil {
		return nil, err
	}
	defer u.close()

	n := &network{
		Model: name, Parameters: summary.Params, ForwardBatch: forwardBatch,
		ForwardFLOPs: summary.FLOPs, TrainFLOPs: trainFLOPs(summary), StockUnmeasurable: u.stockNever,
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

	train := &meter{run: trainStep, total: s.time(1)}
	forward := &meter{run: u.many.Run, total: s.time(0.5)}
	one := &meter{run: u.one.Run, total: s.time(0.2)}
	turns := []*meter{train, forward, one}
	var stock *meter
	if u.stock != nil {
		stock = &meter{run: func() error { _, err := u.stock.step(); return err }, total: s.time(1)}
		turns = append(turns, stock)
		if err := stock.run(); err != nil { // its first step allocates what the others reuse
			return nil, err
		}
	}
	for range rounds {
		for _, t := range turns {
			// What stock operations leave to the garbage collector is theirs.
			runtime.GC()
			if err := t.round(ctx); err != nil {
				return nil, err
			}
		}
	}
	n.TrainImagesPerSecond = float64(s.batch) / train.seconds()
	n.ForwardImagesPerSecond = forwardBatch / forward.seconds()
	n.ForwardOneSeconds = one.seconds()
	n.TrainShareOfFloor = share(n.TrainImagesPerSecond*float64(n.TrainFLOPs)/1e9, peakGFLOPS)
	n.ForwardShareOfPeak = share(n.ForwardImagesPerSecond*float64(n.ForwardFLOPs)/1e9, peakGFLOPS)
	if stock != nil {
		rate := float64(s.batch) / stock.seconds()
		ratio := n.TrainImagesPerSecond / rate
		n.StockTrainImagesPerSecond, n.TrainOverStock = &rate, &ratio
	}
	return n, nil
}

// trainFLOPs is what a training step computes for one image if it skips no zero:
// the products forward, and as many again for the derivatives by the weights and
// by the input, except that nobody asks for those by the image.
func trainFLOPs(s *model.Summary) int64 {
	flops := 3 * s.FLOPs
	for _, l := range s.Layers {
		if l.FLOPs > 0 {
			return flops - l.FLOPs // of the first layer, which reads the image
		}
	}
	return flops
}

// allocations is what a run of f allocates, in bytes and in pieces, in the mean of n.
func allocations(n int, f func() error) (bytes, pieces int64, err error) {
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
