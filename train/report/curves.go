package report

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"inkstone/internal/chart"
	"inkstone/train"
	"inkstone/train/runfolder"
)

// Curves returns a picture of three charts side by side: the loss, the accuracy and the learning
// rate over the epochs, the last if the history has it. With a validation set it shows loss and
// accuracy on the validation images too, and a ring marks the best epoch. Curves returns an error
// if the history has no epoch, and then a picture that shows the error.
//
// The axis of the loss is logarithmic, and the axis of the accuracy is logarithmic in the error
// rate, so that changes in late epochs are visible. An axis with a value of 0 is linear.
func Curves(h *train.History) (p *Picture, err error) {
	defer carry(&p, &err)
	if h != nil && h.Err() != nil {
		return nil, h.Err()
	}
	if h == nil || len(h.Epochs) == 0 {
		return nil, errors.New("history: no epoch to draw")
	}
	if h.Best < 0 || h.Best >= len(h.Epochs) {
		return nil, fmt.Errorf("history: the best epoch has index %d, want 0 to %d", h.Best, len(h.Epochs)-1)
	}
	name := fmt.Sprintf("%d epochs", len(h.Epochs))
	if s := h.BestScore(); s != nil {
		name = fmt.Sprintf("epoch %d of %d was the best: validation accuracy %.2f %%", h.Epochs[h.Best].Epoch, len(h.Epochs), 100*s.Accuracy)
	}
	return &Picture{chart: chart.Row(name, curveCharts(english, h)...)}, nil
}

// DrawCurves draws the curves of a run into its folder, as [Curves] does.
func DrawCurves(f *runfolder.Folder, h *train.History) error {
	curves, err := Curves(h)
	if err != nil {
		return err
	}
	return curves.Write(f.File(runfolder.CurvesFile))
}

// measure is a value that changes over the epochs.
type measure struct {
	label    string
	logLabel string // of a logarithmic axis
	isError  bool   // an error rate, whose axis has accuracies
	ofTrain  func(*train.Epoch) float64
	ofScore  func(*train.Score) float64
}

var (
	loss = measure{"loss", "loss, logarithmic scale", false,
		func(e *train.Epoch) float64 { return e.TrainLoss },
		func(s *train.Score) float64 { return s.Loss }}
	accuracy = measure{"accuracy", "accuracy, logarithmic in the error rate", true,
		func(e *train.Epoch) float64 { return 1 - e.TrainAccuracy },
		func(s *train.Score) float64 { return 1 - s.Accuracy }}
)

// plot returns the empty plot of the measure over the epochs.
func (m measure) plot(l language, name string, epochs int) *chart.Plot {
	p := &chart.Plot{Name: name, X: epochAxis(l, epochs), Y: chart.Axis{Log: true}}
	if m.isError {
		p.Y.Reversed, p.Y.Format = true, accuracyOf
	}
	return p
}

func epochAxis(l language, epochs int) chart.Axis {
	return chart.Axis{Label: l.t("epoch"), Low: 0, High: float64(max(1, epochs)), Whole: true}
}

// curveCharts returns the charts of a history: loss, accuracy and learning rate.
func curveCharts(l language, h *train.History) []*chart.Chart {
	var charts []*chart.Chart
	last := h.Epochs[len(h.Epochs)-1].Epoch
	for _, m := range []measure{loss, accuracy} {
		p := m.plot(l, l.t(m.label), last)
		p.Y.Label, p.Y.LogLabel = l.t(m.label), l.t(m.logLabel)
		if last > 1 {
			p.X.Low = 1 // nothing is known before the end of the first epoch
		}
		lines := [3]chart.Series{{Name: l.t("training")}, {Name: l.t("validation"), Color: 1}, {Name: l.t("validation of the average"), Color: 2}}
		for i := range h.Epochs {
			e := &h.Epochs[i]
			for k, v := range []float64{m.ofTrain(e), m.of(e.Validation), m.of(e.Average)} {
				if !math.IsNaN(v) {
					lines[k].X, lines[k].Y = append(lines[k].X, float64(e.Epoch)), append(lines[k].Y, v)
				}
			}
		}
		for _, s := range lines {
			if s.X != nil {
				p.Series = append(p.Series, s)
			}
		}
		if s := h.BestScore(); s != nil {
			p.Rings = []chart.Point{{X: float64(h.Epochs[h.Best].Epoch), Y: m.of(s)}}
		}
		charts = append(charts, p.Draw())
	}
	rate := &chart.Plot{Name: l.t("learning rate"), X: epochAxis(l, last), Y: chart.Axis{Label: l.t("learning rate")}, Series: []chart.Series{rates(h)}}
	for _, v := range rate.Series[0].Y {
		rate.Y.High = max(rate.Y.High, v*1.05)
	}
	if rate.Y.High == 0 {
		return charts // the rates are not known
	}
	return append(charts, rate.Draw())
}

// of returns the measure of a score, NaN without one.
func (m measure) of(s *train.Score) float64 {
	if s == nil {
		return math.NaN()
	}
	return m.ofScore(s)
}

// rates returns the learning rate over the epochs. A history of [train.Fit] has the rate of
// each step. A history from a file has only the last rate of each epoch.
func rates(h *train.History) chart.Series {
	var s chart.Series
	for _, r := range h.Rates {
		s.X, s.Y = append(s.X, r.Epoch), append(s.Y, r.Rate)
	}
	if s.X == nil {
		for _, e := range h.Epochs {
			s.X, s.Y = append(s.X, float64(e.Epoch)), append(s.Y, e.LearningRate)
		}
	}
	return s
}

// accuracyOf returns the accuracy in percent for an error rate from 0 to 1.
func accuracyOf(rate float64) string { return plain(100-100*rate) + " %" }

// plain returns a number with at most six significant digits.
func plain(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// RateCurve returns a chart of the loss over the learning rate. A ring marks the suggested
// rate. The axis of the rates is logarithmic. RateCurve returns an error if the curve is empty.
func RateCurve(c *train.RateCurve) (p *Picture, err error) {
	defer carry(&p, &err)
	if c != nil && c.Err() != nil {
		return nil, c.Err()
	}
	if c == nil || len(c.Rates) == 0 {
		return nil, errors.New("rate curve: no rate to draw")
	}
	if len(c.Losses) != len(c.Rates) {
		return nil, fmt.Errorf("rate curve: %d losses for %d rates, want as many", len(c.Losses), len(c.Rates))
	}
	plot := &chart.Plot{
		Name:   fmt.Sprintf("suggested learning rate %.2g", c.Suggestion),
		X:      chart.Axis{Label: "learning rate", LogLabel: "learning rate, logarithmic scale", Log: true},
		Y:      chart.Axis{Label: "loss, smoothed"},
		Series: []chart.Series{{Name: fmt.Sprintf("the ring marks the suggested rate, %.2g", c.Suggestion), X: c.Rates, Y: c.Losses}},
		Width:  640, Height: 360,
	}
	for i, r := range c.Rates {
		if r == c.Suggestion {
			plot.Rings = append(plot.Rings, chart.Point{X: r, Y: c.Losses[i]})
		}
	}
	return &Picture{chart: plot.Draw()}, nil
}
