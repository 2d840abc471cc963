package metrics

import (
	"fmt"
	"strconv"
	"strings"

	"inkstone/internal/failed"
	"inkstone/internal/table"
)

// ReliabilityBin describes the images with a confidence above Low and up to High.
type ReliabilityBin struct {
	Low        float64
	High       float64
	Images     int
	Confidence float64 // mean confidence, 0 without images
	Accuracy   float64 // 0 without images
}

// Reliability holds the bins of a reliability diagram by increasing confidence: DeGroot and
// Fienberg, "The comparison and evaluation of forecasters", The Statistician 32, 1983.
type Reliability []ReliabilityBin

// Reliability returns all bins, including those without images, by increasing confidence.
func (c *Calibration) Reliability() Reliability {
	n := float64(len(c.bins))
	table := make(Reliability, len(c.bins))
	for i, b := range c.bins {
		table[i] = ReliabilityBin{Low: float64(i) / n, High: float64(i+1) / n, Images: b.images, Accuracy: ratio(b.right, b.images)}
		if b.images > 0 {
			table[i].Confidence = b.confidence / float64(b.images)
		}
	}
	return table
}

// String returns a table of the bins with images.
func (r Reliability) String() string {
	t := &table.Table{Columns: table.Columns(1, "confidence", "images", "mean", "accuracy", "difference")}
	for _, b := range r {
		if b.Images > 0 {
			t.Add(fmt.Sprintf("%.3f to %.3f", b.Low, b.High), strconv.Itoa(b.Images),
				percent(b.Confidence), percent(b.Accuracy), fmt.Sprintf("%+.2f %%", 100*(b.Accuracy-b.Confidence)))
		}
	}
	return t.String()
}

// String returns a table of the bins and a line with ECE, Brier score and NLL.
func (c *Calibration) String() string {
	if c.err != nil {
		return failed.Text("calibration", c.err)
	}
	var b strings.Builder
	b.WriteString(c.Reliability().String())
	fmt.Fprintf(&b, "%d images, expected calibration error %.4f (%d bins), Brier score %.4f, NLL %.4f\n",
		c.total, c.ECE(), len(c.bins), c.Brier(), c.NLL())
	return b.String()
}
