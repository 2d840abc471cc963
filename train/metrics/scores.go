package metrics

import (
	"fmt"
	"strconv"

	"inkstone/internal/table"
)

// ClassScore is the score of one class: Manning, Raghavan and Schütze,
// "Introduction to Information Retrieval", 2008, chapter 8.
type ClassScore struct {
	Class     string  `json:"class"`
	Images    int     `json:"images"`    // that are of the class
	Precision float64 `json:"precision"` // of what was taken for the class, the fraction that is
	Recall    float64 `json:"recall"`    // of what is of the class, the fraction that was taken for it
	F1        float64 `json:"f1"`        // 2 precision recall / (precision + recall)

	// The 95 % intervals of [Wilson], from 0 to 1 if no image was predicted to be of the
	// class (precision) or is of the class (recall). The rate itself is then 0.
	PrecisionInterval Interval `json:"precision_interval"`
	RecallInterval    Interval `json:"recall_interval"`
}

// Scores holds the score of each class of a confusion matrix, in the order of the classes.
type Scores []ClassScore

// Scores returns precision, recall and F1 of each class.
func (c *Confusion) Scores() Scores {
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

// Macro returns the mean over the classes that have images, each with the same weight however
// many images it has. Its Images is their total, its F1 the mean of the classes' F1. A class
// that is never predicted has a precision of 0 in the mean. It has no intervals.
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

// String returns the scores in percent as an aligned table, each precision and recall with
// its 95 % interval, and the mean over the classes with images as its last row. A rate of no
// images is "-".
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

func percent(v float64) string { return fmt.Sprintf("%.2f %%", 100*v) }
