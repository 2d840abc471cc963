package metrics

import (
	"fmt"
	"math"
	"slices"
)

// Summary summarizes a value, such as the accuracy, over runs with different seeds.
type Summary struct {
	Runs      int     `json:"runs"`
	Mean      float64 `json:"mean"`
	Deviation float64 `json:"deviation"` // sample standard deviation (divisor Runs-1), 0 for one run
	Min       float64 `json:"min"`
	Max       float64 `json:"max"`
}

// Summarize returns the mean and the spread of values, one for each run. It returns an error if
// there are no values or if one is not finite.
func Summarize(values []float64) (Summary, error) {
	if len(values) == 0 {
		return Summary{}, fmt.Errorf("summary: no values, want at least 1")
	}
	sum := 0.0
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Summary{}, fmt.Errorf("summary: value %d is %v, want a finite number", i, v)
		}
		sum += v
	}
	s := Summary{Runs: len(values), Mean: sum / float64(len(values)), Min: slices.Min(values), Max: slices.Max(values)}
	if s.Runs > 1 {
		squares := 0.0
		for _, v := range values {
			squares += (v - s.Mean) * (v - s.Mean)
		}
		s.Deviation = math.Sqrt(squares / float64(s.Runs-1))
	}
	return s, nil
}

// Interval returns the 95 % confidence interval of the mean over all seeds, for normally
// distributed values: Mean ± t Deviation/sqrt(Runs), with t the 97.5 % quantile of Student's
// t-distribution with Runs-1 degrees of freedom ("Student", "The probable error of a mean",
// Biometrika 6(1), 1908). It returns an error for fewer than two runs.
func (s Summary) Interval() (Interval, error) {
	if s.Runs < 2 {
		return Interval{}, fmt.Errorf("t-interval of %d runs, want at least 2", s.Runs)
	}
	reach := quantile975(s.Runs-1) * s.Deviation / math.Sqrt(float64(s.Runs))
	return Interval{Low: s.Mean - reach, High: s.Mean + reach}, nil
}

// String returns the numbers in percent.
func (s Summary) String() string {
	interval, err := s.Interval()
	if err != nil {
		return fmt.Sprintf("%.3f %% (one run)", 100*s.Mean)
	}
	return fmt.Sprintf("%.3f ± %.3f %% (mean and standard deviation of %d runs; %.3f to %.3f; 95 %% interval of the mean %.3f to %.3f)",
		100*s.Mean, 100*s.Deviation, s.Runs, 100*s.Min, 100*s.Max, 100*interval.Low, 100*interval.High)
}

// student975 holds the 97.5 % quantiles of Student's t-distribution with 1 to 30 degrees of
// freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.2).
var student975 = [30]float64{
	12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
	2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
	2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
}

// quantile975 returns the 97.5 % quantile of Student's t-distribution. freedom is at least 1.
// Above 30 degrees of freedom it uses the expansion 26.7.5 of Abramowitz and Stegun, "Handbook
// of Mathematical Functions", 1964, whose error is below 0.0001 there.
func quantile975(freedom int) float64 {
	if freedom <= len(student975) {
		return student975[freedom-1]
	}
	const z = z95
	n := float64(freedom)
	g1 := (z*z*z + z) / 4
	g2 := (5*z*z*z*z*z + 16*z*z*z + 3*z) / 96
	return z + g1/n + g2/(n*n)
}
