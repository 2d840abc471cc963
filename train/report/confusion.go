package report

import (
	"fmt"
	"math"

	"inkstone/internal/chart"
	"inkstone/train/metrics"
)

// Confusion returns a picture of a confusion matrix as a heat map, with a row for each label and
// a column for each predicted class. Correct predictions, on the diagonal, are blue and wrong
// ones are red.
//
// The opacity of a cell is the square root of its fraction of the images of the row, so that
// even one error in a hundred images is visible. Cells without images are empty. With more than
// 32 classes the cells are small and have no counts. Confusion panics if the matrix is nil, which
// is a mistake in the program.
func Confusion(c *metrics.Confusion) *Picture {
	if c == nil {
		panic("report: Confusion of a nil matrix")
	}
	if c.Err() != nil {
		return noPicture(c.Err())
	}
	return &Picture{chart: confusionChart(english, c)}
}

func confusionChart(l language, c *metrics.Confusion) *chart.Chart {
	names := c.Classes()
	m := &chart.Heatmap{
		Name: l.t("confusion matrix"), Rows: l.t("label"), Columns: l.t("predicted"), Names: names, At: c.At,
		Title: func(i, j int) string { return fmt.Sprintf("%s → %s: %d", names[i], names[j], c.At(i, j)) },
	}
	return m.Draw()
}

// Reliability returns a reliability diagram: the accuracy of the predictions by their confidence,
// with 95 % intervals, above the number of predictions. Points on the diagonal are calibrated.
// Reliability panics if the calibration is nil, which is a mistake in the program.
func Reliability(c *metrics.Calibration) *Picture {
	if c == nil {
		panic("report: Reliability of a nil calibration")
	}
	if c.Err() != nil {
		return noPicture(c.Err())
	}
	return &Picture{chart: chart.Stack("reliability diagram", reliabilityCharts(english, c)...)}
}

// reliabilityCharts returns the reliability diagram and the histogram of the confidences.
func reliabilityCharts(l language, c *metrics.Calibration) []*chart.Chart {
	percent := func(v float64) string { return plain(100*v) + " %" }
	x := chart.Axis{Label: l.t("confidence"), Low: 0, High: 1, Format: percent}
	points := chart.Series{Name: l.t("accuracy, with the 95 % interval"), NoLine: true}
	counts := chart.Series{Bars: true, Color: 7}
	for _, b := range c.Reliability() {
		counts.X, counts.Y = append(counts.X, (b.Low+b.High)/2), append(counts.Y, float64(b.Images))
		counts.Titles = append(counts.Titles, l.f("%[1]s to %[2]s: %[3]d images", percent(round(b.Low)), percent(round(b.High)), b.Images))
		if b.Images == 0 {
			continue
		}
		interval, err := metrics.Wilson(int(math.Round(b.Accuracy*float64(b.Images))), b.Images)
		if err != nil {
			continue // does not happen: there are images, and not more hits than images
		}
		points.X, points.Y = append(points.X, b.Confidence), append(points.Y, b.Accuracy)
		points.Low, points.High = append(points.Low, interval.Low), append(points.High, interval.High)
		points.Titles = append(points.Titles, l.f("confidence %.1f %%, accuracy %.1f %%, %d images", 100*b.Confidence, 100*b.Accuracy, b.Images))
	}
	diagonal := chart.Series{Name: l.t("calibrated"), X: []float64{0, 1}, Y: []float64{0, 1}, Reference: true}
	most := 1.0
	for _, n := range counts.Y {
		most = max(most, n)
	}
	return []*chart.Chart{
		(&chart.Plot{Name: l.t("reliability diagram"), X: x, Y: chart.Axis{Label: l.t("accuracy"), Low: 0, High: 1, Format: percent}, Series: []chart.Series{diagonal, points}}).Draw(),
		(&chart.Plot{Name: l.t("number of predictions by confidence"), X: x, Y: chart.Axis{Label: l.t("images"), Log: true, Low: 0.5, High: most * 1.5, Format: whole}, Series: []chart.Series{counts}, Width: 380, Height: 160}).Draw(),
	}
}

// round rounds to three decimals.
func round(v float64) float64 { return math.Round(v*1000) / 1000 }

// whole formats a count.
func whole(v float64) string { return fmt.Sprintf("%.0f", v) }
