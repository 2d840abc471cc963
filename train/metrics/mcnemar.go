package metrics

import (
	"fmt"
	"math"
)

// Comparison tells of two models on the same images.
type Comparison struct {
	BothRight  int `json:"both_right"`
	FirstOnly  int `json:"first_only"`  // right by the first model alone
	SecondOnly int `json:"second_only"` // right by the second model alone
	BothWrong  int `json:"both_wrong"`

	// P is the probability that models equally good would differ as much or more on the
	// images on which only one is right.
	P float64 `json:"p"`
}

// McNemar compares the classes that two models predict for the same images by the
// exact test of McNemar, "Note on the sampling error of the difference between
// correlated proportions or percentages", Psychometrika 12, 1947. Of the n images on
// which only one of two equally good models is right, either has half: with k the
// smaller of the two numbers,
//
//	p = min(1, 2 sum over i from 0 to k of C(n, i) / 2^n)
//
// Dietterich, "Approximate statistical tests for comparing supervised classification
// learning algorithms", Neural Computation 10(7), 1998, recommends it where each
// model is trained once. It refuses slices of different lengths and no images.
func McNemar(labels, first, second []int) (*Comparison, error) {
	if len(labels) == 0 || len(first) != len(labels) || len(second) != len(labels) {
		return nil, fmt.Errorf("McNemar's test: %d and %d predictions for %d labels, want as many of each, and at least 1",
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

// signTest is the two-sided probability of a split of a+b fair draws that is as uneven
// as a against b, or more.
func signTest(a, b int) float64 {
	n := float64(a + b)
	whole, _ := math.Lgamma(n + 1)
	p := 0.0
	for i := range min(a, b) + 1 {
		// Logarithms, because neither C(n, i) nor 2^n need fit a float64.
		k := float64(i)
		chosen, _ := math.Lgamma(k + 1)
		left, _ := math.Lgamma(n - k + 1)
		p += math.Exp(whole - chosen - left - n*math.Ln2)
	}
	return min(1, 2*p)
}

// String gives the four numbers and the probability.
func (c *Comparison) String() string {
	return fmt.Sprintf("both right %d, only the first %d, only the second %d, both wrong %d: p = %.4g (exact McNemar test)",
		c.BothRight, c.FirstOnly, c.SecondOnly, c.BothWrong, c.P)
}
