package numbers

import (
	"fmt"
	"math"
	"slices"

	"inkstone/docs/book/marks"
	"inkstone/docs/book/measure"
	"inkstone/train/metrics"
)

// measuring computes the numbers of chapter 10 that need no training.
func measuring(v marks.Values) error {
	for _, n := range []int{100, 1000, 10000} {
		i, err := metrics.Wilson(n*99/100, n)
		if err != nil {
			return err
		}
		v[fmt.Sprintf("wilson.%d.low", n)], v[fmt.Sprintf("wilson.%d.high", n)] = 100*i.Low, 100*i.High
	}
	// How many more errors one of two models must make, of 80 images that only one of them gets wrong.
	const differing = 80
	for first := differing / 2; first >= 0; first-- {
		p, err := signTest(first, differing)
		if err != nil {
			return err
		}
		if p < 0.05 {
			v["mcnemar.differing"], v["mcnemar.fewer"], v["mcnemar.more"], v["mcnemar.points"] = differing, first, differing-first, float64(differing-2*first)/100
			return nil
		}
	}
	return nil
}

// signTest returns the p-value of two models, of which the first is wrong on some of the images that only one
// gets wrong.
func signTest(first, differing int) (float64, error) {
	labels, a, b := make([]int, differing), make([]int, differing), make([]int, differing)
	for i := range labels {
		if i < first {
			a[i] = 1
		} else {
			b[i] = 1
		}
	}
	c, err := metrics.McNemar(labels, a, b)
	if err != nil {
		return 0, err
	}
	return c.P, nil
}

// chosen computes what choosing the best of several seeds does, from the measured ones.
func chosen(v marks.Values, r *measure.Result) error {
	if r == nil {
		return nil
	}
	validation, test := r.Numbers["validation"].Runs, r.Numbers["test"].Runs
	best := 0
	for i := range validation {
		if validation[i] > validation[best] {
			best = i
		}
	}
	v["chosen.validation"], v["chosen.test"] = validation[best], test[best]
	v["chosen.excess"] = validation[best] - r.Numbers["validation"].Mean()
	v["chosen.gain"] = test[best] - r.Numbers["test"].Mean()
	for _, k := range []int{2, 5, 10} {
		v[fmt.Sprintf("bestof.%d", k)] = bestOf(test, k)
	}
	s, err := metrics.Summarize(test)
	if err != nil {
		return err
	}
	within, err := s.Interval()
	if err != nil {
		return err
	}
	v["seeds.low"], v["seeds.high"] = within.Low, within.High
	errors := int(math.Round(100 * (100 - s.Mean)))
	wilson, err := metrics.Wilson(10000-errors, 10000)
	if err != nil {
		return err
	}
	v["seeds.wilson.low"], v["seeds.wilson.high"] = 100*wilson.Low, 100*wilson.High
	v["seeds.binomial"] = 100 * math.Sqrt(s.Mean/100*(1-s.Mean/100)/10000)
	return nil
}

// bestOf returns the mean of the largest of k values, over all choices of k of them.
func bestOf(values []float64, k int) float64 {
	sorted := slices.Sorted(slices.Values(values))
	total, choices := 0.0, binomial(len(sorted), k)
	for i, v := range sorted {
		total += v * binomial(i, k-1) / choices
	}
	return total
}

// binomial returns n over k.
func binomial(n, k int) float64 {
	if k > n {
		return 0
	}
	b := 1.0
	for i := range k {
		b = b * float64(n-i) / float64(i+1)
	}
	return b
}
