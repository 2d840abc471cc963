package metrics

import (
	"math"
	"testing"
)

func TestSummarize(t *testing.T) {
	// The mean is 5 and the sum of squares 9+1+1+1+0+0+4+16 = 32, divided by 7.
	s, err := Summarize([]float64{2, 4, 4, 4, 5, 5, 7, 9})
	if err != nil {
		t.Fatal(err)
	}
	if s.Runs != 8 || s.Mean != 5 || s.Min != 2 || s.Max != 9 {
		t.Errorf("%+v", s)
	}
	checkNear(t, "deviation", s.Deviation, math.Sqrt(32.0/7), 1e-15)
	// 2.3646 * 2.1381 / sqrt(8) = 1.7875
	i, err := s.Interval()
	if err != nil {
		t.Fatal(err)
	}
	checkNear(t, "low", i.Low, 3.2125, 5e-5)
	checkNear(t, "high", i.High, 6.7875, 5e-5)
}

func TestSummaryString(t *testing.T) {
	for want, values := range map[string][]float64{
		"99.000 % (one run)": {0.99},
		// The deviation is 0.01, and half of the interval is 4.3027 * 0.01 / sqrt(3) = 0.02484.
		"98.000 ± 1.000 % (mean and standard deviation of 3 runs; 97.000 to 99.000; 95 % interval of the mean 95.516 to 100.484)": {0.97, 0.98, 0.99},
	} {
		s, err := Summarize(values)
		if err != nil || s.String() != want {
			t.Errorf("got %q, %v, want %q", s, err, want)
		}
	}
}

func TestSummarizeRefuses(t *testing.T) {
	for _, values := range [][]float64{nil, {1, math.NaN()}, {math.Inf(1)}} {
		if _, err := Summarize(values); err == nil {
			t.Errorf("no error for %v", values)
		}
	}
	if i, err := (Summary{Runs: 1}).Interval(); err == nil {
		t.Errorf("one run has the interval %v", i)
	}
}

// TestQuantile integrates the density of Student's t-distribution from 0 to the quantile by
// Simpson's rule. The integral must be 0.475.
func TestQuantile(t *testing.T) {
	for freedom := 1; freedom <= 60; freedom++ {
		n := float64(freedom)
		upper, _ := math.Lgamma((n + 1) / 2)
		lower, _ := math.Lgamma(n / 2)
		density := func(x float64) float64 {
			return math.Exp(upper-lower-(n+1)/2*math.Log1p(x*x/n)) / math.Sqrt(n*math.Pi)
		}
		const steps = 2000
		q := quantile975(freedom)
		h := q / steps
		sum := density(0) + density(q)
		for i := 1; i < steps; i++ {
			sum += float64(2+2*(i%2)) * density(float64(i)*h)
		}
		// The error of a quantile is below 0.0001, times the density there.
		checkNear(t, "probability", sum*h/3, 0.475, 1e-4*density(q))
	}
	checkNear(t, "120 degrees of freedom", quantile975(120), 1.9799, 1e-4)
	checkNear(t, "1e9 degrees of freedom", quantile975(1e9), z95, 1e-8)
}
