package metrics

import (
	"math"
	"testing"
)

// The values of R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
func TestHolm(t *testing.T) {
	for _, tc := range []struct{ p, want []float64 }{
		{[]float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}},
		{[]float64{0.2}, []float64{0.2}},
		{[]float64{0.9, 0.8}, []float64{1, 1}},
		{nil, nil},
	} {
		got := Holm(tc.p)
		for i, v := range got {
			if math.Abs(v-tc.want[i]) > 1e-12 {
				t.Errorf("Holm(%v) = %v, want %v", tc.p, got, tc.want)
			}
		}
		if len(got) != len(tc.want) {
			t.Errorf("Holm(%v) = %v, want %v", tc.p, got, tc.want)
		}
	}
}
