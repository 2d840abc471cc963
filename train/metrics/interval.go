package metrics

import (
	"fmt"
	"math"
)

// Interval is a confidence interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// String returns the bounds in percent.
func (i Interval) String() string { return fmt.Sprintf("%.2f to %.2f %%", 100*i.Low, 100*i.High) }

// z95 is the 97.5 % quantile of the standard normal distribution.
const z95 = 1.959963984540054

// Wilson returns the 95 % confidence interval of Wilson for the probability of a success, after
// successes in total trials. With p = successes/total, n = total and z = 1.96 it is
//
//	(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)
//
// Unlike p ± z sqrt(p(1-p)/n) it is within 0 to 1 and accurate for p near 0 or 1, such as
// accuracies on MNIST: Wilson, "Probable inference, the law of succession, and statistical
// inference", JASA 22, 1927; Brown, Cai and DasGupta, "Interval estimation for a binomial
// proportion", Statistical Science 16(2), 2001.
//
// For an accuracy, the interval covers the random choice of the test images but not the choice
// of the seed, see [Summarize]. Wilson returns an error if total is below 1 or successes is
// not from 0 to total.
func Wilson(successes, total int) (Interval, error) {
	if total < 1 || successes < 0 || successes > total {
		return Interval{}, fmt.Errorf("Wilson interval: %d successes of %d, want 0 to the total, and a total of at least 1", successes, total)
	}
	return wilson(successes, total), nil
}

// interval returns the interval of [Wilson], or 0 to 1 if total is 0.
func interval(successes, total int) Interval {
	if total == 0 {
		return Interval{0, 1}
	}
	return wilson(successes, total)
}

// wilson returns the interval of [Wilson] for valid arguments.
func wilson(successes, total int) Interval {
	n := float64(total)
	p := float64(successes) / n
	z2n := z95 * z95 / n
	middle := p + z2n/2
	reach := z95 * math.Sqrt(p*(1-p)/n+z2n/(4*n))
	i := Interval{Low: (middle - reach) / (1 + z2n), High: (middle + reach) / (1 + z2n)}
	// In exact arithmetic these bounds are 0 and 1.
	if successes == 0 {
		i.Low = 0
	}
	if successes == total {
		i.High = 1
	}
	return i
}
