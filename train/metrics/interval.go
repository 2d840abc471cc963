package metrics

import (
	"fmt"
	"math"
)

// Interval is a range that covers a true value with a stated confidence.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// String gives the bounds in percent.
func (i Interval) String() string { return fmt.Sprintf("%.2f to %.2f %%", 100*i.Low, 100*i.High) }

// z95 is the 97.5 % quantile of the normal distribution.
const z95 = 1.959963984540054

// Wilson is the 95 % score interval for a fraction of which successes in total draws
// were seen. With p = successes/total, n = total and z = 1.96 it is
//
//	(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)
//
// Unlike p ± z sqrt(p(1-p)/n) it stays between 0 and 1 and holds near both, where the
// accuracy on MNIST lies: Wilson, "Probable inference, the law of succession, and
// statistical inference", JASA 22, 1927; Brown, Cai and DasGupta, "Interval estimation
// for a binomial proportion", Statistical Science 16(2), 2001.
//
// It covers the choice of the test images alone, not that of the seed; see [Summarize].
// It refuses a total below 1 and successes beyond it.
func Wilson(successes, total int) (Interval, error) {
	if total < 1 || successes < 0 || successes > total {
		return Interval{}, fmt.Errorf("Wilson interval: %d successes of %d, want 0 to the total, and a total of 1 or more", successes, total)
	}
	return wilson(successes, total), nil
}

// interval is that of Wilson, or the whole range if there was no draw.
func interval(successes, total int) Interval {
	if total == 0 {
		return Interval{0, 1}
	}
	return wilson(successes, total)
}

func wilson(successes, total int) Interval {
	n := float64(total)
	p := float64(successes) / n
	z2n := z95 * z95 / n
	middle := p + z2n/2
	reach := z95 * math.Sqrt(p*(1-p)/n+z2n/(4*n))
	i := Interval{Low: (middle - reach) / (1 + z2n), High: (middle + reach) / (1 + z2n)}
	// By the formula these bounds are exactly 0 and 1; rounding must not move them.
	if successes == 0 {
		i.Low = 0
	}
	if successes == total {
		i.High = 1
	}
	return i
}
