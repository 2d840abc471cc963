package metrics

import (
	"fmt"
	"math"
	"testing"
)

func TestWilson(t *testing.T) {
	for _, test := range []struct {
		successes, total int
		low, high        float64
	}{
		// With z² = 3.8415: 5 of 10 is (0.5 + 0.19207 ± 1.95996 sqrt(0.025 + 0.0096036)) / 1.38415.
		{5, 10, 0.23659, 0.76341},
		{0, 10, 0, 0.27753}, // 0.38415 / 1.38415
		{10, 10, 0.72247, 1},
		{9900, 10000, 0.98785, 0.99177},
		{1, 1, 0.20655, 1}, // 1 / 4.8415
	} {
		got, err := Wilson(test.successes, test.total)
		if err != nil {
			t.Fatal(err)
		}
		checkNear(t, "low", got.Low, test.low, 6e-6)
		checkNear(t, "high", got.High, test.high, 6e-6)
	}
}

// TestWilsonDefinition checks that the observed fraction is z standard errors away from each
// bound.
func TestWilsonDefinition(t *testing.T) {
	for _, test := range [][2]int{{3, 7}, {1, 40}, {9963, 10000}} {
		p, n := float64(test[0])/float64(test[1]), float64(test[1])
		i, err := Wilson(test[0], test[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, bound := range []float64{i.Low, i.High} {
			checkNear(t, "distance in standard errors", math.Abs(p-bound)/math.Sqrt(bound*(1-bound)/n), 1.959964, 1e-5)
		}
	}
	// The normal distribution has a probability of 2.5 % above z.
	checkNear(t, "tail", math.Erfc(z95/math.Sqrt2)/2, 0.025, 1e-15)
}

func ExampleWilson() {
	interval, err := Wilson(9963, 10000) // 37 errors in 10,000 images
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(interval)
	// Output: 99.49 to 99.73 %
}

func TestWilsonRefuses(t *testing.T) {
	for _, test := range [][2]int{{0, 0}, {-1, 5}, {6, 5}, {0, -3}} {
		if _, err := Wilson(test[0], test[1]); err == nil {
			t.Errorf("no error for %d of %d", test[0], test[1])
		}
	}
}
