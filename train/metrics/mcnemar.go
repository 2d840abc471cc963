package metrics

import (
	"fmt"
	"math"
)

// Comparison compares the predictions of two models for the same images.
type Comparison struct {
	BothRight  int `json:"both_right"`
	FirstOnly  int `json:"first_only"`  // images that only the first model predicts correctly
	SecondOnly int `json:"second_only"` // images that only the second model predicts correctly
	BothWrong  int `json:"both_wrong"`

	// P is the p-value: the probability that FirstOnly and SecondOnly of two equally good
	// models differ by as much or more.
	P float64 `json:"p"`
}

// McNemar compares the predicted classes of two models for the same images by the exact test of
// McNemar, "Note on the sampling error of the difference between correlated proportions or
// percentages", Psychometrika 12, 1947. Let n be the number of images that only one model
// predicts correctly. For equally good models, each of these images is equally likely to be
// the first or the second model's. With k the smaller of the two numbers, the p-value is
//
//	p = min(1, 2 sum over i from 0 to k of C(n, i) / 2^n)
//
// Dietterich, "Approximate statistical tests for comparing supervised classification
// learning algorithms", Neural Computation 10(7), 1998, recommends this test if each model is
// trained only once. McNemar returns an error if the slices have different lengths or are
// empty.
func McNemar(labels, first, second []int) (*Comparison, error) {
	if len(labels) == 0 || len(first) != len(labels) || len(second) != len(labels) {
		return nil, fmt.Errorf("McNemar's test: %d and %d predictions for %d labels, want the same number of each and at least 1",
			len(first), len(second), len(labels))
	}
	c := &Comparison{}
	for i, label := range labels {
		switch a, b := first[i] == label, second[i] == label; {
		case a && b:
			c.BothRight++
		case a:
			c.FirstOnly++
		case b:
			c.SecondOnly++
		default:
			c.BothWrong++
		}
	}
	c.P = signTest(c.FirstOnly, c.SecondOnly)
	return c, nil
}

// signTest returns the two-sided probability that a+b fair coin tosses are split as unevenly as
// a to b, or more unevenly.
func signTest(a, b int) float64 {
	n := float64(a + b)
	whole, _ := math.Lgamma(n + 1)
	p := 0.0
	for i := range min(a, b) + 1 {
		// Use logarithms, since C(n, i) and 2^n may overflow a float64.
		k := float64(i)
		chosen, _ := math.Lgamma(k + 1)
		left, _ := math.Lgamma(n - k + 1)
		p += math.Exp(whole - chosen - left - n*math.Ln2)
	}
	return min(1, 2*p)
}

// String returns the four numbers and the p-value.
func (c *Comparison) String() string {
	return fmt.Sprintf("both right %d, only the first %d, only the second %d, both wrong %d: p = %.4g (exact McNemar test)",
		c.BothRight, c.FirstOnly, c.SecondOnly, c.BothWrong, c.P)
}
