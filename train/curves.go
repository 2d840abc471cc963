package train

import (
	"errors"
	"fmt"
	"image"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// Image draws how the run went: loss and accuracy of the training and, with a
// validation set, of the validation after each epoch, and the learning rate. The axis of
// the loss is logarithmic, that of the accuracy in its distance from 100 %, so that the
// last epochs can be told apart as well as the first; where a value is 0 they are linear.
// The best epoch is ringed. It refuses a history without an epoch.
func (h *History) Image() (image.Image, error) {
	if len(h.Epochs) == 0 {
		return nil, errors.New("history: no epoch to draw")
	}
	loss, err := h.curve("loss", false, func(s *Score) float64 { return s.Loss }, func(e *Epoch) float64 { return e.TrainLoss })
	if err != nil {
		return nil, err
	}
	right, err := h.curve("accuracy", true, func(s *Score) float64 { return 1 - s.Accuracy }, func(e *Epoch) float64 { return 1 - e.TrainAccuracy })
	if err != nil {
		return nil, err
	}
	best := h.Epochs[h.Best]
	loss.Title.Text = fmt.Sprintf("epoch %d of %d was the best", best.Epoch, len(h.Epochs))
	if s := best.score(); s != nil {
		loss.Title.Text += fmt.Sprintf(": validation accuracy %.2f %%", 100*s.Accuracy)
	}
	rate := newChart("", "epoch", "learning rate")
	points := h.rates
	if points == nil {
		for _, e := range h.Epochs {
			points = append(points, plotter.XY{X: float64(e.Epoch), Y: e.LearningRate})
		}
	}
	if err := addLine(rate, "", points, blue); err != nil {
		return nil, err
	}
	rate.Y.Min = 0
	charts := []*plot.Plot{loss, right, rate}
	for _, p := range charts {
		p.X.Min, p.X.Max, p.X.Tick.Marker = 0, float64(h.Epochs[len(h.Epochs)-1].Epoch), wholeTicks{}
	}
	return stack(charts...), nil
}

// curve draws what the scores and the training say. errors tells error rates, which are
// shown as accuracies.
func (h *History) curve(what string, errors bool, of func(*Score) float64, training func(*Epoch) float64) (*plot.Plot, error) {
	p := newChart("", "", what)
	var learned, validation, average, best plotter.XYs
	positive := true
	add := func(to *plotter.XYs, e *Epoch, v float64) {
		positive = positive && v > 0
		*to = append(*to, plotter.XY{X: float64(e.Epoch), Y: v})
	}
	for i := range h.Epochs {
		e := &h.Epochs[i]
		add(&learned, e, training(e))
		if e.Validation != nil {
			add(&validation, e, of(e.Validation))
		}
		if e.Average != nil {
			add(&average, e, of(e.Average))
		}
		if s := e.score(); i == h.Best && s != nil {
			add(&best, e, of(s))
		}
	}
	for _, l := range []struct {
		name   string
		points plotter.XYs
		ink    int
	}{{"training", learned, 0}, {"validation", validation, 1}, {"validation of the average", average, 2}} {
		if len(l.points) == 0 {
			continue
		}
		if err := addLine(p, l.name, l.points, series[l.ink]); err != nil {
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
	if errors {
		p.Y.Scale = plot.InvertedScale{Normalizer: p.Y.Scale}
		p.Legend.Top = false
		if positive {
			p.Y.Tick.Marker = roundTicks{accuracyOf}
		} else {
			p.Y.Tick.Marker = relabelled{accuracyOf}
		}
	}
	if p.Y.Min == p.Y.Max { // one value needs an axis too
		p.Y.Min, p.Y.Max = p.Y.Min/2, p.Y.Max*2+1e-3
	}
	return p, nil
}
