package metrics

import (
	"fmt"
	"strconv"

	"inkstone/internal/table"
)

// ClassScore is the score of a class: Manning, Raghavan and Schütze, "Introduction to
// Information Retrieval", 2008, chapter 8.
type ClassScore struct {
	Class     string  `json:"class"`
	Images    int     `json:"images"`    // images of the class
	Precision float64 `json:"precision"` // fraction of the images predicted as the class that are of the class
	Recall    float64 `json:"recall"`    // fraction of the images of the class that are predicted as it
	F1        float64 `json:"f1"`        // 2 precision recall / (precision + recall)

	// The 95 % intervals of [Wilson]. If no image is predicted as the class (precision) or is of
	// the class (recall), the interval is 0 to 1 and the rate itself is 0.
	PrecisionInterval Interval `json:"precision_interval"`
	RecallInterval    Interval `json:"recall_interval"`
}

// Scores holds the scores of the classes of a confusion matrix, in their order.
type Scores []ClassScore

// Scores returns the precision, the recall and the F1 score of each class. It panics with the
// error of a matrix that could not be computed.
func (c *Confusion) Scores() Scores {
	if c.err != nil {
		panic(c.err)
	}
	scores := make(Scores, len(c.classes))
	for i, name := range c.classes {
		images, predicted := 0, 0
		for j := range c.classes {
			images += c.At(i, j)
			predicted += c.At(j, i)
		}
		hits := c.At(i, i)
		scores[i] = ClassScore{
			Class: name, Images: images,
			Precision: ratio(hits, predicted),
			Recall:    ratio(hits, images),
			F1:        ratio(2*hits, images+predicted), // the same as the harmonic mean

			PrecisionInterval: interval(hits, predicted),
			RecallInterval:    interval(hits, images),
		}
	}
	return scores
}

// Macro returns the unweighted mean over the classes that have images. Its Images is the total,
// its F1 is the mean of the F1 scores, and its intervals are zero. A class that is never
// predicted has a precision of 0 in the mean.
func (s Scores) Macro() ClassScore {
	m := ClassScore{Class: "macro mean"}
	n := 0.0
	for _, c := range s {
		if c.Images == 0 {
			continue // it has no recall
		}
		n++
		m.Images += c.Images
		m.Precision += c.Precision
		m.Recall += c.Recall
		m.F1 += c.F1
	}
	if n > 0 {
		m.Precision, m.Recall, m.F1 = m.Precision/n, m.Recall/n, m.F1/n
	}
	return m
}

// String returns a table of the scores in percent, with the 95 % intervals of precision and
// recall. The last row is the mean. "-" stands for a rate of no images.
func (s Scores) String() string {
	t := &table.Table{Columns: table.Columns(1, "class", "images", "precision", "95 % interval", "recall", "95 % interval", "F1")}
	for _, c := range s {
		precision, recall, f1 := percent(c.Precision), percent(c.Recall), percent(c.F1)
		whole := Interval{0, 1} // that of no images
		if c.PrecisionInterval == whole {
			precision = "-"
		}
		if c.RecallInterval == whole {
			recall, f1 = "-", "-"
		}
		t.Add(c.Class, strconv.Itoa(c.Images), precision, c.PrecisionInterval.String(), recall, c.RecallInterval.String(), f1)
	}
	m := s.Macro()
	t.Add(m.Class, strconv.Itoa(m.Images), percent(m.Precision), "", percent(m.Recall), "", percent(m.F1))
	return t.String()
}

// percent returns a fraction as text in percent.
func percent(v float64) string { return fmt.Sprintf("%.2f %%", 100*v) }
