package report

import (
	"fmt"

	"inkstone/internal/chart"
	"inkstone/train"
	"inkstone/train/metrics"

	"image"
)

// robust shows the accuracy on distorted images.
func (c *content) robust(l language) *section {
	r := c.robustness
	if r == nil {
		return nil
	}
	s := &section{ID: "robustness", Title: l.t("Robustness"), Lead: []string{
		l.f("Accuracy on %s validation images after a distortion, with the 95 %% interval. The pictures show the first of these images.", thousands(r.Images)),
	}}
	for _, k := range r.Curves {
		f := figure{Caption: l.t(k.Distortion), SVG: svg(robustnessChart(l, k.Distortion, []namedCurve{{curve: k, images: r.Images}}))}
		for _, p := range k.Points {
			picture := image.NewGray(image.Rect(0, 0, r.Width, r.Height))
			copy(picture.Pix, p.Example)
			f.Strip = append(f.Strip, thumb{dataURI(picture), l.f("%[1]s of %[2]s", l.t(k.Distortion), plain(p.Amount)), plain(p.Amount)})
		}
		s.Figures = append(s.Figures, f)
	}
	return s
}

// namedCurve is the curve of a run in a chart of several.
type namedCurve struct {
	name   string
	curve  train.RobustnessCurve
	images int
}

// robustnessChart returns the accuracies over the amount of a distortion.
func robustnessChart(l language, distortion string, curves []namedCurve) *chart.Chart {
	p := &chart.Plot{
		Name: l.f("accuracy after %s", l.t(distortion)),
		Y:    chart.Axis{Label: l.t("accuracy"), Low: 0, High: 1, Format: func(v float64) string { return plain(100*v) + " %" }},
	}
	for i, c := range curves {
		s := chart.Series{Name: c.name, Color: i}
		for _, q := range c.curve.Points {
			s.X, s.Y = append(s.X, q.Amount), append(s.Y, q.Accuracy)
			s.Titles = append(s.Titles, fmt.Sprintf("%s: %s", plain(q.Amount), percent(q.Accuracy)))
			if interval, err := metrics.Wilson(c.images-q.Errors, c.images); err == nil && len(curves) == 1 {
				s.Low, s.High = append(s.Low, interval.Low), append(s.High, interval.High)
			}
		}
		p.X.Label = l.f("%[1]s (%[2]s)", l.t(distortion), l.t(c.curve.Unit))
		p.Series = append(p.Series, s)
	}
	return p.Draw()
}
