package report

import (
	"errors"
	"fmt"
	"image"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"inkstone/train"
)

// RateCurve returns a chart of the loss over the learning rate. A ring marks the suggested
// rate. The axis of the rates is logarithmic. RateCurve returns an error if the curve is empty.
func RateCurve(c *train.RateCurve) (image.Image, error) {
	if c == nil || len(c.Rates) == 0 {
		return nil, errors.New("rate curve: no rate to draw")
	}
	if len(c.Losses) != len(c.Rates) {
		return nil, fmt.Errorf("rate curve: %d losses for %d rates, want as many", len(c.Losses), len(c.Rates))
	}
	p := newChart(fmt.Sprintf("suggested learning rate %.2g", c.Suggestion), "learning rate", "loss, smoothed")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, roundTicks{plainNumber}
	points := make(plotter.XYs, len(c.Rates))
	var suggested plotter.XYs
	for i, r := range c.Rates {
		points[i] = plotter.XY{X: r, Y: c.Losses[i]}
		if r == c.Suggestion {
			suggested = append(suggested, points[i])
		}
	}
	if err := addLine(p, "", points, blue); err != nil {
		return nil, fmt.Errorf("rate curve: %w", err)
	}
	if err := addRing(p, suggested); err != nil {
		return nil, fmt.Errorf("rate curve: %w", err)
	}
	return stack(p), nil
}
