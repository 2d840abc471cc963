package report

import (
	"errors"
	"fmt"
	"image"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"inkstone/train"
)

// Curves returns a picture of three charts: the loss, the accuracy and the learning rate over
// the epochs. With a validation set it shows loss and accuracy on the validation images too,
// and a ring marks the best epoch. Curves returns an error if the history has no epoch.
//
// The axis of the loss is logarithmic, and the axis of the accuracy is logarithmic in the error
// rate, so that changes in late epochs are visible. An axis with a value of 0 is linear.
func Curves(h *train.History) (image.Image, error) {
	if h == nil || len(h.Epochs) == 0 {
		return nil, errors.New("history: no epoch to draw")
	}
	if h.Best < 0 || h.Best >= len(h.Epochs) {
		return nil, fmt.Errorf("history: the best epoch has index %d, want 0 to %d", h.Best, len(h.Epochs)-1)
	}
	loss, err := curve(h, "loss", false,
		func(e *train.Epoch) float64 { return e.TrainLoss },
		func(s *train.Score) float64 { return s.Loss })
	if err != nil {
		return nil, err
	}
	accuracy, err := curve(h, "accuracy", true,
		func(e *train.Epoch) float64 { return 1 - e.TrainAccuracy },
		func(s *train.Score) float64 { return 1 - s.Accuracy })
	if err != nil {
		return nil, err
	}
	loss.Title.Text = fmt.Sprintf("epoch %d of %d was the best", h.Epochs[h.Best].Epoch, len(h.Epochs))
	if s := h.BestScore(); s != nil {
		loss.Title.Text += fmt.Sprintf(": validation accuracy %.2f %%", 100*s.Accuracy)
	}
	rate := newChart("", "epoch", "learning rate")
	if err := addLine(rate, "", rates(h), blue); err != nil {
		return nil, err
	}
	rate.Y.Min = 0
	charts := []*plot.Plot{loss, accuracy, rate}
	for _, p := range charts {
		p.X.Min, p.X.Max, p.X.Tick.Marker = 0, float64(h.Epochs[len(h.Epochs)-1].Epoch), wholeTicks{}
	}
	return stack(charts...), nil
}

// rates returns the learning rate over the epochs. A history of [train.Fit] has the rate of
// each step. A history from a file has only the last rate of each epoch.
func rates(h *train.History) plotter.XYs {
	var points plotter.XYs
	for _, r := range h.Rates {
		points = append(points, plotter.XY{X: r.Epoch, Y: r.Rate})
	}
	if points == nil {
		for _, e := range h.Epochs {
			points = append(points, plotter.XY{X: float64(e.Epoch), Y: e.LearningRate})
		}
	}
	return points
}

// curve returns a chart of a measure over the epochs, with a line for the training, the
// validation and the moving average. If isError is set, the measure is an error rate and its
// axis has accuracies as labels.
func curve(h *train.History, label string, isError bool, ofTraining func(*train.Epoch) float64, ofScore func(*train.Score) float64) (*plot.Plot, error) {
	p := newChart("", "", label)
	var training, validation, average, best plotter.XYs
	positive := true
	add := func(to *plotter.XYs, e *train.Epoch, v float64) {
		positive = positive && v > 0
		*to = append(*to, plotter.XY{X: float64(e.Epoch), Y: v})
	}
	for i := range h.Epochs {
		e := &h.Epochs[i]
		add(&training, e, ofTraining(e))
		if e.Validation != nil {
			add(&validation, e, ofScore(e.Validation))
		}
		if e.Average != nil {
			add(&average, e, ofScore(e.Average))
		}
		if s := h.BestScore(); i == h.Best && s != nil {
			add(&best, e, ofScore(s))
		}
	}
	for i, l := range []struct {
		name   string
		points plotter.XYs
	}{{"training", training}, {"validation", validation}, {"validation of the average", average}} {
		if len(l.points) == 0 {
			continue
		}
		if err := addLine(p, l.name, l.points, series[i]); err != nil {
			return nil, err
		}
	}
	if len(best) > 0 {
		if err := addRing(p, best); err != nil {
			return nil, err
		}
	}
	p.Legend.Top = true
	if positive {
		p.Y.Scale = plot.LogScale{}
		p.Y.Tick.Marker = roundTicks{plainNumber}
	}
	if isError {
		p.Y.Scale = plot.InvertedScale{Normalizer: p.Y.Scale}
		p.Legend.Top = false
		if positive {
			p.Y.Tick.Marker = roundTicks{accuracyOf}
		} else {
			p.Y.Tick.Marker = relabeled{accuracyOf}
		}
	}
	if p.Y.Min == p.Y.Max { // an axis needs an extent
		p.Y.Min, p.Y.Max = p.Y.Min/2, p.Y.Max*2+1e-3
	}
	return p, nil
}
